import { describe, expect, test } from "vitest";
import { reference } from "../../src/backends/reference/index.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { CheckpointError } from "../../src/errors.ts";
import type { Checkpoint, CheckpointTensor } from "../../src/formats/checkpoint.ts";
import { Rollout } from "../../src/experience/rollout.ts";

const SHAPE = { steps: 3, environments: 2, observationSize: 2, actionSize: 1, maskSize: 3 };

/** Slot k observes (k, 10 k), goes on to (k + 0.5, 0), acts k modulo 3 and is paid -k. */
function fill(rollout: Rollout<"value">, count: number, ends: Record<number, "terminated" | "truncated"> = {}): void {
  for (let i = 0; i < count; i++) {
    const k = rollout.length;
    rollout.observation.set([k, 10 * k], 2 * k);
    rollout.nextObservation.set([k + 0.5, 0], 2 * k);
    rollout.action[k] = k % 3;
    rollout.remembered.value.values[k] = 100 + k;
    rollout.reward[k] = -k;
    rollout.terminated[k] = ends[k] === "terminated" ? 1 : 0;
    rollout.truncated[k] = ends[k] === "truncated" ? 1 : 0;
    rollout.advance(1);
  }
}
const create = (): Rollout<"value"> => new Rollout(reference(), SHAPE, { value: 1 });
const asCheckpoint = (tensors: readonly CheckpointTensor[]): Checkpoint =>
  ({ tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) }) as never;
const saved = (rollout: Rollout<"value">, name: string): number[] =>
  Array.from(rollout.save().find((tensor) => tensor.name === `rollout.${name}`)!.data as Float32Array);

