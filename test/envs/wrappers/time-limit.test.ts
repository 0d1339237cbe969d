import { expect, test } from "vitest";
import { CartPole } from "../../../src/envs/cart-pole.ts";
import { FrozenLake } from "../../../src/envs/frozen-lake.ts";
import { TimeLimit } from "../../../src/envs/wrappers/time-limit.ts";

test("truncates in the last step allowed and starts anew at reset", () => {
  const env = new TimeLimit(new CartPole(), { maxEpisodeSteps: 3 });
  for (let episode = 0; episode < 2; episode++) {
    env.reset({ seed: episode });
    expect([0, 1, 0].map((action) => env.step(action).truncated)).toEqual([false, false, true]);
    expect(env.elapsedSteps).toBe(3);
  }
});

test("reports an end in the last step as both terminated and truncated", () => {
  const env = new TimeLimit(new FrozenLake({ desc: ["SG"], isSlippery: false }), { maxEpisodeSteps: 1 });
  env.reset({ seed: 0 });
  expect(env.step(2)).toMatchObject({ terminated: true, truncated: true, reward: 1 });
});

test("refuses limits that count no steps", () => {
  expect(() => new TimeLimit(new CartPole(), { maxEpisodeSteps: 0 })).toThrow(
    new RangeError("TimeLimit: maxEpisodeSteps expected an integer at least 1, got 0. It counts steps."),
  );
  expect(() => new TimeLimit(new CartPole(), { steps: 1 } as never)).toThrow(RangeError);
});
