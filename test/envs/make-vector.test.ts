import { expect, test } from "vitest";
import { CartPole } from "../../src/envs/cart-pole.ts";
import { CartPoleVector } from "../../src/envs/cart-pole-vector.ts";
import { makeVector } from "../../src/envs/make-vector.ts";
import { make, register } from "../../src/envs/registry.ts";
import { SyncVectorEnv } from "../../src/envs/vector-env.ts";

test("puts CartPole into one array, with its options, limit and identity", () => {
  const vector = makeVector("CartPole-v0", 3, { suttonBartoReward: true, autoresetMode: "disabled" });
  expect(vector).toBeInstanceOf(CartPoleVector);
  expect(vector.spec).toEqual(make("CartPole-v0", { suttonBartoReward: true }).spec);
  expect([vector.count, vector.autoresetMode]).toEqual([3, "disabled"]);
  vector.reset({ seed: 0 });
  expect(Array.from(vector.step([0, 1, 0]).reward)).toEqual([0, 0, 0]);
  const short = makeVector("CartPole-v1", 2, { maxEpisodeSteps: 2 });
  short.reset({ seed: 0 });
  expect([0, 1].map((action) => Array.from(short.step([action, action]).truncated))).toEqual([
    [0, 0],
    [1, 1],
  ]);
});

test("puts all others into a SyncVectorEnv", () => {
  const vector = makeVector("MountainCar-v0", 2, { autoresetMode: "same-step", goalVelocity: 0.01 });
  expect(vector).toBeInstanceOf(SyncVectorEnv);
  expect([vector.spec?.options, vector.autoresetMode]).toEqual([{ goalVelocity: 0.01 }, "same-step"]);
});

test("leaves what only looks like CartPole to itself", () => {
  class Heavier extends CartPole {}
  register({ id: "TestHeavier-v0", create: () => new Heavier() });
  register({ id: "TestOriginal-v0", create: () => new CartPole({ suttonBartoReward: true }), maxEpisodeSteps: 9 });
  expect(makeVector("TestHeavier-v0", 2)).toBeInstanceOf(SyncVectorEnv);
  const original = makeVector("TestOriginal-v0", 2);
  expect(original).toBeInstanceOf(CartPoleVector);
  original.reset({ seed: 0 });
  expect(original.step([0, 0]).reward[1]).toBe(0);
});

test("refuses a bad count, mode, id or option", () => {
  expect(() => makeVector("CartPole-v1", 0)).toThrow(
    new RangeError("makeVector: count expected an integer at least 1, got 0. It is the number of environments."),
  );
  expect(() => makeVector("CartPole-v1", 1, { autoresetMode: "never" as never })).toThrow(
    new RangeError(
      'makeVector: autoresetMode expected "next-step", "same-step" or "disabled", got "never". Default: "next-step".',
    ),
  );
  expect(() => makeVector("CartPol-v1", 1)).toThrow(/Did you mean CartPole-v1\?$/);
  expect(() => makeVector("CartPole-v1", 1, { reward: 1 })).toThrow(/^make CartPole-v1: option expected a known name/);
});
