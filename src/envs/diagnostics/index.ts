// The public API of "bellwether/diagnostics": small problems that each test one ability of an agent.

import { flatSize } from "../../space.ts";
import { CartPole } from "../cart-pole.ts";
import { Pendulum } from "../pendulum.ts";
import { builtIn, type Provided, provide } from "../registry.ts";
import { ObservationSelection } from "../wrappers/observation-selection.ts";
import { BitFlip, type BitFlipObservation, type BitFlipOptions } from "./bit-flip.ts";
import { Catch, type CatchOptions } from "./catch.ts";
import { DeepSea, type DeepSeaOptions } from "./deep-sea.ts";
import type { DiagnosticEnvs } from "./diagnostic-envs.ts";
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

/**
 * Registers the problems for `make`: "BitFlip-v0", "DeepSea-v0", "Catch-v0", "MemoryChain-v0", "UmbrellaChain-v0" and
 * "NChain-v0". Also registers two of Gymnasium's environments without velocities, named as in RL Zoo: "CartPoleNoVel-v1" shows
 * position and angle, "PendulumNoVel-v1" cosine and sine of the angle. A second call changes nothing.
 */
export function registerDiagnostics(): void {
  const problems: Provided<DiagnosticEnvs> = {
    "BitFlip-v0": builtIn(BitFlip, { maxEpisodeSteps: (env) => flatSize(env.actionSpace) }),
    "DeepSea-v0": builtIn(DeepSea, {}),
    "Catch-v0": builtIn(Catch, {}),
    "MemoryChain-v0": builtIn(MemoryChain, {}),
    "UmbrellaChain-v0": builtIn(UmbrellaChain, {}),
    "NChain-v0": builtIn(NChain, { maxEpisodeSteps: 1000 }),
    "CartPoleNoVel-v1": {
      ...builtIn(CartPole, { maxEpisodeSteps: 500, rewardThreshold: 475 }),
      create: (options) => new ObservationSelection(new CartPole(options), { entries: [0, 2] }),
    },
    "PendulumNoVel-v1": {
      ...builtIn(Pendulum, { maxEpisodeSteps: 200 }),
      create: (options) => new ObservationSelection(new Pendulum(options), { entries: [0, 1] }),
    },
  };
  provide(problems);
}
