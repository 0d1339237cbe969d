import { expect, test } from "vitest";
import { UmbrellaChain } from "../../../src/envs/diagnostics/umbrella-chain.ts";

function play(need: number, actions: readonly number[]): { rewards: number[]; last: number[] } {
  const env = new UmbrellaChain({ chainLength: actions.length });
  env.reset({ seed: 1 });
  env.loadState({ ...(env.saveState() as object), episode: [0, need, 1 - need] });
  const steps = actions.map((action) => env.step(action));
  expect(steps.map(({ terminated }) => terminated)).toEqual(actions.map((_, i) => i === actions.length - 1));
  expect(env.step(0)).toMatchObject({ reward: 0, terminated: true });
  return { rewards: steps.map(({ reward }) => reward), last: Array.from(steps[actions.length - 1].observation) };
}

test("pays at the end for what the first action took, whatever came after", () => {
  expect(play(1, [1, 0, 0, 0]).rewards.at(-1)).toBe(1);
  expect(play(1, [0, 1, 1, 1]).rewards.at(-1)).toBe(-1);
  expect(play(0, [0, 1, 1, 1]).rewards.at(-1)).toBe(1);
  expect(play(1, [1, 0]).last).toEqual([1, 1, 0]);
});

test("pays noise on the way: 1 and -1 equally often, and distractors are bits", () => {
  const env = new UmbrellaChain({ chainLength: 1001, distractors: 3 });
  env.reset({ seed: 2 });
  let sum = 0;
  let ones = 0;
  for (let i = 0; i < 1000; i++) {
    const { reward, observation } = env.step(0);
    expect(Math.abs(reward)).toBe(1);
    sum += reward;
    for (const bit of observation.slice(3)) {
      expect(bit === 0 || bit === 1).toBe(true);
      ones += bit;
    }
  }
  // Four standard errors.
  expect(Math.abs(sum)).toBeLessThan(4 * Math.sqrt(1000));
  expect(Math.abs(ones - 1500)).toBeLessThan(4 * Math.sqrt(750));
});

test("draws weather and umbrella", () => {
  const env = new UmbrellaChain({ chainLength: 2 });
  env.reset({ seed: 0 });
  env.loadState({ ...(env.saveState() as object), episode: [1, 1, 0] });
  expect(env.renderText()).toBe("rain, no umbrella\nstep 1 of 2");
});

test("refuses bad options", () => {
  expect(() => new UmbrellaChain({ chainLength: 0 })).toThrow(
    new RangeError("UmbrellaChain: chainLength expected an integer at least 1, got 0. It counts steps."),
  );
  expect(() => new UmbrellaChain({ distractors: -1 })).toThrow(
    new RangeError("UmbrellaChain: distractors expected an integer at least 0, got -1. Default: 0."),
  );
});
