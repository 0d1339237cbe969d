import { describe, expect, test } from "vitest";
import { DQN } from "../../src/agents/deep-q/dqn.ts";
import type { Env, SyncEnv } from "../../src/env.ts";
import { make } from "../../src/envs/registry.ts";
import { evaluatePolicy, evaluatePolicySync, type Policy, summarize } from "../../src/training/evaluation.ts";
import { asynchronous } from "../agents/small-envs.ts";

const cartPole = (): SyncEnv => make("CartPole-v1");
const left = (): number => 0;

test("summarises returns: mean, population deviation, range", () => {
  expect(summarize([1, 3], [10, 20])).toEqual({
    mean: 2,
    std: 1,
    min: 1,
    max: 3,
    episodes: 2,
    envSteps: 30,
    returns: [1, 3],
    lengths: [10, 20],
  });
});

test("episode i starts from seed + i", async () => {
  const all = await evaluatePolicy(left, cartPole(), { episodes: 4, seed: 7 });
  for (let i = 0; i < 4; i++) {
    expect(evaluatePolicySync(left, cartPole(), { episodes: 1, seed: 7 + i }).returns).toEqual([all.returns[i]]);
  }
});

test("promises or not, in one go or in slices, the numbers are the same", async () => {
  const options = { episodes: 30, seed: 3 };
  const sync = evaluatePolicySync(left, cartPole(), options);
  expect(await evaluatePolicy(left, cartPole(), options)).toEqual(sync);
  expect(await evaluatePolicy(left, asynchronous(cartPole()), options)).toEqual(sync);
});

test("closes the environment, also when it fails", async () => {
  let closed = 0;
  const env: Env = { ...asynchronous(cartPole()), close: () => void closed++ };
  await evaluatePolicy(left, env, { episodes: 1 });
  expect(closed).toBe(1);
  await expect(evaluatePolicy(() => 9, env, { episodes: 1 })).rejects.toThrow(RangeError);
  expect(closed).toBe(2);
});

describe("refuses", () => {
  test("no episodes, unknown options, and promises where none can be waited for", async () => {
    expect(() => evaluatePolicySync(left, cartPole(), { episodes: 0 })).toThrow(
      "evaluate: episodes expected an integer at least 1, got 0. Set options.episodes.",
    );
    expect(() => evaluatePolicySync(left, cartPole(), { sed: 1 } as never)).toThrow("Did you mean seed?");
    expect(() => evaluatePolicySync(left, asynchronous(cartPole()) as never)).toThrow(
      new TypeError("evaluateSync: environment expected to answer at once, got a promise. Use evaluate instead."),
    );
  });

  test("to go on once the signal says stop", async () => {
    const signal = AbortSignal.abort(new Error("closing time"));
    await expect(evaluatePolicy(left, cartPole(), { signal })).rejects.toThrow("closing time");
  });
});

test("an agent's evaluate is greedy and leaves the agent as it was", async () => {
  const agent = new DQN(cartPole(), { preset: false });
  const before = agent.save();
  const first = await agent.evaluate(cartPole, { episodes: 5 });
  expect(agent.evaluateSync(cartPole, { episodes: 5 })).toEqual(first);
  expect(agent.save()).toEqual(before);
});

test("tells the policy which observation begins an episode", async () => {
  const told: boolean[] = [];
  const policy: Policy = (_observation, episodeStart) => {
    told.push(episodeStart);
    return 0;
  };
  const { lengths } = evaluatePolicySync(policy, cartPole(), { episodes: 3, seed: 7 });
  const expected = lengths.flatMap((length) => Array.from({ length }, (_, t) => t === 0));
  expect(told).toEqual(expected);
  told.length = 0;
  await evaluatePolicy(policy, asynchronous(cartPole()), { episodes: 3, seed: 7 });
  expect(told).toEqual(expected);
});
