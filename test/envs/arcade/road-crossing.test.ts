import { expect, test } from "vitest";
import { DOWN, STAY, UP } from "../../../src/envs/arcade/arcade-game.ts";
import { registerArcade } from "../../../src/envs/arcade/index.ts";
import { RoadCrossing } from "../../../src/envs/arcade/road-crossing.ts";
import { make } from "../../../src/envs/registry.ts";
import { inState, numbersOf, squares } from "./episode.ts";

registerArcade();

/** Cars by lane [column, right, period - 1], all with so many steps to wait. */
function road(row: number, rest: number, car: readonly [number, 0 | 1, number], wait: number): RoadCrossing {
  const cars = Array.from({ length: 8 }, () => car).flat();
  return inState(new RoadCrossing({ stickyActionProbability: 0 }), [
    row,
    rest,
    ...cars,
    ...Array<number>(8).fill(wait),
  ]);
}

test("walks up at most every three steps, and is paid 1 at the other side", () => {
  const env = road(9, 0, [8, 1, 4], 5);
  const rows: number[] = [];
  const rewards: number[] = [];
  for (let i = 0; i < 25; i++) {
    rewards.push(env.step(UP).reward);
    rows.push(numbersOf(env)[0]);
  }
  // Cars move once in five steps, from column 8 to the right: none is in column 4 before step 30.
  expect(rows.slice(0, 8)).toEqual([8, 8, 8, 7, 7, 7, 6, 6]);
  expect(rows[23]).toBe(1);
  expect(rows[24]).toBe(9);
  expect(rewards).toEqual([...Array<number>(24).fill(0), 1]);
});

test("draws new speeds and directions for those who arrive, and leaves the cars where they are", () => {
  const env = road(1, 0, [8, 1, 4], 5);
  expect(env.step(UP).reward).toBe(1);
  const cars = numbersOf(env).slice(2, 26);
  expect(cars.filter((_, i) => i % 3 === 0)).toEqual(Array(8).fill(8));
  expect(new Set(cars.filter((_, i) => i % 3 === 2)).size).toBeGreaterThan(1);
});

test("starts again at the bottom when hit: by walking into a car, and by one that comes", () => {
  const into = road(5, 0, [4, 1, 4], 5);
  into.step(UP);
  expect(numbersOf(into)[0]).toBe(9);
  const under = road(5, 0, [3, 1, 4], 1);
  expect(under.step(STAY)).toMatchObject({ reward: 0, terminated: false });
  expect(numbersOf(under)[0]).toBe(9);
});

test("cars keep their period, come in again on the other side, and show speed and direction by their trail", () => {
  const env = road(9, 0, [8, 1, 1], 2);
  const places = [0, 1, 2, 3, 4].map(() => {
    const { observation } = env.step(STAY);
    return [squares(observation, 1)[0], squares(observation, 3)[0]];
  });
  expect(places).toEqual([
    ["1,8", "1,7"],
    ["1,9", "1,8"],
    ["1,9", "1,8"],
    ["1,0", "1,9"],
    ["1,0", "1,9"],
  ]);
  const back = road(9, 0, [0, 0, 0], 1);
  const { observation } = back.step(STAY);
  expect([squares(observation, 1)[0], squares(observation, 2)[0]]).toEqual(["1,9", "1,0"]);
});

test("does not walk off the board, and is cut off by make after 2500 steps", () => {
  const env = road(9, 0, [8, 1, 4], 5);
  env.step(DOWN);
  expect(numbersOf(env)[0]).toBe(9);
  expect(make("RoadCrossing-v0").spec?.maxEpisodeSteps).toBe(2500);
});
