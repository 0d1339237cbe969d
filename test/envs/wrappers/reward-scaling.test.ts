import { expect, test } from "vitest";
import { CliffWalking } from "../../../src/envs/cliff-walking.ts";
import { RewardScaling } from "../../../src/envs/wrappers/reward-scaling.ts";

test("multiplies rewards and nothing else", () => {
  const env = new RewardScaling(new CliffWalking(), { scale: 0.01 });
  env.reset({ seed: 0 });
  expect(env.step(1)).toEqual({ observation: 36, reward: -1, terminated: false, truncated: false, info: { prob: 1 } });
});

test("refuses factors that are not above 0", () => {
  expect(() => new RewardScaling(new CliffWalking(), { scale: 0 })).toThrow(
    new RangeError("RewardScaling: scale expected a number above 0, got 0. Use 1 to change nothing."),
  );
});
