import { expect, test } from "vitest";
import { FIRE, LEFT, RIGHT, STAY } from "../../../src/envs/arcade/arcade-game.ts";
import { Invasion } from "../../../src/envs/arcade/invasion.ts";
import { inState, numbersOf, squares } from "./episode.ts";

interface Scene {
  cannon?: number;
  reload?: number;
  alienShot?: number;
  alienMove?: number;
  wavePeriod?: number;
  top?: number;
  left?: number;
  right?: 0 | 1;
  /** Ranks times files, in order; all 0 but these. */
  alive?: readonly number[];
  /** Own bullets and alien bullets, [row, column]. */
  own?: readonly number[];
  theirs?: readonly number[];
}

function scene(of: Scene, options = {}): Invasion {
  const alive = Array.from({ length: 21 }, (_, i) => (of.alive === undefined || of.alive.includes(i) ? 1 : 0));
  const bullets = [...(of.own ?? [-1, 0]), ...(of.theirs ?? [-1, 0]), -1, 0, -1, 0, -1, 0, -1, 0];
  const { cannon = 4, reload = 0, alienShot = 10, alienMove = 12, wavePeriod = 12, top = 0, left = 1, right = 1 } = of;
  return inState(new Invasion({ stickyActionProbability: 0, ...options }), [
    ...[cannon, reload, alienShot, alienMove, wavePeriod, top, left, right],
    ...alive,
    ...bullets,
  ]);
}

test("starts with three rows of seven aliens that show their direction", () => {
  const { observation } = new Invasion().reset({ seed: 3 });
  expect(squares(observation, 0)).toEqual(["9,4"]);
  expect(squares(observation, 1)).toHaveLength(21);
  const [left, right] = [squares(observation, 2), squares(observation, 3)];
  expect([left.length, right.length].sort()).toEqual([0, 21]);
});

test("shoots upward, at most every five steps, and pays 1 for an alien", () => {
  const env = scene({ cannon: 4, left: 1, alive: [0, 3, 17] });
  // Alien 17 is rank 2, file 3: row 2, column 4, in the line of fire with alien 3 behind it.
  const shots: string[][] = [];
  const rewards: number[] = [];
  for (let i = 0; i < 7; i++) {
    const { observation, reward } = env.step(FIRE);
    shots.push(squares(observation, 4));
    rewards.push(reward);
  }
  expect(shots.slice(0, 2)).toEqual([["8,4"], ["7,4"]]);
  expect(shots[4]).toEqual(["4,4"]);
  expect(shots[5]).toEqual(["3,4", "8,4"]);
  // With three aliens left they move in the third step and in the sixth: the bullet passes where they have been.
  expect(rewards).toEqual([0, 0, 0, 0, 0, 0, 0]);
  const still = scene({ cannon: 4, left: 1, alienMove: 12, own: [3, 4] });
  const hit = still.step(STAY);
  expect(hit.reward).toBe(1);
  expect(squares(hit.observation, 1)).toHaveLength(20);
  expect(squares(hit.observation, 1)).not.toContain("2,4");
  expect(squares(hit.observation, 4)).toEqual([]);
});

test("the swarm moves sideways by its period, goes down at the edge and turns", () => {
  const env = scene({ left: 2, alienMove: 1, wavePeriod: 12 });
  env.step(STAY);
  // 2 + 7 - 1 = 8: one more step to the right.
  expect(numbersOf(env).slice(3, 8)).toEqual([12, 12, 0, 3, 1]);
  for (let i = 0; i < 11; i++) env.step(STAY);
  expect(numbersOf(env)[6]).toBe(3);
  const { observation } = env.step(STAY);
  expect(numbersOf(env).slice(5, 8)).toEqual([1, 3, 0]);
  expect(squares(observation, 2)).toHaveLength(21);
  expect(squares(observation, 1)[0]).toBe("1,3");
});

test("a single alien moves every step, over the whole board", () => {
  const env = scene({ left: -5, alive: [6], alienMove: 12 });
  const columns = [0, 1, 2, 3].map(() => squares(env.step(STAY).observation, 1)[0]);
  expect(columns).toEqual(["0,2", "0,3", "0,4", "0,5"]);
});

test("aliens shoot from the lowest of a file every ten steps, and a hit on the cannon ends the game", () => {
  const env = scene({ alienShot: 1, left: 1, alive: [0, 7], cannon: 9 });
  expect(squares(env.step(STAY).observation, 5)).toEqual(["2,1"]);
  expect(squares(env.step(STAY).observation, 5)).toEqual(["3,1"]);
  const hit = scene({ cannon: 4, theirs: [8, 4] });
  expect(hit.step(STAY)).toMatchObject({ reward: 0, terminated: true });
  const dodged = scene({ cannon: 4, theirs: [8, 4] });
  expect(dodged.step(RIGHT).terminated).toBe(false);
  expect(squares(dodged.step(LEFT).observation, 5)).toEqual([]);
});

test("ends when an alien lands", () => {
  const env = scene({ top: 6, left: 3, alienMove: 1, cannon: 0 });
  expect(env.step(STAY)).toMatchObject({ reward: 0, terminated: true });
  // Only its living ranks count.
  expect(scene({ top: 6, left: 3, alienMove: 1, alive: [6] }).step(STAY).terminated).toBe(false);
});

test("a new wave comes when all are shot, faster with ramping", () => {
  const last = { cannon: 0, left: 1, alive: [0], own: [1, 1] as const, alienMove: 2 };
  for (const [difficultyRamping, period] of [
    [true, 11],
    [false, 12],
  ] as const) {
    const env = scene(last, { difficultyRamping });
    const { reward, observation } = env.step(STAY);
    expect(reward).toBe(1);
    expect(squares(observation, 1)).toHaveLength(21);
    expect(numbersOf(env)[4]).toBe(period);
  }
  const fastest = scene({ ...last, wavePeriod: 4, alienMove: 2 });
  fastest.step(STAY);
  expect(numbersOf(fastest)[4]).toBe(4);
});
