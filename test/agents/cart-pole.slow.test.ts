// Every agent with networks learns CartPole-v1 far beyond random play, which makes 22, in a part of its preset's steps. The published
// bars, over ten seeds, are in test/learning.

import { expect, test } from "vitest";
import { A2C, DQN, PPO, PQN, Reinforce, TRPO } from "../../src/agents/registry.ts";
import type { SyncEnv, VectorEnv } from "../../src/env.ts";
import { make } from "../../src/envs/registry.ts";
import type { AgentBase } from "../../src/training/agent-base.ts";
import { vectorOf } from "./small-envs.ts";

const cartPole = (): SyncEnv => make("CartPole-v1");
const cartPoles = (count: number): VectorEnv => vectorOf(cartPole, count);

test.each<[string, () => AgentBase, number, number]>([
  // Seeds 0 to 4 made 199, 468, 427, 143 and 491.
  [
    "DQN, with smaller layers",
    () => new DQN(cartPole(), { seed: 0, totalSteps: 12_000, batchSize: 64, network: { hidden: [64, 64] } }),
    12_000,
    100,
  ],
  ["PQN", () => new PQN(cartPoles(8), { seed: 1 }), 40_000, 100],
  ["A2C", () => new A2C(cartPoles(8), { seed: 1 }), 100_000, 100],
  ["PPO", () => new PPO(cartPoles(8), { seed: 1 }), 16_384, 100],
  ["TRPO", () => new TRPO(cartPoles(2), { seed: 1 }), 20_480, 150],
  ["REINFORCE", () => new Reinforce(cartPole(), { seed: 1 }), 50_000, 100],
  ["REINFORCE without a baseline", () => new Reinforce(cartPole(), { seed: 1, baseline: false }), 50_000, 100],
])("CartPole-v1 is learned by the preset of %s", (_, create, steps, atLeast) => {
  const agent = create();
  agent.learnSync(steps);
  expect(agent.evaluateSync(cartPole, { episodes: 20 }).mean).toBeGreaterThanOrEqual(atLeast);
});
