// What the tests need to run any environment of the package: made without its time limit's help, with actions from a stream.

import type { Pcg64 } from "../../src/engine/random.ts";
import type { SyncEnv } from "../../src/env.ts";
import { registerArcade } from "../../src/envs/arcade/index.ts";
import { registerDiagnostics } from "../../src/envs/diagnostics/index.ts";
import { make } from "../../src/envs/registry.ts";
import type { SpaceValue } from "../../src/space.ts";

registerDiagnostics();
registerArcade();

export const BUILT_IN_IDS: readonly string[] = [
  "CartPole-v0",
  "CartPole-v1",
  "MountainCar-v0",
  "MountainCarContinuous-v0",
  "Pendulum-v1",
  "Acrobot-v1",
  "Blackjack-v1",
  "FrozenLake-v1",
  "FrozenLake8x8-v1",
  "CliffWalking-v1",
  "CliffWalkingSlippery-v1",
  "Taxi-v4",
  "BitFlip-v0",
  "DeepSea-v0",
  "Catch-v0",
  "MemoryChain-v0",
  "UmbrellaChain-v0",
  "NChain-v0",
  "CartPoleNoVel-v1",
  "PendulumNoVel-v1",
  "Bricks-v0",
  "Invasion-v0",
  "RoadCrossing-v0",
  "TreasureHunt-v0",
  "Submarine-v0",
];

export function randomAction(env: SyncEnv, random: Pcg64): SpaceValue {
  if (env.actionSpace.kind === "discrete") return random.integers(0, env.actionSpace.n);
  return [Math.fround(random.uniform(-2, 2))];
}

/** The next `steps` results of the environment as text, with a reset after each end; exact for numbers. */
export function run(env: SyncEnv, random: Pcg64, steps: number): string[] {
  const log: string[] = [];
  for (let i = 0; i < steps; i++) {
    const { observation, reward, terminated, truncated } = env.step(randomAction(env, random));
    log.push(JSON.stringify([list(observation), reward, terminated, truncated]));
    if (terminated || truncated) log.push(JSON.stringify(list(env.reset().observation)));
  }
  return log;
}

export function made(id: string): SyncEnv {
  return make(id, {});
}

function list(observation: SpaceValue): unknown {
  if (typeof observation === "number") return observation;
  if (typeof observation.length === "number") return Array.from(observation as ArrayLike<number>);
  return Object.entries(observation as Record<string, SpaceValue>).map(([name, part]) => [name, list(part)]);
}
