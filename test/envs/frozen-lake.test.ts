import { expect, test } from "vitest";
import { FrozenLake, generateRandomMap } from "../../src/envs/frozen-lake.ts";

test("crosses the ice when it is not slippery", () => {
  const env = new FrozenLake({ isSlippery: false });
  expect(env.reset({ seed: 0 })).toEqual({ observation: 0, info: { prob: 1 } });
  const path = [1, 1, 2, 2, 1, 2].map((action) => env.step(action));
  expect(path.map((result) => result.observation)).toEqual([4, 8, 9, 10, 14, 15]);
  expect(path.at(-1)).toEqual({ observation: 15, reward: 1, terminated: true, truncated: false, info: { prob: 1 } });
});

test("ends in a hole for nothing", () => {
  const env = new FrozenLake({ isSlippery: false });
  env.reset({ seed: 0 });
  env.step(1);
  expect(env.step(2)).toMatchObject({ observation: 5, reward: 0, terminated: true });
});

test("slips to each side with half of what successRate leaves", () => {
  const outcomes = new FrozenLake({ mapName: "8x8", successRate: 0.8 }).transitions()[9][2];
  expect(outcomes.map((outcome) => outcome.nextState)).toEqual([17, 10, 1]);
  expect(outcomes.map((outcome) => outcome.probability)).toEqual([(1 - 0.8) / 2, 0.8, (1 - 0.8) / 2]);
});

test("pays by rewardSchedule: goal, hole, ice", () => {
  const env = new FrozenLake({ desc: ["SFH", "FFG"], isSlippery: false, rewardSchedule: [5, -3, -0.1] });
  const table = env.transitions();
  expect([table[4][2], table[1][2], table[0][2]].map(([outcome]) => outcome.reward)).toEqual([5, -3, -0.1]);
});

test("starts on one of several S, and plays maps that are not square", () => {
  const env = new FrozenLake({ desc: ["SFFS", "HFFG"] });
  expect(env.observationSpace.n).toBe(8);
  expect(env.startDistribution()).toEqual([0.5, 0, 0, 0.5, 0, 0, 0, 0]);
  const starts = new Set(Array.from({ length: 30 }, (_, seed) => env.reset({ seed }).observation));
  expect([...starts].sort()).toEqual([0, 3]);
});

test("makes a random map that can be crossed when mapName is null", () => {
  const env = new FrozenLake({ mapName: null });
  expect(env.observationSpace.n).toBe(64);
});

test("generates Gymnasium's random map of seed 3", () => {
  // gymnasium 1.3.0: generate_random_map(size=4, p=0.6, seed=3)
  expect(generateRandomMap(4, 0.6, 3)).toEqual(["SFHF", "FFFF", "HFFF", "FFHG"]);
});

test("shows where one stands", () => {
  const env = new FrozenLake({ isSlippery: false });
  env.reset({ seed: 0 });
  env.step(2);
  expect(env.renderText()).toBe(" S [F] F  F \n F  H  F  H \n F  F  F  H \n H  F  F  G \nlast action: right");
});

test("refuses bad maps, names, rates and rewards", () => {
  expect(() => new FrozenLake({ desc: ["SF", "G"] })).toThrow(
    new RangeError(
      'FrozenLake: desc expected rows of equal length made of S, F, H and G with an S, got ["SF", "G"]. For example ["SF", "HG"].',
    ),
  );
  expect(() => new FrozenLake({ desc: ["FF", "FG"] })).toThrow(RangeError);
  expect(() => new FrozenLake({ mapName: "5x5" })).toThrow(
    new RangeError('FrozenLake: mapName expected "4x4", "8x8" or null, got "5x5". Give other maps as desc.'),
  );
  expect(() => new FrozenLake({ successRate: 2 })).toThrow(
    new RangeError("FrozenLake: successRate expected a number at least 0 and at most 1, got 2. It is a probability."),
  );
  expect(() => new FrozenLake({ rewardSchedule: [1, 2] })).toThrow(
    new RangeError(
      "FrozenLake: rewardSchedule expected three finite numbers, got [1, 2]. They are for goal, hole and ice.",
    ),
  );
  expect(() => generateRandomMap(1)).toThrow(
    new RangeError("generateRandomMap: size expected an integer at least 2, got 1. Gymnasium's is 8."),
  );
  expect(() => generateRandomMap(4, 0)).toThrow(
    new RangeError("generateRandomMap: iceProbability expected a number above 0, got 0. Gymnasium's is 0.8."),
  );
});
