import { expect, test } from "vitest";
import { Catch } from "../../../src/envs/diagnostics/catch.ts";

/** An episode with the ball in a given column. */
function withBall(env: Catch, column: number): void {
  env.reset({ seed: 0 });
  const state = env.saveState() as { episode: number[] };
  env.loadState({ ...state, episode: [0, column, state.episode[2]] });
}

test("pays 1 for the ball on the paddle and -1 for one beside it, after nine steps", () => {
  const env = new Catch();
  withBall(env, 4);
  const caught = [2, 2, 1, 1, 1, 1, 1, 1, 1].map((action) => env.step(action));
  expect(caught.map(({ reward }) => reward)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
  expect(caught.map(({ terminated }) => terminated)).toEqual([...Array(8).fill(false), true]);
  expect(env.step(0)).toMatchObject({ reward: 0, terminated: true });
  withBall(env, 4);
  expect([2, 1, 1, 1, 1, 1, 1, 1, 1].map((action) => env.step(action).reward).at(-1)).toBe(-1);
});

test("shows ball and paddle, one cell where they meet", () => {
  const env = new Catch({ rows: 3, columns: 3 });
  withBall(env, 0);
  expect(Array.from(env.step(0).observation)).toEqual([0, 0, 0, 1, 0, 0, 1, 0, 0]);
  expect(env.renderText()).toBe("...\no..\n=..");
  expect(Array.from(env.step(0).observation)).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0]);
});

test("drops balls in every column", () => {
  const env = new Catch();
  env.reset({ seed: 0 });
  const columns = Array.from({ length: 60 }, () => env.reset().observation.indexOf(1));
  expect(new Set(columns)).toEqual(new Set([0, 1, 2, 3, 4]));
});

test("refuses a board that is too small", () => {
  expect(() => new Catch({ rows: 1 })).toThrow(
    new RangeError("Catch: rows expected an integer at least 2, got 1. Default: 10."),
  );
  expect(() => new Catch({ columns: 0 })).toThrow(
    new RangeError("Catch: columns expected an integer at least 1, got 0. Default: 5."),
  );
});
