import { expect, test } from "vitest";
import { PPO } from "../../../src/agents/policy-gradient/ppo.ts";
import type { SyncEnv } from "../../../src/env.ts";
import { make } from "../../../src/envs/registry.ts";
import { vectorOf } from "../small-envs.ts";

const pendulum = (): SyncEnv => make("Pendulum-v1");

test("Pendulum-v1 is on its way after 40,000 steps with noise of the state", () => {
  const agent = new PPO(vectorOf(pendulum, 4), {
    preset: false,
    seed: 1,
    totalSteps: 40_000,
    rolloutSteps: 1024,
    minibatches: 64,
    discount: 0.9,
    learningRate: 1e-3,
    distribution: { type: "gsde", logDeviation: 0, sampleEverySteps: 4 },
  });
  agent.learnSync(40_960);
  // Random play makes -1200.
  expect(agent.evaluateSync(pendulum, { episodes: 10 }).mean).toBeGreaterThan(-500);
});
