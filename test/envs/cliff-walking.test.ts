import { expect, test } from "vitest";
import { CliffWalking } from "../../src/envs/cliff-walking.ts";

test("walks the shortest way for -13", () => {
  const env = new CliffWalking();
  expect(env.reset({ seed: 0 }).observation).toBe(36);
  const steps = [0, ...new Array<number>(11).fill(1), 2].map((action) => env.step(action));
  expect(steps.reduce((sum, step) => sum + step.reward, 0)).toBe(-13);
  expect(steps.at(-1)).toMatchObject({ observation: 47, terminated: true });
});

test("falls back to the start for -100, and goes on", () => {
  const env = new CliffWalking();
  env.reset({ seed: 0 });
  expect(env.step(1)).toEqual({
    observation: 36,
    reward: -100,
    terminated: false,
    truncated: false,
    info: { prob: 1 },
  });
});

test("slips to both sides, a third each", () => {
  const outcomes = new CliffWalking({ isSlippery: true }).transitions()[36][0];
  expect(outcomes.map(({ nextState, reward }) => [nextState, reward])).toEqual([
    [36, -1],
    [24, -1],
    [36, -100],
  ]);
  expect(outcomes.every((outcome) => outcome.probability === 1 / 3)).toBe(true);
});

test("shows the cliff", () => {
  const env = new CliffWalking();
  env.reset({ seed: 0 });
  expect(env.renderText().split("\n").at(-1)).toBe("[S] C  C  C  C  C  C  C  C  C  C  G ");
});

test("refuses a flag that is no boolean", () => {
  expect(() => new CliffWalking({ isSlippery: "yes" as never })).toThrow(
    new TypeError('CliffWalking: isSlippery expected true or false, got "yes". Default: false.'),
  );
});
