import { expect, test } from "vitest";
import { DOWN, LEFT, RIGHT, STAY, UP } from "../../../src/envs/arcade/arcade-game.ts";
import { TreasureHunt } from "../../../src/envs/arcade/treasure-hunt.ts";
import { inState, lanes, numbersOf, squares } from "./episode.ts";

const ENEMY = 0;
const TREASURE = 1;

type Things = Parameters<typeof lanes>[0];

/** Hunter at row and column; timers [move, entry, ramp]. */
function hunt(row: number, column: number, things: Things = {}, timers = [5, 10, 100], options = {}): TreasureHunt {
  const env = new TreasureHunt({ stickyActionProbability: 0, ...options });
  return inState(env, [row, column, 5, 10, ...timers, 0, ...lanes(things)]);
}

test("walks in four directions within rows 1 to 8", () => {
  const walk = (row: number, column: number, action: number): number[] => {
    const env = hunt(row, column);
    env.step(action);
    return numbersOf(env).slice(0, 2);
  };
  expect([walk(5, 5, LEFT), walk(5, 5, UP), walk(5, 5, RIGHT), walk(5, 5, DOWN)]).toEqual([
    [5, 4],
    [4, 5],
    [5, 6],
    [6, 5],
  ]);
  expect([walk(5, 0, LEFT), walk(1, 5, UP), walk(5, 9, RIGHT), walk(8, 5, DOWN)]).toEqual([
    [5, 0],
    [1, 5],
    [5, 9],
    [8, 5],
  ]);
});

test("pays 1 for a treasure touched by walking or sliding in, and it is gone", () => {
  const walked = hunt(5, 5, { 3: [5, 1, TREASURE] });
  const { reward, observation } = walked.step(UP);
  expect(reward).toBe(1);
  expect(squares(observation, 2)).toEqual([]);
  const slid = hunt(5, 5, { 4: [4, 1, TREASURE] }, [1, 10, 100]);
  expect(slid.step(STAY).reward).toBe(1);
});

test("ends at an enemy, touched by walking or sliding in", () => {
  expect(hunt(5, 5, { 4: [6, 1, ENEMY] }).step(RIGHT)).toMatchObject({ reward: 0, terminated: true });
  expect(hunt(5, 5, { 4: [4, 1, ENEMY] }, [1, 10, 100]).step(STAY).terminated).toBe(true);
  expect(hunt(5, 5, { 4: [4, 1, ENEMY] }, [2, 10, 100]).step(STAY).terminated).toBe(false);
});

test("traffic moves every five steps, with a trail behind it", () => {
  const env = hunt(8, 5, { 0: [0, 1, ENEMY], 1: [9, -1, TREASURE] });
  const first = env.step(STAY).observation;
  expect([squares(first, 1), squares(first, 2), squares(first, 3)]).toEqual([["1,0"], ["2,9"], []]);
  for (let i = 0; i < 3; i++) env.step(STAY);
  const { observation } = env.step(STAY);
  expect([squares(observation, 1), squares(observation, 2), squares(observation, 3)]).toEqual([
    ["1,1"],
    ["2,8"],
    ["1,0", "2,9"],
  ]);
});

test("something comes in every ten steps, a treasure one time in three", () => {
  let treasures = 0;
  const env = new TreasureHunt({ stickyActionProbability: 0 });
  env.reset({ seed: 1 });
  for (let i = 0; i < 1500; i++) {
    env.loadState({ ...(env.saveState() as object), episode: [0, 0, 5, 5, 5, 10, 5, 1, 100, 0, ...lanes()] });
    const { observation } = env.step(STAY);
    expect(squares(observation, 1).length + squares(observation, 2).length).toBe(1);
    treasures += squares(observation, 2).length;
    expect(numbersOf(env)[5]).toBe(10);
  }
  // Four standard errors.
  expect(Math.abs(treasures / 1500 - 1 / 3)).toBeLessThan(4 * Math.sqrt(2 / 9 / 1500));
});

test("ramps every hundred steps, moves and entries in turns, down to 1 and 2", () => {
  const periods = (moves: number, entries: number, entryNext: 0 | 1, difficultyRamping: boolean): number[] => {
    const env = new TreasureHunt({ stickyActionProbability: 0, difficultyRamping });
    inState(env, [5, 5, moves, entries, 1, 2, 1, entryNext, ...lanes()]).step(STAY);
    return [...numbersOf(env).slice(2, 4), numbersOf(env)[6], numbersOf(env)[7]];
  };
  expect(periods(5, 10, 0, true)).toEqual([4, 10, 100, 1]);
  expect(periods(4, 10, 1, true)).toEqual([4, 9, 100, 0]);
  expect(periods(1, 10, 0, true)).toEqual([1, 10, 100, 1]);
  expect(periods(1, 2, 1, true)).toEqual([1, 2, 100, 0]);
  expect(periods(5, 10, 0, false)).toEqual([5, 10, 100, 0]);
});
