import { expect, test } from "vitest";
import { checkEnv } from "../../../src/envs/check-env.ts";
import { DeepSea } from "../../../src/envs/diagnostics/deep-sea.ts";
import { registerDiagnostics } from "../../../src/envs/diagnostics/index.ts";
import { make } from "../../../src/envs/registry.ts";
import { discrete } from "../../../src/space.ts";

registerDiagnostics();

function cellOf(observation: Uint8Array | number): number {
  if (typeof observation === "number") throw new TypeError(`expected a board, got ${observation}`);
  expect(observation.reduce((sum, value) => sum + value, 0)).toBe(1);
  return observation.indexOf(1);
}

test("pays 0.99 for going right ten times, and nothing for going left", () => {
  const env = make("DeepSea-v0", { mappingSeed: null });
  env.reset({ seed: 0 });
  const rewards: number[] = [];
  for (let i = 0; i < 10; i++) {
    const { reward, terminated, observation } = env.step(1);
    rewards.push(reward);
    expect(terminated).toBe(i === 9);
    if (i < 9) expect(cellOf(observation)).toBe(11 * (i + 1));
    else expect(observation).toEqual(new Uint8Array(100));
  }
  expect(rewards).toEqual([...Array(9).fill(-0.001), 1 - 0.001]);
  env.reset();
  let sum = 0;
  for (let i = 0; i < 10; i++) sum += env.step(0).reward;
  expect(sum).toBe(0);
});

test("loses the treasure with one wrong step, whatever comes after", () => {
  const env = new DeepSea({ size: 3, mappingSeed: null, moveCost: 0.3 });
  env.reset({ seed: 0 });
  const path = [1, 0, 1].map((action) => env.step(action));
  expect(path.map(({ reward }) => reward)).toEqual([-0.3 / 3, 0, -0.3 / 3]);
  expect(path.slice(0, 2).map(({ observation }) => cellOf(observation))).toEqual([4, 6]);
  expect(env.step(1)).toMatchObject({ reward: 0, terminated: true });
});

test("numbers its cells row by row where it is asked to, and one more for after the end", async () => {
  const [board, index] = (["board", "index"] as const).map((observation) => new DeepSea({ size: 4, observation }));
  expect(index.observationSpace).toEqual(discrete(17));
  expect((await checkEnv(index)).problems).toEqual([]);
  expect(index.reset({ seed: 3 }).observation).toBe(0);
  board.reset({ seed: 3 });
  for (const action of [0, 1, 1, 0]) {
    const [shown, numbered] = [board.step(action), index.step(action)];
    expect({ ...numbered, observation: 0 }).toEqual({ ...shown, observation: 0 });
    expect(numbered.observation).toBe(shown.terminated ? 16 : cellOf(shown.observation));
  }
});

test("draws which action goes right from mappingSeed", () => {
  const env = new DeepSea({ size: 8, mappingSeed: 7 });
  const right = env.rightActions;
  expect(right.filter((action) => action === 1).length).toBeGreaterThan(15);
  expect(right.filter((action) => action === 0).length).toBeGreaterThan(15);
  expect(new DeepSea({ size: 8, mappingSeed: 7 }).rightActions).toEqual(right);
  expect(new DeepSea({ size: 8, mappingSeed: 8 }).rightActions).not.toEqual(right);
  let cell = cellOf(env.reset({ seed: 1 }).observation);
  let sum = 0;
  for (let i = 0; i < 8; i++) {
    const { observation, reward } = env.step(right[cell]);
    sum += reward;
    if (i < 7) cell = cellOf(observation);
  }
  expect(sum).toBeCloseTo(0.99, 12);
});

test("fails to the right once in N times and pays noise in the lower corners when it is not deterministic", () => {
  const env = new DeepSea({ size: 4, mappingSeed: null, deterministic: false, moveCost: 0 });
  env.reset({ seed: 11 });
  const episodes = 4000;
  let wins = 0;
  let sum = 0;
  let square = 0;
  for (let episode = 0; episode < episodes; episode++) {
    env.reset();
    let column = 0;
    for (let i = 0; i < 3; i++) {
      const { observation, reward } = env.step(1);
      expect(reward).toBe(0);
      column = cellOf(observation) % 4;
    }
    const { reward } = env.step(1);
    if (column !== 3) {
      if (column > 0) expect(reward).toBe(0);
      continue;
    }
    wins++;
    sum += reward - 1;
    square += (reward - 1) * (reward - 1);
  }
  // Three steps right with 3/4 each: 0.421875; four standard errors of the frequency, of the mean and of the variance.
  expect(Math.abs(wins / episodes - 0.421875)).toBeLessThan(4 * Math.sqrt(0.2439 / episodes));
  expect(Math.abs(sum / wins)).toBeLessThan(4 / Math.sqrt(wins));
  expect(Math.abs(square / wins - 1)).toBeLessThan(4 * Math.sqrt(2 / wins));
});

test("draws the diver and the treasure", () => {
  const env = new DeepSea({ size: 3, mappingSeed: null });
  env.reset({ seed: 0 });
  env.step(1);
  expect(env.renderText()).toBe("...\n.@.\n..$\nrow 1 of 3");
});

test("refuses bad options", () => {
  expect(() => new DeepSea({ size: 0 })).toThrow(
    new RangeError("DeepSea: size expected an integer at least 1, got 0. It is the side of the grid."),
  );
  expect(() => new DeepSea({ mappingSeed: -1 })).toThrow(/^DeepSea mapping: seed expected an integer at least 0/);
  expect(() => new DeepSea({ moveCost: -1 })).toThrow(
    new RangeError("DeepSea: moveCost expected a number at least 0, got -1. Default: 0.01."),
  );
  expect(() => new DeepSea({ deterministic: 1 as never })).toThrow(
    new TypeError("DeepSea: deterministic expected true or false, got 1. Default: true."),
  );
  expect(() => new DeepSea({ observation: "cell" as never })).toThrow(
    new RangeError('DeepSea: observation expected "board" or "index", got "cell". Default: "board".'),
  );
});
