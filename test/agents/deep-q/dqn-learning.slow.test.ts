import { expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { make } from "../../../src/envs/registry.ts";

const cartPole = () => make("CartPole-v1");

test("CartPole-v1 is well under way after 12,000 steps with the preset and smaller layers", () => {
  // Random play makes 22; seeds 0 to 4 made 199, 468, 427, 143 and 491.
  const options: DQNOptions = { seed: 0, totalSteps: 12_000, batchSize: 64, network: { hidden: [64, 64] } };
  const agent = new DQN(cartPole(), options);
  agent.learnSync(12_000);
  expect(agent.evaluateSync(cartPole, { episodes: 20 }).mean).toBeGreaterThanOrEqual(100);
});
