import { expect, test } from "vitest";
import { LEFT, RIGHT, STAY } from "../../../src/envs/arcade/arcade-game.ts";
import { Bricks } from "../../../src/envs/arcade/bricks.ts";
import { inState, numbersOf, squares } from "./episode.ts";

const WALL = new Array<number>(30).fill(1);
const [UPWARD, DOWNWARD, LEFTWARD, RIGHTWARD] = [0, 1, 0, 1];

/** paddle, ball's row and column, its way, the bricks. */
function game(paddle: number, row: number, column: number, down: number, right: number, bricks = WALL): Bricks {
  return inState(new Bricks({ stickyActionProbability: 0 }), [paddle, row, column, down, right, ...bricks]);
}

const ball = (bricks: Bricks): number[] => numbersOf(bricks).slice(1, 5);

test("starts above a paddle in the middle, below three rows of bricks", () => {
  const env = new Bricks();
  const { observation } = env.reset({ seed: 0 });
  expect(squares(observation, 0)).toEqual(["9,4", "9,5"]);
  expect(squares(observation, 1)[0]).toMatch(/^4,/);
  expect(squares(observation, 2)[0]).toMatch(/^3,/);
  expect(squares(observation, 3)).toHaveLength(30);
  const starts = new Set<string>();
  for (let i = 0; i < 200; i++) {
    env.reset();
    starts.add(String(ball(env)));
  }
  expect(starts.size).toBe(20);
});

test("breaks a brick for 1 and turns there, standing still for that step", () => {
  const env = game(0, 4, 5, UPWARD, RIGHTWARD);
  const hit = env.step(STAY);
  expect(hit).toMatchObject({ reward: 1, terminated: false });
  expect(ball(env)).toEqual([4, 5, DOWNWARD, RIGHTWARD]);
  expect(squares(hit.observation, 3)).not.toContain("3,6");
  expect(squares(hit.observation, 3)).toHaveLength(29);
  expect(env.step(STAY).reward).toBe(0);
  expect(ball(env)).toEqual([5, 6, DOWNWARD, RIGHTWARD]);
});

test("is reflected at the line of a side wall, and at the top", () => {
  const side = game(0, 5, 9, DOWNWARD, RIGHTWARD);
  const { observation } = side.step(STAY);
  expect(ball(side)).toEqual([6, 9, DOWNWARD, LEFTWARD]);
  // The trail stays on the board.
  expect(squares(observation, 2)).toEqual(["5,9"]);
  side.step(STAY);
  expect(ball(side)).toEqual([7, 8, DOWNWARD, LEFTWARD]);
  const top = game(0, 0, 4, UPWARD, LEFTWARD, new Array<number>(30).fill(0).fill(1, 0, 1));
  top.step(STAY);
  expect(ball(top)).toEqual([0, 3, DOWNWARD, LEFTWARD]);
});

test("goes up to the side of the paddle's half that it meets", () => {
  const left = game(4, 8, 3, DOWNWARD, RIGHTWARD);
  expect(left.step(STAY)).toMatchObject({ reward: 0, terminated: false });
  expect(ball(left)).toEqual([8, 3, UPWARD, LEFTWARD]);
  const right = game(4, 8, 6, DOWNWARD, LEFTWARD);
  right.step(STAY);
  expect(ball(right)).toEqual([8, 6, UPWARD, RIGHTWARD]);
  // The paddle moves first.
  const caught = game(5, 8, 3, DOWNWARD, RIGHTWARD);
  expect(caught.step(LEFT).terminated).toBe(false);
  const missed = game(4, 8, 3, DOWNWARD, RIGHTWARD);
  const end = missed.step(RIGHT);
  expect(end).toMatchObject({ reward: 0, terminated: true, truncated: false });
  expect(squares(end.observation, 1)).toEqual(["9,4"]);
});

test("the paddle stays on the board", () => {
  const paddles = (start: number, action: number): number[] => {
    const env = game(start, 4, 0, UPWARD, RIGHTWARD);
    return [0, 1, 2].map(() => {
      env.step(action);
      return numbersOf(env)[0];
    });
  };
  expect(paddles(1, LEFT)).toEqual([0, 0, 0]);
  expect(paddles(7, RIGHT)).toEqual([8, 8, 8]);
});

test("builds a new wall when the last brick is gone and the ball is below", () => {
  const last = new Array<number>(30).fill(0);
  last[25] = 1; // row 3, column 5
  const env = game(0, 2, 4, DOWNWARD, RIGHTWARD, last);
  const hit = env.step(STAY);
  expect(hit.reward).toBe(1);
  expect(squares(hit.observation, 3)).toEqual([]);
  // Up to the top and down again: rows 1, 0, 0, 1, 2, 3, then 4.
  const rows: number[] = [];
  for (let i = 0; i < 7; i++) {
    const { observation } = env.step(STAY);
    rows.push(ball(env)[0]);
    expect(squares(observation, 3)).toHaveLength(i === 6 ? 30 : 0);
  }
  expect(rows).toEqual([1, 0, 0, 1, 2, 3, 4]);
});
