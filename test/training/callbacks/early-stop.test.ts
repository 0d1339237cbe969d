import { expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { make } from "../../../src/envs/registry.ts";
import { StopOnReturn, stopOnScore } from "../../../src/training/callbacks/early-stop.ts";
import { EvaluationCallback } from "../../../src/training/callbacks/evaluation.ts";

const OPTIONS: DQNOptions = { preset: false, batchSize: 4, warmupSteps: 1e6, network: { hidden: [4] } };
/** Every episode has 5 steps and return 5: nothing falls in so few. */
const short = () => make("CartPole-v1", { maxEpisodeSteps: 5 });

test("stops at the end of the first episode at which enough episodes have the mean", async () => {
  const run = await new DQN(short(), OPTIONS).learn(1000, {
    callbacks: [new StopOnReturn({ threshold: 5, episodes: 4 })],
  });
  expect(run).toMatchObject({
    envSteps: 20,
    stopped: "callback",
    reason: "mean return 5 of the last 4 episodes reached 5",
  });
});

test("goes on below the threshold, and wants all of its episodes in this call", () => {
  const agent = new DQN(short(), OPTIONS);
  expect(agent.learnSync(100, { callbacks: [new StopOnReturn({ threshold: 5.1, episodes: 1 })] }).stopped).toBe(
    "completed",
  );
  const callback = new StopOnReturn({ threshold: 5, episodes: 10 });
  expect(agent.learnSync(45, { callbacks: [callback] }).stopped).toBe("completed");
  expect(agent.learnSync(100, { callbacks: [callback] }).envSteps).toBe(50);
});

test("stopOnScore stops when evaluations in a row reach the threshold", async () => {
  const limits = [9, 3, 9, 9, 9];
  let made = 0;
  const callback = new EvaluationCallback({
    env: () => make("CartPole-v1", { maxEpisodeSteps: limits[made++] }),
    everySteps: 10,
    episodes: 1,
    onEvaluation: stopOnScore({ threshold: 8, evaluations: 2 }),
  });
  const run = await new DQN(short(), OPTIONS).learn(1000, { callbacks: [callback] });
  expect(callback.history.map(({ evaluation }) => evaluation.mean)).toEqual([9, 3, 9, 9]);
  expect(run).toMatchObject({ envSteps: 40, stopped: "callback", reason: "evaluation mean 9 reached 8" });
});

test("refuses thresholds and counts that are none", () => {
  expect(() => new StopOnReturn({} as never)).toThrow("StopOnReturn: threshold expected a number, got undefined.");
  expect(() => new StopOnReturn({ threshold: 1, episodes: 0 })).toThrow(
    "StopOnReturn: episodes expected an integer at least 1, got 0.",
  );
  expect(() => stopOnScore({ threshold: Number.NaN })).toThrow("stopOnScore: threshold expected a number, got NaN.");
  expect(() => stopOnScore({ threshold: 1, evaluation: 2 } as never)).toThrow("Did you mean evaluations?");
});
