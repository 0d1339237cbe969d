// What a rollout collects, of steps and of choices that run ahead of them. Its files are tested in rollout-files.test.ts.

import { describe, expect, test } from "vitest";
import { ReferenceBackend } from "../../src/backends/reference/reference-backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { StateError } from "../../src/errors.ts";
import type { Rollout } from "../../src/experience/rollout.ts";
import { contentsOf } from "../formats/written.ts";
import { expectChoices, fill, smallRollout, written } from "./small-rollout.ts";
import { stepOf } from "./step-rows.ts";

const saved = (rollout: Rollout<string>, name: string): unknown => contentsOf(rollout)[`rollout.${name}`];

describe.each([
  ["reference", () => new ReferenceBackend()],
  ["wasm", () => new WasmBackend()],
] as const)("on the %s backend", (_, makeBackend) => {
  test("slot t E + e is step t of environment e: row t, column e", () => {
    const backend = makeBackend();
    const rollout = smallRollout({ backend });
    fill(rollout, 6, { 2: { terminated: true }, 5: { truncated: true } });
    rollout.upload();
    const { observation, nextObservation, action, reward, terminated, truncated } = rollout.tensors;
    const { tensor: value } = rollout.remembered.value;
    const read = (tensor: typeof reward): number[] => Array.from(backend.read(tensor) as Float32Array);
    expect(read(observation)).toEqual([0, 0, 1, 10, 2, 20, 3, 30, 4, 40, 5, 50]);
    expect(read(nextObservation)).toEqual([0.5, 0, 1.5, 0, 2.5, 0, 3.5, 0, 4.5, 0, 5.5, 0]);
    expect(read(action)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(read(reward)).toEqual([-0, -1, -2, -3, -4, -5]);
    expect(read(terminated)).toEqual([0, 0, 1, 0, 0, 0]);
    expect(read(truncated)).toEqual([0, 0, 0, 0, 0, 1]);
    expect(read(value)).toEqual([100, 101, 102, 103, 104, 105]);
    expect([reward.rows, reward.columns, observation.rows, observation.columns]).toEqual([3, 2, 6, 2]);
  });
});

test("takes whole steps of all environments at once as well as one by one", () => {
  const [one, both] = [0, 1].map(() => smallRollout({ remembered: null }));
  fill(one, 4, { 1: { truncated: true } });
  both.add(stepOf([written(0), written(1, { truncated: true })]));
  both.add(stepOf([written(2), written(3)]));
  expect(contentsOf(both)).toEqual(contentsOf(one));
});

test("is full after steps x environments transitions, and empty when cleared", () => {
  const rollout = smallRollout();
  expect([rollout.slots, rollout.capacity, rollout.size, rollout.isFull]).toEqual([6, 6, 0, false]);
  fill(rollout, 5);
  expect([rollout.isFull, rollout.turn]).toEqual([false, 1]);
  fill(rollout, 1);
  expect([rollout.isFull, rollout.turn, rollout.stepCount]).toEqual([true, 0, 6]);
  rollout.clear();
  expect([rollout.size, rollout.isFull, rollout.stepCount]).toEqual([0, false, 0]);
});

test("has no room for more than is left, and says what to do", () => {
  const rollout = smallRollout({ remembered: null });
  fill(rollout, 5);
  expect([rollout.hasRoomFor(1), rollout.hasRoomFor(2)]).toEqual([true, false]);
  const step = stepOf([written(5), written(6)]);
  expect(() => rollout.checkRow("observeBatch", 0, step, 0)).not.toThrow();
  expect(() => rollout.checkRow("observeBatch", 1, step, 1)).toThrow(
    new StateError(
      "observeBatch: rollout expected room for 2 transitions, got 1 of 6 free. Call update when the rollout is full: it learns from it and empties it.",
    ),
  );
});

test("forgetting truncates the last transition of every environment, but none that terminated", () => {
  const rollout = smallRollout();
  rollout.forget();
  expect(rollout.size).toBe(0);
  fill(rollout, 5, { 4: { terminated: true } });
  rollout.forget();
  expect(saved(rollout, "truncated")).toEqual([0, 0, 0, 1, 0]);
  expect(saved(rollout, "terminated")).toEqual([0, 0, 0, 0, 1]);
});

test("counts the bytes of both copies", () => {
  const backend = new WasmBackend();
  const before = backend.bytes;
  const { bytes } = smallRollout({ backend });
  // Two observations of two numbers, action, reward, two flags, and what is remembered; a byte for what is no step.
  expect(bytes - (backend.bytes - before)).toBe(6 * ((2 * 2 + 1 + 3 + 1) * 4 + 1));
});

describe("slots that are no steps", () => {
  test("are not counted as steps, and lie in their place", () => {
    const rollout = smallRollout({ remembered: null });
    rollout.add(stepOf([written(0), written(1, { terminated: true })]));
    rollout.add(stepOf([written(2), written(3, { skip: true })]));
    expect([rollout.size, rollout.stepCount]).toEqual([4, 3]);
    expect(Array.from(rollout.skipped)).toEqual([0, 0, 0, 1, 0, 0]);
    rollout.clear();
    fill(rollout, 6);
    expect([rollout.size, rollout.stepCount]).toEqual([6, 6]);
    expect(Array.from(rollout.skipped)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("have no part in the statistics of observations", () => {
    const normalizeObservations = { clip: 10, epsilon: 1e-8 };
    const [rollout, plain] = [0, 1].map(() => smallRollout({ remembered: null, normalizeObservations }));
    rollout.add(stepOf([written(0), written(1, { terminated: true })]));
    rollout.add(stepOf([written(2), written(3, { observation: [900, 900], skip: true })]));
    plain.add(stepOf([written(0), written(1, { terminated: true })]));
    expect(rollout.normalizer.observations?.count).toBeCloseTo(plain.normalizer.observations!.count + 1, 6);
    expect(rollout.normalizer.observations?.mean[0]).toBeCloseTo(1, 3);
  });
});

test("normalises every step of all environments once, when the last of them is in", () => {
  const normalizeObservations = { clip: 10, epsilon: 1e-8 };
  const [one, both] = [0, 1].map(() => smallRollout({ remembered: null, normalizeObservations }));
  one.add(stepOf([written(1)]));
  expect(Array.from(one.observation.slice(0, 2))).toEqual([1, 10]);
  one.add(stepOf([written(2)], 1));
  both.add(stepOf([written(1), written(2)]));
  expect(one.observation).toEqual(both.observation);
  expect(one.nextObservation).toEqual(both.nextObservation);
  expect(one.nextObservation[0]).not.toBe(1.5);
  expect(one.normalizer.observations?.mean).toEqual(both.normalizer.observations?.mean);
});

describe("acting runs ahead of observing", () => {
  /** Two transitions, then choices for both environments: observation, action, value, a mask for the first of them. */
  function ahead(): Rollout<string> {
    const rollout = smallRollout();
    fill(rollout, 2);
    const observations = [
      [7, 8],
      [9, 10],
    ];
    expectChoices(rollout, observations, [1, 2], [0.5, 0.25], [0, 1, 1, 1, 1, 1]);
    return rollout;
  }

  test("what was chosen is there until it is observed, or other episodes begin", () => {
    const rollout = ahead();
    const step = stepOf([written(0, { observation: [7, 8], action: [1] })]);
    rollout.checkRow("observe", 0, step, 0);
    rollout.add(step);
    expect([rollout.size, saved(rollout, "value")]).toEqual([3, [100, 101, 0.5, 0.25]]);
    rollout.forget();
    expect(saved(rollout, "value")).toEqual([100, 101, 0.5]);
    const next = stepOf([written(0, { observation: [9, 10], action: [2] })]);
    expect(() => rollout.checkRow("observe", 0, next, 0)).toThrow(StateError);
    const cleared = ahead();
    cleared.clear();
    expect(saved(cleared, "value")).toEqual([]);
  });

  test("what is stored is what was chosen, whatever the environment was given", () => {
    const rollout = smallRollout();
    const given = { action: Float32Array.of(2), given: Float32Array.of(1), remembered: { value: Float32Array.of(3) } };
    const observation = Float32Array.of(7, 8);
    rollout.expect({ rows: 1, first: 0, observation, mask: null, starts: null, streams: null }, given);
    const step = stepOf([written(0, { observation: [7, 8], action: [1], given: [1] })]);
    rollout.checkRow("observe", 0, step, 0);
    rollout.add(step);
    expect([saved(rollout, "action"), saved(rollout, "value")]).toEqual([[2], [3]]);
  });

  test("what it knows nothing of is refused, as is another observation or action", () => {
    const rollout = ahead();
    const check = (observation: number[], action: number[]) => () =>
      rollout.checkRow("observe", 0, stepOf([written(0, { observation, action })]), 0);
    expect(check([7, 8], [1])).not.toThrow();
    expect(check([7, 9], [1])).toThrow("observe: observation expected the one that the action was chosen for");
    expect(check([7, 8], [2])).toThrow("observe: action expected 6, which was chosen, got 7.");
  });

  test("nothing is awaited by an algorithm that learns from any actions", () => {
    const rollout = smallRollout({ remembered: null });
    expectChoices(rollout, [[7, 8]], [1]);
    const step = stepOf([written(4)]);
    rollout.checkRow("observe", 0, step, 0);
    rollout.add(step);
    expect(saved(rollout, "observation")).toEqual([4, 40]);
  });

  test("masks are planned with the first one; before and beside it everything is allowed", () => {
    const rollout = smallRollout();
    const { bytes } = rollout;
    fill(rollout, 2);
    expect([rollout.mask, rollout.bytes]).toEqual([null, bytes]);
    expectChoices(rollout, [[2, 20]], [2], [0], [0, 0, 1]);
    // Six slots of three numbers, and their copy.
    expect(rollout.bytes - bytes).toBeGreaterThanOrEqual(2 * 18 * 4);
    rollout.add(stepOf([written(2)]));
    fill(rollout, 3);
    expect(saved(rollout, "mask")).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 1, ...new Array(9).fill(1)]);
    rollout.clear();
    fill(rollout, 3);
    expect(saved(rollout, "mask")).toEqual(new Array(9).fill(1));
  });

  test("what is remembered may be several numbers a slot", () => {
    const backend = new WasmBackend();
    const rollout = smallRollout({ backend, remembered: { value: 1, state: 3 } });
    const { state, value } = rollout.remembered;
    expect([state.columns, state.values.length, state.tensor.rows, state.tensor.columns]).toEqual([3, 18, 6, 3]);
    expect([value.values.length, value.tensor.rows, value.tensor.columns]).toEqual([6, 3, 2]);
    state.values.set(Float32Array.from({ length: 18 }, (_, k) => k));
    rollout.upload();
    expect(Array.from(backend.read(state.tensor) as Float32Array)).toEqual(Array.from({ length: 18 }, (_, k) => k));
  });
});
