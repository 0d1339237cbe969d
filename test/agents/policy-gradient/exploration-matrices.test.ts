// When matrices to explore with are drawn, and that a run goes on with them.

import { describe, expect, test } from "vitest";
import { ExplorationMatrices } from "../../../src/agents/policy-gradient/exploration-matrices.ts";
import { WasmBackend } from "../../../src/backends/wasm/wasm-backend.ts";
import { CheckpointError } from "../../../src/errors.ts";
import type { ActingRows } from "../../../src/experience/actor.ts";
import type { StateNoise } from "../../../src/operations/state-noise.ts";
import { contentsOf, handOver, readerOf, written } from "../../formats/written.ts";

const BACKEND = new WasmBackend();
const [E, STEPS, H, D] = [2, 6, 3, 2];

const rowsFrom = (first: number, rows: number): ActingRows => ({
  ...{ rows, first, observation: new Float32Array(rows), mask: null, starts: null, streams: null },
});

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
  const features = BACKEND.tensor(E, H);
  BACKEND.write(features, new Float32Array(E * H).fill(1));
  /** What is added to means of 0, row by row, from environment `first` on. */
  const explore = (isLearned: boolean = true, first: number = 0, rows: number = E): string[] => {
    const action = BACKEND.tensor(E, D);
    matrices.explore(rowsFrom(first, rows), features, isLearned, action);
    const flat = Array.from(BACKEND.read(action) as Float32Array);
    return Array.from({ length: rows }, (_, row) => flat.slice(row * D, (row + 1) * D).join());
  };
  const observe = (...environments: number[]): void => {
    for (const e of environments) matrices.advance(e);
  };
  return { matrices, explore, observe };
}

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
    const { matrices, explore, observe } = build(STEPS);
    const noise = explore();
    for (let step = 1; step < STEPS; step++) {
      observe(0, 1);
      expect(explore()).toEqual(noise);
    }
    observe(0, 1);
    matrices.restart();
    const next = explore();
    expect(new Set([...noise, ...next]).size).toBe(4);
  });

  test("is drawn anew where a rollout ends before its time", () => {
    const { matrices, explore, observe } = build(4);
    const noise = explore();
    observe(0, 1);
    matrices.restart();
    expect(explore()).not.toEqual(noise);
  });

  test("stays where an action is chosen again, or one that is not learned from", () => {
    const { explore, observe } = build(1);
    const first = explore();
    expect(explore()).toEqual(first);
    observe(0, 1);
    // Due, but not for what is not learned from.
    expect(explore(false)).toEqual(first);
    expect(explore()).not.toEqual(first);
  });

  test("is the same whether environments are acted on at once or in turn", () => {
    const [together, inTurn] = [build(2), build(2)];
    for (let step = 0; step < STEPS; step++) {
      const rows = together.explore();
      together.observe(0, 1);
      for (const e of [0, 1]) {
        expect(inTurn.explore(true, e, 1)).toEqual([rows[e]]);
        inTurn.observe(e);
      }
    }
  });
});

test("rows go round the environments, from any of them on", () => {
  const { explore } = build(STEPS);
  const [first, second] = explore();
  expect(explore(true, 1)).toEqual([second, first]);
  expect(explore(false, 2)).toEqual([first, second]);
});

describe("in a run's file", () => {
  test("matrices go on where they were", () => {
    const { matrices, explore, observe } = build(3);
    explore();
    observe(0, 1);
    const expected = explore();
    observe(0);
    expect(written(matrices).tensors.map(({ name, shape }) => `${name} ${shape}`)).toEqual([
      "exploration.matrix.0 3,2",
      "exploration.matrix.1 3,2",
      "exploration.stepsLeft 2",
    ]);
    const other = build(3);
    handOver(matrices, other.matrices);
    expect(contentsOf(other.matrices)).toEqual(contentsOf(matrices));
    expect(other.explore(false)).toEqual(expected);
    expect(contentsOf(matrices)["exploration.stepsLeft"]).toEqual([1, 2]);
  });

  test("of a policy there are none", () => {
    const { matrices, explore } = build(3);
    const noise = explore();
    expect(contentsOf(matrices, "policy")).toEqual({});
    handOver(build(3).matrices, matrices, "policy");
    expect(explore()).toEqual(noise);
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
    const reader = readerOf(written(matrices), { tensors: { [name]: data } });
    const other = build(3);
    const before = contentsOf(other.matrices);
    expect(() => other.matrices.check(reader)).toThrow(CheckpointError);
    expect(() => other.matrices.check(reader)).toThrow(message);
    expect(contentsOf(other.matrices)).toEqual(before);
  });
});
