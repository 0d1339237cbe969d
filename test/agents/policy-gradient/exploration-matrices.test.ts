// When matrices to explore with are drawn, and that a run goes on with them.

import { describe, expect, test } from "vitest";
import { createBackend } from "../../../src/backends/select.ts";
import { CheckpointError } from "../../../src/errors.ts";
import type { Checkpoint, CheckpointTensor } from "../../../src/formats/checkpoint.ts";
import type { StateNoise } from "../../../src/operations/state-noise.ts";
import { ExplorationMatrices } from "../../../src/agents/policy-gradient/exploration-matrices.ts";
import { Rollout } from "../../../src/experience/rollout.ts";

const BACKEND = createBackend("test");
const [E, STEPS, H, D] = [2, 6, 3, 2];

function build(periodSteps: number) {
  const spec = { name: "log_std", shape: [H, D] } as const;
  const noise: StateNoise = {
    parameters: BACKEND.parameters([spec]),
    logStd: 0,
    variances: BACKEND.parameters([spec]),
    logDeviation: BACKEND.tensor(2, D),
    dLogDeviation: null,
    gradients: null,
  };
  const matrices = new ExplorationMatrices(BACKEND, BACKEND.random.stream(7, "exploration"), noise, E, periodSteps);
  const shape = { steps: STEPS, environments: E, observationSize: 1, actionSize: D, maskSize: 0 };
  const rollout = new Rollout<string>(BACKEND, shape);
  const features = BACKEND.tensor(E, H);
  BACKEND.write(features, new Float32Array(E * H).fill(1));
  /** What is added to means of 0, row by row. */
  const explore = (rows: number = E, where: Rollout<string> | null = rollout): string[] => {
    const action = BACKEND.tensor(E, D);
    matrices.explore(rows, features, where, action);
    const flat = Array.from(BACKEND.read(action) as Float32Array);
    return Array.from({ length: rows }, (_, row) => flat.slice(row * D, (row + 1) * D).join());
  };
  const observe = (...environments: number[]): void => {
    for (const e of environments) {
      rollout.advance(1);
      matrices.advance(e);
    }
  };
  return { matrices, rollout, explore, observe };
}

const checkpointOf = (tensors: readonly CheckpointTensor[]): Checkpoint =>
  ({ tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) }) as unknown as Checkpoint;

describe("a matrix", () => {
  test("serves so many steps, of its own environment", () => {
    const { explore, observe } = build(2);
    const noise: string[][] = [];
    for (let step = 0; step < STEPS; step++) {
      noise.push(explore());
      observe(0, 1);
    }
    for (const e of [0, 1]) {
      const ofEnvironment = noise.map((row) => row[e]);
      expect(new Set(ofEnvironment).size).toBe(3);
      for (const step of [0, 2, 4]) expect(ofEnvironment[step + 1]).toBe(ofEnvironment[step]);
    }
    expect(new Set(noise.flat()).size).toBe(6);
  });

  test("serves all of a rollout, and not the next one", () => {
    const { matrices, rollout, explore, observe } = build(STEPS);
    const noise = explore();
    for (let step = 1; step < STEPS; step++) {
      observe(0, 1);
      expect(explore()).toEqual(noise);
    }
    observe(0, 1);
    rollout.clear();
    matrices.restart();
    const next = explore();
    expect(new Set([...noise, ...next]).size).toBe(4);
  });

  test("is drawn anew where a rollout ends before its time", () => {
    const { matrices, rollout, explore, observe } = build(4);
    const noise = explore();
    observe(0, 1);
    rollout.clear();
    matrices.restart();
    expect(explore()).not.toEqual(noise);
  });

  test("stays where an action is chosen again, or beside a rollout", () => {
    const { explore, observe } = build(1);
    const first = explore();
    expect(explore()).toEqual(first);
    observe(0, 1);
    // Due, but not for what is not learned from.
    expect(explore(E, null)).toEqual(first);
    expect(explore()).not.toEqual(first);
  });

  test("is the same whether environments are acted on at once or in turn", () => {
    const [together, inTurn] = [build(2), build(2)];
    for (let step = 0; step < STEPS; step++) {
      const rows = together.explore();
      together.observe(0, 1);
      for (const e of [0, 1]) {
        expect(inTurn.explore(1)).toEqual([rows[e]]);
        inTurn.observe(e);
      }
    }
  });
});

describe("in a checkpoint", () => {
  test("matrices go on where they were", () => {
    const { matrices, explore, observe } = build(3);
    explore();
    observe(0, 1);
    const expected = explore();
    observe(0);
    const saved = matrices.save();
    expect(saved.map(({ name, shape }) => `${name} ${shape}`)).toEqual([
      "exploration.matrix.0 3,2",
      "exploration.matrix.1 3,2",
      "exploration.stepsLeft 2",
    ]);
    const other = build(3);
    other.matrices.restore(checkpointOf(saved));
    expect(other.matrices.save()).toEqual(saved);
    expect(other.explore(E, null)).toEqual(expected);
    expect(saved[2].data).toEqual(Uint32Array.of(1, 2));
  });

  test.each([
    ["exploration.matrix.1", new Float32Array(5), "load: tensor exploration.matrix.1 expected 6 numbers, got 5."],
    [
      "exploration.matrix.0",
      new Float32Array(6).fill(Number.NaN),
      "load: exploration.matrix.0 expected finite numbers, got",
    ],
    ["exploration.stepsLeft", Uint32Array.of(4, 0), "load: exploration.stepsLeft expected at most 3 steps, got"],
    ["exploration.stepsLeft", Uint32Array.of(1), "load: tensor exploration.stepsLeft expected 2 numbers, got 1."],
  ])("a damaged %s is refused, and changes nothing", (name, data, message) => {
    const { matrices, explore } = build(3);
    explore();
    const saved = matrices.save();
    const other = build(3);
    const before = other.matrices.save();
    const damaged = checkpointOf(saved.map((tensor) => (tensor.name === name ? { ...tensor, data } : tensor)));
    expect(() => other.matrices.restore(damaged)).toThrow(CheckpointError);
    expect(() => other.matrices.restore(damaged)).toThrow(message);
    expect(other.matrices.save()).toEqual(before);
  });
});
