// Rollouts in a run's file: what was collected, what was chosen ahead, and what is refused.

import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../src/errors.ts";
import { contentsOf, handOver, readerOf, written as writtenBy } from "../formats/written.ts";
import { expectChoices, fill, smallRollout, written } from "./small-rollout.ts";
import { stepOf } from "./step-rows.ts";

test("a run restores what was collected, and no more", () => {
  const rollout = smallRollout();
  fill(rollout, 4, { 1: { truncated: true } });
  const again = smallRollout();
  fill(again, 6);
  handOver(rollout, again);
  expect([again.size, again.stepCount]).toEqual([4, 4]);
  expect(contentsOf(again)).toEqual(contentsOf(rollout));
  fill(again, 2);
  fill(rollout, 2);
  expect(contentsOf(again)).toEqual(contentsOf(rollout));
});

test("choices that run ahead are part of it, and are awaited again", () => {
  const rollout = smallRollout();
  fill(rollout, 2);
  const observations = [
    [7, 8],
    [9, 10],
  ];
  expectChoices(rollout, observations, [1, 2], [0.5, 0.25], [0, 1, 1, 1, 1, 1]);
  const again = smallRollout();
  handOver(rollout, again);
  expect(contentsOf(again)).toEqual({
    "rollout.observation": [0, 0, 1, 10, 7, 8, 9, 10],
    "rollout.nextObservation": [0.5, 0, 1.5, 0],
    "rollout.action": [0, 1, 1, 2],
    "rollout.reward": [-0, -1],
    "rollout.terminated": [0, 0],
    "rollout.truncated": [0, 0],
    "rollout.value": [100, 101, 0.5, 0.25],
    "rollout.mask": [1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1],
  });
  for (const [row, observation] of observations.entries()) {
    const step = stepOf([written(0, { observation, action: [row + 1] })]);
    again.checkRow("observe", 0, step, 0);
    expect(() => again.checkRow("observe", 0, stepOf([written(0, { observation, action: [0] })]), 0)).toThrow(
      `action expected ${6 + row}, which was chosen, got 5.`,
    );
    again.add(step);
  }
  expect(contentsOf(again)["rollout.action"]).toEqual([0, 1, 1, 2]);
});

test("slots that are no steps are part of it, where there are any", () => {
  const rollout = smallRollout({ remembered: null });
  rollout.add(stepOf([written(0), written(1, { terminated: true })]));
  expect(contentsOf(rollout)).not.toHaveProperty(["rollout.skipped"]);
  rollout.add(stepOf([written(2), written(3, { skip: true })]));
  const again = smallRollout({ remembered: null });
  // Other flags, which the file's take the place of.
  again.add(stepOf([written(0, { skip: true }), written(1)]));
  handOver(rollout, again);
  expect([again.size, again.stepCount]).toEqual([4, 3]);
  expect(Array.from(again.skipped)).toEqual([0, 0, 0, 1, 0, 0]);
  expect(contentsOf(again)).toEqual(contentsOf(rollout));
  const whole = smallRollout({ remembered: null });
  whole.add(stepOf([written(0), written(1)]));
  handOver(whole, again);
  expect([again.size, again.stepCount]).toEqual([2, 2]);
});

test("a policy has no rollout", () => {
  const rollout = smallRollout();
  fill(rollout, 4);
  expect(contentsOf(rollout, "policy")).toEqual({});
  const again = smallRollout();
  fill(again, 1);
  handOver(rollout, again, "policy");
  expect(again.size).toBe(1);
});

describe("a file", () => {
  const cases: [string, string, number[], string][] = [
    ["too many", "reward", new Array(7).fill(0), "load: rollout.reward expected at most 6 numbers, got 7."],
    ["of other lengths", "truncated", [0], "load: tensor rollout.truncated expected 4 numbers, got 1."],
    ["of another size", "observation", [0, 1, 2], "load: tensor rollout.observation expected 8 numbers, got 3."],
    ["with other actions", "action", [0, 1, 3, 0], "load: rollout.action expected actions of the space, got"],
    ["with half an action", "action", [0, 1, 0.5, 0], "load: rollout.action expected actions of the space, got"],
    ["with too little remembered", "value", [1], "load: tensor rollout.value expected 4 numbers, got 1."],
    [
      "with actions of more than the next step",
      "action",
      new Array(7).fill(0),
      "load: rollout.action expected those of 4 transitions, and at most the next step's, got 7.",
    ],
    ["with other masks", "mask", [1], "load: tensor rollout.mask expected 12 numbers, got 1."],
  ];
  test.each(cases)("%s is refused, and nothing is taken over", (_, name, values, message) => {
    const rollout = smallRollout();
    fill(rollout, 3);
    expectChoices(rollout, [[3, 30]], [0], [0], [1, 0, 1]);
    rollout.add(stepOf([written(3)], 1));
    const reader = readerOf(writtenBy(rollout), { tensors: { [`rollout.${name}`]: Float32Array.from(values) } });
    const other = smallRollout();
    fill(other, 2, { 1: { terminated: true } });
    const before = contentsOf(other);
    expect(() => other.check(reader)).toThrow(CheckpointError);
    expect(() => other.check(reader)).toThrow(message);
    expect(contentsOf(other)).toEqual(before);
  });

  test.each<[string, Uint8Array | Float32Array, string]>([
    ["of another length", Uint8Array.of(1), "load: tensor rollout.skipped expected 4 numbers, got 1."],
    ["of floats", new Float32Array(4), 'load: tensor rollout.skipped expected Uint8Array, got "F32".'],
    ["that are no flags", Uint8Array.of(0, 2, 0, 0), "load: rollout.skipped expected zeros and ones, got"],
  ])("with flags %s is refused", (_, skipped, message) => {
    const rollout = smallRollout();
    fill(rollout, 4);
    const reader = readerOf(writtenBy(rollout), { tensors: { "rollout.skipped": skipped } });
    expect(() => smallRollout().check(reader)).toThrow(message);
  });
});