describe.each([
  ["reference", reference],
  ["wasm", () => new WasmBackend()],
] as const)("on the %s backend", (_, makeBackend) => {
  test("slot t E + e is step t of environment e: row t, column e", () => {
    const backend = makeBackend();
    const rollout = new Rollout(backend, SHAPE, { value: 1 });
    fill(rollout, 6, { 2: "terminated", 5: "truncated" });
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

test("is full after steps x environments transitions, and empty when cleared", () => {
  const rollout = create();
  expect([rollout.slots, rollout.length, rollout.isFull]).toEqual([6, 0, false]);
  fill(rollout, 5);
  expect(rollout.isFull).toBe(false);
  fill(rollout, 1);
  expect(rollout.isFull).toBe(true);
  rollout.clear();
  expect([rollout.length, rollout.isFull]).toEqual([0, false]);
});

test("cut truncates the last transition of every environment, but none that terminated", () => {
  const rollout = create();
  rollout.cut();
  expect(rollout.length).toBe(0);
  fill(rollout, 5, { 4: "terminated" });
  rollout.cut();
  expect(saved(rollout, "truncated")).toEqual([0, 0, 0, 1, 0]);
  expect(saved(rollout, "terminated")).toEqual([0, 0, 0, 0, 1]);
});

test("counts the bytes of both copies", () => {
  const backend = reference();
  const before = backend.bytes;
  const { bytes } = new Rollout(backend, SHAPE, { value: 1 });
  // Two observations of two numbers, action, reward, two flags, and what is remembered.
  expect(bytes - (backend.bytes - before)).toBe(6 * (2 * 2 + 1 + 3 + 1) * 4);
});

describe("acting runs ahead of observing", () => {
  /** Chooses for both environments: observation, action, value, and a mask for the first of them. */
  function ahead(): Rollout<"value"> {
    const rollout = create();
    fill(rollout, 2);
    rollout.observation.set([7, 8, 9, 10], 4);
    rollout.action.set([1, 2], 2);
    rollout.remembered.value.values.set([0.5, 0.25], 2);
    rollout.writeMasks(2, Float32Array.of(0, 1, 1, 1, 1, 1));
    rollout.choose(2);
    return rollout;
  }

  test("what was chosen is there until it is observed, or other episodes begin", () => {
    const rollout = ahead();
    expect([rollout.length, rollout.chosen]).toEqual([2, 2]);
    rollout.advance(1);
    expect([rollout.length, rollout.chosen]).toEqual([3, 1]);
    rollout.cut();
    expect(rollout.chosen).toBe(0);
    const cleared = ahead();
    cleared.clear();
    expect(cleared.chosen).toBe(0);
  });

  test("and is part of a checkpoint", () => {
    const rollout = ahead();
    const again = create();
    again.restore(asCheckpoint(rollout.save()), () => true);
    expect([again.length, again.chosen]).toEqual([2, 2]);
    expect(saved(again, "observation")).toEqual([0, 0, 1, 10, 7, 8, 9, 10]);
    expect(saved(again, "action")).toEqual([0, 1, 1, 2]);
    expect(saved(again, "value")).toEqual([100, 101, 0.5, 0.25]);
    expect(saved(again, "mask")).toEqual([1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1]);
    expect(saved(again, "reward")).toEqual([-0, -1]);
    expect(again.save()).toEqual(rollout.save());
  });

  test("masks are planned with the first one; before and beside it everything is allowed", () => {
    const rollout = create();
    const { bytes } = rollout;
    rollout.writeMasks(2, null);
    expect([rollout.mask, rollout.bytes]).toEqual([null, bytes]);
    fill(rollout, 2);
    rollout.writeMasks(1, Float32Array.of(0, 0, 1));
    // Six slots of three numbers, and their copy.
    expect(rollout.bytes - bytes).toBeGreaterThanOrEqual(2 * 18 * 4);
    fill(rollout, 1);
    rollout.writeMasks(1, null);
    fill(rollout, 3);
    expect(saved(rollout, "mask")).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 1, ...new Array(9).fill(1)]);
    rollout.clear();
    fill(rollout, 3);
    expect(saved(rollout, "mask")).toEqual(new Array(9).fill(1));
  });

  test("what is remembered may be several numbers a slot", () => {
    const backend = reference();
    const rollout = new Rollout(backend, SHAPE, { value: 1, state: 3 });
    const { state, value } = rollout.remembered;
    expect([state.values.length, state.tensor.rows, state.tensor.columns]).toEqual([18, 6, 3]);
    expect([value.values.length, value.tensor.rows, value.tensor.columns]).toEqual([6, 3, 2]);
    state.values.forEach((_, k) => {
      state.values[k] = k;
    });
    rollout.upload();
    expect(Array.from(backend.read(state.tensor) as Float32Array)).toEqual(Array.from({ length: 18 }, (_, k) => k));
  });
});

describe("a checkpoint", () => {
  test("restores what was collected, and no more", () => {
    const rollout = create();
    fill(rollout, 4, { 1: "truncated" });
    const tensors = rollout.save();
    const again = create();
    fill(again, 6);
    again.restore(asCheckpoint(tensors), () => true);
    expect(again.length).toBe(4);
    expect(again.save()).toEqual(tensors);
    fill(again, 2);
    fill(rollout, 2);
    expect(again.save()).toEqual(rollout.save());
  });

  const cases: [string, string, number[], string][] = [
    ["too many", "reward", new Array(7).fill(0), "load: rollout.reward expected at most 6 numbers, got 7."],
    ["of other lengths", "truncated", [0], "load: tensor rollout.truncated expected 4 numbers, got 1."],
    ["of another size", "observation", [0, 1, 2], "load: tensor rollout.observation expected 8 numbers, got 3."],
    ["with other actions", "action", [0, 1, 3, 0], "load: rollout.action expected actions of the space, got"],
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
    const rollout = create();
    rollout.writeMasks(1, Float32Array.of(1, 0, 1));
    fill(rollout, 4);
    const tensors = rollout
      .save()
      .map((tensor) => (tensor.name === `rollout.${name}` ? { ...tensor, data: Float32Array.from(values) } : tensor));
    const other = create();
    fill(other, 2, { 1: "terminated" });
    const before = other.save();
    const load = (): void => other.restore(asCheckpoint(tensors), (action) => action < 3);
    expect(load).toThrow(CheckpointError);
    expect(load).toThrow(message);
    expect(other.save()).toEqual(before);
  });
});
