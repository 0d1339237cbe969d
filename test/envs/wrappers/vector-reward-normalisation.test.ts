import { expect, test } from "vitest";
import type { AutoresetMode } from "../../../src/env.ts";
import { Pendulum } from "../../../src/envs/pendulum.ts";
import { SyncVectorEnv } from "../../../src/envs/vector-env.ts";
import { RewardNormalisation } from "../../../src/envs/wrappers/reward-normalisation.ts";
import { TimeLimit } from "../../../src/envs/wrappers/time-limit.ts";
import { VectorRewardNormalisation } from "../../../src/envs/wrappers/vector-reward-normalisation.ts";
import { RunningStatistics } from "../../../src/running-statistics.ts";
import { ScriptedEnv, type ScriptedStep } from "./scripted-env.ts";

const SCRIPTS: readonly (readonly ScriptedStep[])[] = [
  [{ reward: 1 }, { reward: 2, end: "terminated" }],
  [{ reward: -1 }, { reward: 4 }, { reward: 8, end: "truncated" }],
];

const vector = (autoresetMode: AutoresetMode = "same-step"): SyncVectorEnv =>
  new SyncVectorEnv((i) => new ScriptedEnv(SCRIPTS[i]), { count: 2, autoresetMode });

test("a single environment's is what RewardNormalisation gives", () => {
  const limited = (): TimeLimit => new TimeLimit(new Pendulum(), { maxEpisodeSteps: 7 });
  const single = new RewardNormalisation(limited(), { discount: 0.9, clip: 1.5 });
  const inner = new SyncVectorEnv(limited, { count: 1, autoresetMode: "same-step" });
  const wrapped = new VectorRewardNormalisation(inner, { discount: 0.9, clip: 1.5 });
  wrapped.reset({ seed: 3 });
  single.reset({ seed: 3 });
  for (let i = 0; i < 50; i++) {
    const expected = single.step([1]);
    expect(wrapped.step([[1]]).reward[0]).toBe(expected.reward);
    if (expected.truncated) single.reset();
  }
  expect(wrapped.statistics).toEqual(single.statistics);
});

test("returns of all environments join one set of statistics, and begin anew after every end", () => {
  const env = new VectorRewardNormalisation(vector(), { discount: 0.5 });
  env.reset();
  const statistics = new RunningStatistics(1);
  // R by hand: 1, 2.5 | 1, 2.5 | 1, 2.5 and -1, 3.5, 9.75 | -1, 3.5, 9.75
  const returns = [
    [1, -1],
    [2.5, 3.5],
    [1, 9.75],
    [2.5, -1],
    [1, 3.5],
    [2.5, 9.75],
  ];
  returns.forEach((batch, t) => {
    const { reward } = env.step([0, 0]);
    statistics.include(batch, 2);
    const deviation = Math.sqrt(statistics.variance[0] + 1e-8);
    expect(Array.from(reward)).toEqual(SCRIPTS.map((script) => script[t % script.length].reward / deviation));
  });
});

test("steps that only reset are not counted", () => {
  const env = new VectorRewardNormalisation(vector("next-step"), { discount: 0.5 });
  env.reset();
  const statistics = new RunningStatistics(1);
  const returns = [[1, -1], [2.5, 3.5], [9.75], [1], [2.5, -1], [3.5]];
  for (const batch of returns) {
    env.step([0, 0]);
    statistics.include(batch, batch.length);
  }
  expect(env.statistics).toEqual({
    count: statistics.count,
    mean: Array.from(statistics.mean),
    variance: Array.from(statistics.variance),
  });
});

test("resets by the caller begin a new return there only", () => {
  const env = new VectorRewardNormalisation(vector("disabled"), { discount: 1 });
  env.reset();
  env.step([0, 0]);
  env.step([0, 0]);
  env.reset({ resetMask: [true, false] });
  const before = env.statistics as { count: number };
  env.step([0, 0]);
  const statistics = new RunningStatistics(1);
  for (const batch of [
    [1, -1],
    [3, 3],
    [1, 11],
  ]) {
    statistics.include(batch, 2);
  }
  expect((env.statistics as { count: number }).count).toBe(before.count + 2);
  expect((env.statistics as { mean: number[] }).mean).toEqual(Array.from(statistics.mean));
});

test("stands still while frozen, leaves what it wraps as it is, and gives one object for all steps", () => {
  const inner = vector();
  const env = new VectorRewardNormalisation(inner, { frozen: true });
  const before = env.statistics;
  env.reset();
  const result = env.step([0, 0]);
  expect(env.step([0, 0])).toBe(result);
  expect(env.statistics).toEqual(before);
  expect(Array.from(inner.step([0, 0]).reward)).toEqual([1, 8]);
});

test("goes on from a saved state in mid-episode, bit for bit", () => {
  for (const mode of ["same-step", "next-step"] as const) {
    const env = new VectorRewardNormalisation(vector(mode));
    env.reset();
    for (let i = 0; i < 5; i++) env.step([0, 0]);
    const state = JSON.parse(JSON.stringify(env.saveState?.()));
    const rest = (of: VectorRewardNormalisation): number[][] =>
      Array.from({ length: 7 }, () => Array.from(of.step([0, 0]).reward));
    const expected = rest(env);
    const again = new VectorRewardNormalisation(vector(mode));
    again.loadState?.(state);
    expect(rest(again)).toEqual(expected);
  }
});

test("refuses bad options, statistics and states", () => {
  expect(() => new VectorRewardNormalisation(vector(), { discount: -1 })).toThrow(
    new RangeError(
      "VectorRewardNormalisation: discount expected a number at least 0 and at most 1, got -1. It is the agent's gamma.",
    ),
  );
  const env = new VectorRewardNormalisation(vector());
  expect(() => env.loadStatistics({ count: 0, mean: [0], variance: [1] })).toThrow(
    new TypeError(
      "VectorRewardNormalisation.loadStatistics: statistics expected those of 1 number, got others. " +
        "Pass the statistics of a wrapper around the same kind of environment.",
    ),
  );
  env.reset();
  env.step([0, 0]);
  const good = env.saveState?.() as { own: object };
  const own = (change: object): object => ({ ...good, own: { ...good.own, ...change } });
  for (const bad of [
    null,
    { ...good, wrapper: "Other" },
    own({ traces: [0] }),
    own({ traces: [0, null] }),
    own({ ended: [0, 2] }),
    own({ frozen: "no" }),
    own({ statistics: null }),
  ]) {
    expect(() => env.loadState?.(bad as never)).toThrow(TypeError);
  }
  expect(env.saveState?.()).toEqual(good);
});
