// Types that `make` returns and accepts for each problem. They lie apart from the problems: the registry then imports types only.

import type { CartPoleOptions } from "../cart-pole.ts";
import type { PendulumOptions } from "../pendulum.ts";
import type { BitFlipObservation, BitFlipOptions } from "./bit-flip.ts";
import type { CatchOptions } from "./catch.ts";
import type { DeepSeaOptions } from "./deep-sea.ts";
import type { MemoryChainOptions } from "./memory-chain.ts";
import type { NChainOptions } from "./n-chain.ts";
import type { UmbrellaChainOptions } from "./umbrella-chain.ts";

/** Types of observation, action and options, by id of the problem. */
export interface DiagnosticEnvs {
  "BitFlip-v0": [BitFlipObservation, number, BitFlipOptions];
  "DeepSea-v0": [Uint8Array, number, DeepSeaOptions];
  "Catch-v0": [Uint8Array, number, CatchOptions];
  "MemoryChain-v0": [Float32Array, number, MemoryChainOptions];
  "UmbrellaChain-v0": [Float32Array, number, UmbrellaChainOptions];
  "NChain-v0": [number, number, NChainOptions];
  "CartPoleNoVel-v1": [Float32Array, number, CartPoleOptions];
  "PendulumNoVel-v1": [Float32Array, ArrayLike<number>, PendulumOptions];
}
