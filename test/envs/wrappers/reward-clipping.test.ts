import { expect, test } from "vitest";
import { CliffWalking } from "../../../src/envs/cliff-walking.ts";
import { RewardClipping } from "../../../src/envs/wrappers/reward-clipping.ts";

test("keeps rewards between its bounds", () => {
  const env = new RewardClipping(new CliffWalking(), { low: -10, high: -2 });
  env.reset({ seed: 0 });
  expect([env.step(1).reward, env.step(0).reward]).toEqual([-10, -2]);
});

test("clips to -1 .. 1 by default", () => {
  const env = new RewardClipping(new CliffWalking());
  env.reset({ seed: 0 });
  expect(env.step(1).reward).toBe(-1);
});

test("refuses bounds out of order", () => {
  expect(() => new RewardClipping(new CliffWalking(), { low: 2, high: 1 })).toThrow(
    new RangeError("RewardClipping: high expected a number above 2, got 1. Default: 1."),
  );
  expect(() => new RewardClipping(new CliffWalking(), { low: NaN })).toThrow(
    new RangeError("RewardClipping: low expected a number, got NaN. Default: -1."),
  );
});
