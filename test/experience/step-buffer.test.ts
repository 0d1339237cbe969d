import { expect, test } from "vitest";
import { planChoice } from "../../src/experience/actor.ts";
import { StepBuffer } from "../../src/experience/step-buffer.ts";

test("has room for so many rows of observations and actions, as stored and as given", () => {
  const step = new StepBuffer(3, 4, 2);
  expect([step.observation.length, step.next.length]).toEqual([12, 12]);
  expect([step.action.length, step.given.length]).toEqual([6, 6]);
  expect(step.action).not.toBe(step.given);
  expect([step.reward.length, step.terminated.length, step.truncated.length]).toEqual([3, 3, 3]);
  // Rewards keep what float32 would lose.
  step.reward[1] = 0.1;
  expect(step.reward[1]).toBe(0.1);
});

test("is empty at first, and all of its rows are steps", () => {
  const step = new StepBuffer(3, 4, 2);
  expect([step.rows, step.first, step.skip, step.nextValues]).toEqual([0, 0, null, null]);
});

test("says of a row whether its episode ended, one way or the other", () => {
  const step = new StepBuffer(4, 1, 1);
  step.terminated.set([1, 0, 1, 0]);
  step.truncated.set([0, 1, 1, 0]);
  expect([0, 1, 2, 3].map((row) => step.hasEnded(row))).toEqual([true, true, true, false]);
});

test("choices have room of their own for what is stored and for what is given", () => {
  const { action, given } = planChoice(3, 2);
  expect([action.length, given.length]).toEqual([6, 6]);
  expect(action.buffer).not.toBe(given.buffer);
});
