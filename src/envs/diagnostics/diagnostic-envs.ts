// What `make` gives for the names of the problems: apart from the problems, so that the registry knows the types alone.

import type { CartPoleOptions } from "../cart-pole.ts";
import type { PendulumOptions } from "../pendulum.ts";
import type { BitFlipObservation, BitFlipOptions } from "./bit-flip.ts";
import type { CatchOptions } from "./catch.ts";
import type { DeepSeaOptions } from "./deep-sea.ts";
import type { MemoryChainOptions } from "./memory-chain.ts";
import type { NChainOptions } from "./n-chain.ts";
import type { UmbrellaChainOptions } from "./umbrella-chain.ts";

/** Observation, action and options of the problems. */
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
