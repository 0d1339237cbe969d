import { describe, expect, test } from "vitest";
import { DOWN, FIRE, LEFT, RIGHT, STAY, UP } from "../../../src/envs/arcade/arcade-game.ts";
import { Submarine } from "../../../src/envs/arcade/submarine.ts";
import { inState, lanes, numbersOf, squares } from "./episode.ts";

type Things = Parameters<typeof lanes>[0];
const FISH = 0;
const ENEMY_SUBMARINE = 1;

interface Scene {
  row?: number;
  /** The left one of its two squares. */
  left?: number;
  right?: 0 | 1;
  oxygen?: number;
  aboard?: number;
  reload?: number;
  periods?: readonly [entry: number, move: number];
  timers?: readonly [entry: number, move: number, diver: number, diverMove: number];
  rampsMove?: 0 | 1;
  enemies?: Things;
  divers?: Things;
  own?: Things;
  theirs?: Things;
  untilShot?: number;
}

function scene(of: Scene, options = {}): Submarine {
  const { row = 4, left = 4, right = 1, oxygen = 200, aboard = 0, reload = 0, rampsMove = 0, untilShot = 10 } = of;
  return inState(new Submarine({ stickyActionProbability: 0, ...options }), [
    ...[row, left, right, oxygen, aboard, reload],
    ...(of.periods ?? [20, 5]),
    ...(of.timers ?? [20, 5, 40, 5]),
    rampsMove,
    ...[of.enemies, of.divers, of.own, of.theirs].flatMap((things) => lanes(things)),
    ...Array<number>(8).fill(untilShot),
  ]);
}

test("starts on the surface with all oxygen", () => {
  const { observation } = new Submarine().reset({ seed: 0 });
  expect([squares(observation, 0), squares(observation, 1)]).toEqual([["0,5"], ["0,4"]]);
  expect(squares(observation, 7)).toHaveLength(10);
  for (const plane of [2, 3, 4, 5, 6, 8, 9]) expect(squares(observation, plane)).toEqual([]);
});

test("moves by a square and turns within its two", () => {
  const move = (action: number, of: Scene): string[] => {
    const { observation } = scene(of).step(action);
    return [squares(observation, 0)[0], squares(observation, 1)[0]];
  };
  expect(move(RIGHT, {})).toEqual(["4,6", "4,5"]);
  expect(move(LEFT, {})).toEqual(["4,4", "4,5"]);
  expect(move(LEFT, { right: 0 })).toEqual(["4,3", "4,4"]);
  expect(move(UP, {})).toEqual(["3,5", "3,4"]);
  expect(move(DOWN, {})).toEqual(["5,5", "5,4"]);
  expect(move(RIGHT, { left: 8 })).toEqual(["4,9", "4,8"]);
  expect(move(LEFT, { left: 0, right: 0 })).toEqual(["4,0", "4,1"]);
  expect(move(DOWN, { row: 8 })).toEqual(["8,5", "8,4"]);
});

describe("firing", () => {
  test("sends a bullet from the bow that goes with the enemy it meets, for 1", () => {
    const env = scene({ enemies: { 3: [8, -1, FISH] }, timers: [20, 5, 40, 5] });
    const bullets: string[][] = [];
    const rewards: number[] = [];
    for (const action of [FIRE, STAY, STAY]) {
      const { observation, reward } = env.step(action);
      bullets.push(squares(observation, 2));
      rewards.push(reward);
    }
    expect(bullets).toEqual([["4,6"], ["4,7"], []]);
    expect(rewards).toEqual([0, 0, 1]);
  });

  test("hits an enemy right ahead at once, and one that moves onto the bullet", () => {
    expect(scene({ enemies: { 3: [6, -1, ENEMY_SUBMARINE] } }).step(FIRE)).toMatchObject({
      reward: 1,
      terminated: false,
    });
    const env = scene({ own: { 0: [5, 1, 0] }, enemies: { 0: [7, -1, FISH] }, timers: [20, 1, 40, 5] });
    expect(env.step(STAY).reward).toBe(1);
  });

  test("is possible every five steps, once per row, and not on the surface", () => {
    const shots = (of: Scene): number => squares(scene(of).step(FIRE).observation, 2).length;
    expect(shots({ reload: 1 })).toBe(1);
    expect(shots({ reload: 2 })).toBe(0);
    expect(shots({ own: { 3: [1, 1, 0] } })).toBe(1);
    expect(shots({ row: 0 })).toBe(0);
    expect(shots({ left: 8 })).toBe(0);
  });
});

