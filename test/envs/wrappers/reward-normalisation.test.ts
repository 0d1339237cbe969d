import { describe, expect, test } from "vitest";
import { CliffWalking } from "../../../src/envs/cliff-walking.ts";
import { Pendulum } from "../../../src/envs/pendulum.ts";
import { RewardNormalisation } from "../../../src/envs/wrappers/reward-normalisation.ts";
import { ScriptedEnv } from "./scripted-env.ts";

/** What is divided by: of returns R so far, which begin with 1e-4 of mean 0 and variance 1. */
function deviation(returns: readonly number[]): number {
  const n = returns.length + 1e-4;
  const mean = returns.reduce((sum, R) => sum + R, 0) / n;
  const squares = returns.reduce((sum, R) => sum + (R - mean) ** 2, 0) + 1e-4 * (1 + mean ** 2);
  return Math.sqrt(squares / n + 1e-8);
}

test("divides by the deviation of discounted returns, which begin anew after every end", () => {
  const script = [
    { reward: 1 },
    { reward: 2, end: "truncated" },
    { reward: -3 },
    { reward: 4, end: "terminated" },
    { reward: 5 },
  ] as const;
  const env = new RewardNormalisation(new ScriptedEnv(script), { discount: 0.5 });
  env.reset();
  // R: 1, 2.5; -3, 2.5; 5
  const returns = [1, 2.5, -3, 2.5, 5];
  script.forEach(({ reward, ...rest }, i) => {
    const result = env.step(0);
    expect(result.reward).toBeCloseTo(reward / deviation(returns.slice(0, i + 1)), 9);
    expect([result.terminated, result.truncated]).toEqual(
      ["terminated", "truncated"].map((end) => "end" in rest && rest.end === end),
    );
    if (result.terminated || result.truncated) env.reset();
  });
});

test("a reset in mid-episode begins a new return", () => {
  const env = new RewardNormalisation(new ScriptedEnv([{ reward: 1 }]), { discount: 1 });
  env.reset();
  env.step(0);
  env.step(0);
  env.reset();
  expect(env.step(0).reward).toBeCloseTo(1 / deviation([1, 2, 1]), 9);
});

test("keeps signs and clips", () => {
  const env = new RewardNormalisation(new Pendulum(), { clip: 0.2 });
  env.reset({ seed: 0 });
  for (let i = 0; i < 50; i++) {
    const { reward } = env.step([2]);
    expect(reward).toBeLessThanOrEqual(0);
    expect(reward).toBeGreaterThanOrEqual(-0.2);
  }
  const once = new RewardNormalisation(new ScriptedEnv([{ reward: 0 }, { reward: 1 }]), { clip: 3 });
  once.reset();
  once.step(0);
  expect(once.step(0).reward).toBeCloseTo(1 / deviation([0, 1]), 9);
});

test("stands still while frozen, and can start from another's statistics", () => {
  const trained = new RewardNormalisation(new Pendulum());
  trained.reset({ seed: 0 });
  for (let i = 0; i < 50; i++) trained.step([1]);
  const other = new RewardNormalisation(new Pendulum(), { frozen: true });
  other.loadStatistics(trained.statistics);
  other.reset({ seed: 5 });
  const { reward } = other.step([1]);
  const plain = new Pendulum();
  plain.reset({ seed: 5 });
  const { variance } = trained.statistics as { variance: number[] };
  expect(reward).toBe(plain.step([1]).reward / Math.sqrt(variance[0] + 1e-8));
  expect(other.statistics).toEqual(trained.statistics);
});

describe("refuses", () => {
  test("bad options", () => {
    const make = (options: object) => () => new RewardNormalisation(new CliffWalking(), options);
    expect(make({ discount: 1.5 })).toThrow(
      new RangeError(
        "RewardNormalisation: discount expected a number at least 0 and at most 1, got 1.5. It is the agent's gamma.",
      ),
    );
    expect(make({ gamma: 0.9 })).toThrow(
      new RangeError(
        'RewardNormalisation: option expected a known name, got "gamma". Known options: epsilon, clip, frozen, discount.',
      ),
    );
    expect(make({ epsilon: 0 })).toThrow(
      new RangeError("RewardNormalisation: epsilon expected a number above 0, got 0. Gymnasium's is 1e-8."),
    );
    expect(make({ frozen: 1 })).toThrow(
      new TypeError("RewardNormalisation: frozen expected true or false, got 1. Default: false."),
    );
  });

  test("statistics of something else", () => {
    const env = new RewardNormalisation(new CliffWalking());
    expect(() => env.loadStatistics({ count: 1, mean: [0, 0], variance: [1, 1] })).toThrow(
      new TypeError(
        "RewardNormalisation.loadStatistics: statistics expected those of 1 number, got others. " +
          "Pass the statistics of a wrapper around the same kind of environment.",
      ),
    );
  });

  test("a state whose return is none", () => {
    const env = new RewardNormalisation(new ScriptedEnv([{ reward: 1 }]));
    env.reset();
    const state = env.saveState?.() as { own: object };
    expect(() => env.loadState?.({ ...state, own: { ...state.own, trace: null } })).toThrow(TypeError);
  });
});
