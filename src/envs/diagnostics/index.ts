// Small problems that tell one thing each: the public face of "bellwether/diagnostics".

import { flatSize } from "../../space.ts";
import { builtIn, type Provided, provide } from "../registry.ts";
import { BitFlip, type BitFlipObservation, type BitFlipOptions } from "./bit-flip.ts";
import { Catch, type CatchOptions } from "./catch.ts";
import { DeepSea, type DeepSeaOptions } from "./deep-sea.ts";
import { MemoryChain, type MemoryChainOptions } from "./memory-chain.ts";
import { NChain, type NChainOptions } from "./n-chain.ts";
import { UmbrellaChain, type UmbrellaChainOptions } from "./umbrella-chain.ts";

export type {
  BitFlipObservation,
  BitFlipOptions,
  CatchOptions,
  DeepSeaOptions,
  MemoryChainOptions,
  NChainOptions,
  UmbrellaChainOptions,
};
export { BitFlip, Catch, DeepSea, MemoryChain, NChain, UmbrellaChain };

/** Observation, action and options of the problems. */
export interface DiagnosticEnvs {
  "BitFlip-v0": [BitFlipObservation, number, BitFlipOptions];
  "DeepSea-v0": [Uint8Array, number, DeepSeaOptions];
  "Catch-v0": [Uint8Array, number, CatchOptions];
  "MemoryChain-v0": [Float32Array, number, MemoryChainOptions];
  "UmbrellaChain-v0": [Float32Array, number, UmbrellaChainOptions];
  "NChain-v0": [number, number, NChainOptions];
}

/**
 * Makes the problems known to `make`: "BitFlip-v0", "DeepSea-v0", "Catch-v0", "MemoryChain-v0", "UmbrellaChain-v0" and
 * "NChain-v0". Calling it again changes nothing.
 */
export function registerDiagnostics(): void {
  const problems: Provided<DiagnosticEnvs> = {
    "BitFlip-v0": builtIn(BitFlip, { maxEpisodeSteps: (env) => flatSize(env.actionSpace) }),
    "DeepSea-v0": builtIn(DeepSea, {}),
    "Catch-v0": builtIn(Catch, {}),
    "MemoryChain-v0": builtIn(MemoryChain, {}),
    "UmbrellaChain-v0": builtIn(UmbrellaChain, {}),
    "NChain-v0": builtIn(NChain, { maxEpisodeSteps: 1000 }),
  };
  provide(problems);
}