describe("ends", () => {
  test("when an enemy or its bullet touches either square", () => {
    for (const column of [4, 5]) {
      const from: [number, 1 | -1, number] = [column === 4 ? 3 : 6, column === 4 ? 1 : -1, FISH];
      expect(scene({ enemies: { 3: from }, timers: [20, 1, 40, 5] }).step(STAY).terminated).toBe(true);
      expect(scene({ theirs: { 3: from } }).step(STAY).terminated).toBe(true);
    }
    expect(scene({ enemies: { 3: [6, 1, FISH] } }).step(RIGHT).terminated).toBe(true);
    expect(scene({ enemies: { 2: [4, 1, FISH] } }).step(UP).terminated).toBe(true);
    expect(scene({ enemies: { 3: [7, 1, FISH] } }).step(RIGHT).terminated).toBe(false);
  });

  test("when the oxygen is used up", () => {
    expect(scene({ oxygen: 2 }).step(STAY).terminated).toBe(false);
    const end = scene({ oxygen: 1 }).step(STAY);
    expect(end.terminated).toBe(true);
    expect(squares(end.observation, 7)).toEqual([]);
    expect(numbersOf(scene({ row: 0, oxygen: 200 }))[3]).toBe(200);
  });

  test("on surfacing without a diver", () => {
    expect(scene({ row: 1, aboard: 0 }).step(UP)).toMatchObject({ reward: 0, terminated: true });
  });
});

describe("divers", () => {
  test("come aboard by touching either square, up to six", () => {
    const first = scene({ divers: { 3: [4, 1, 0] } }).step(STAY).observation;
    expect([squares(first, 8), squares(first, 9)]).toEqual([["9,9"], []]);
    const full = scene({ aboard: 6, divers: { 3: [5, 1, 0] } }).step(STAY).observation;
    expect([squares(full, 8).length, squares(full, 9)]).toEqual([6, ["4,5"]]);
    const swum = scene({ divers: { 3: [6, -1, 0] }, timers: [20, 5, 40, 1] });
    expect(squares(swum.step(STAY).observation, 8)).toEqual(["9,9"]);
  });

  test("are set down one by one, or six together for the oxygen left", () => {
    const one = scene({ row: 1, aboard: 3, oxygen: 61 });
    expect(one.step(UP)).toMatchObject({ reward: 0, terminated: false });
    expect(numbersOf(one).slice(3, 5)).toEqual([200, 2]);
    // 61 of 200 steps: four squares of 20.
    const six = scene({ row: 1, aboard: 6, oxygen: 61 });
    expect(six.step(UP)).toMatchObject({ reward: 4, terminated: false });
    expect(numbersOf(six).slice(3, 5)).toEqual([200, 0]);
  });
});

test("surfacing ramps entries, and moves every second time", () => {
  const periods = (of: Scene, difficultyRamping = true): number[] => {
    const env = scene({ row: 1, aboard: 2, ...of }, { difficultyRamping });
    env.step(UP);
    return [...numbersOf(env).slice(6, 8), numbersOf(env)[12]];
  };
  expect(periods({})).toEqual([19, 5, 1]);
  expect(periods({ rampsMove: 1 })).toEqual([19, 4, 0]);
  expect(periods({ periods: [5, 2], rampsMove: 1, timers: [5, 2, 40, 5] })).toEqual([5, 2, 0]);
  expect(periods({}, false)).toEqual([20, 5, 0]);
});

test("enemy submarines shoot ahead after ten steps, fish never", () => {
  const env = scene({
    row: 8,
    enemies: { 0: [3, 1, ENEMY_SUBMARINE], 1: [3, 1, FISH] },
    untilShot: 2,
    timers: [20, 5, 40, 5],
  });
  expect(squares(env.step(STAY).observation, 4)).toEqual([]);
  expect(squares(env.step(STAY).observation, 4)).toEqual(["1,4"]);
  expect(squares(env.step(STAY).observation, 4)).toEqual(["1,5"]);
  expect(numbersOf(env).at(-8)).toBe(9);
});

test("enemies and divers come in by their timers and leave a trail", () => {
  const env = scene({ row: 0, timers: [1, 5, 1, 5] });
  const { observation } = env.step(STAY);
  expect(squares(observation, 5).length + squares(observation, 6).length).toBe(1);
  expect(squares(observation, 9)).toHaveLength(1);
  expect(squares(observation, 3)).toEqual([]);
  const moved = scene({ row: 0, timers: [20, 1, 40, 1], enemies: { 0: [3, 1, FISH] }, divers: { 1: [3, -1, 0] } });
  const after = moved.step(STAY).observation;
  expect([squares(after, 5), squares(after, 9), squares(after, 3)]).toEqual([["1,4"], ["2,2"], ["1,3", "2,3"]]);
});
