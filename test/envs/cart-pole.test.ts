import { expect, test } from "vitest";
import { CartPole } from "../../src/envs/cart-pole.ts";

test("starts where Gymnasium does with seed 42", () => {
  const { observation } = new CartPole().reset({ seed: 42 });
  const gymnasium = [0.02739560417830944, -0.006112155970185995, 0.03585979342460632, 0.019736802205443382];
  expect(Array.from(observation)).toEqual(gymnasium);
});

test("draws the start state between the reset options low and high", () => {
  const env = new CartPole();
  const { observation } = env.reset({ seed: 1, options: { low: 0.1, high: 0.11 } });
  for (const value of observation) {
    expect(value).toBeGreaterThanOrEqual(Math.fround(0.1));
    expect(value).toBeLessThan(0.11);
  }
});

test("pays 1 up to and including the fall, nothing after it", () => {
  const env = new CartPole();
  env.reset({ seed: 0 });
  let result = env.step(0);
  while (!result.terminated) {
    expect(result.reward).toBe(1);
    result = env.step(0);
  }
  expect(result.reward).toBe(1);
  expect(env.step(0)).toMatchObject({ reward: 0, terminated: true });
});

test("pays 0 and -1 with suttonBartoReward", () => {
  const env = new CartPole({ suttonBartoReward: true });
  env.reset({ seed: 0 });
  let result = env.step(0);
  while (!result.terminated) {
    expect(result.reward).toBe(0);
    result = env.step(0);
  }
  expect(result.reward).toBe(-1);
});

test("refuses a flag that is no boolean, and unknown options", () => {
  expect(() => new CartPole({ suttonBartoReward: 1 as never })).toThrow(
    new TypeError("CartPole: suttonBartoReward expected true or false, got 1. Default: false."),
  );
  expect(() => new CartPole({ suttonReward: true } as never)).toThrow(
    new RangeError('CartPole: option expected a known name, got "suttonReward". Known options: suttonBartoReward.'),
  );
});

test("draws cart and pole", () => {
  const env = new CartPole();
  env.reset({ seed: 0 });
  const rows = env.renderText().split("\n");
  expect(rows).toHaveLength(10);
  expect(rows[6]).toContain("|");
  expect(rows[7]).toMatch(/\[o---o\]/);
  expect(rows[9]).toBe("position 0.01 m, angle -2.6 degrees");
});
