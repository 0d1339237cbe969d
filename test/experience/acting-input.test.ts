// What networks see of acting rows: the observations as they were encoded, or normalised, and no rows beside them.

import { describe, expect, test } from "vitest";
import { ActingInput } from "../../src/experience/acting-input.ts";
import type { ActingRows } from "../../src/experience/actor.ts";
import { RunningNormalizer } from "../../src/experience/running-normalizer.ts";
import { BACKENDS } from "../conformance/backends.ts";
import { now } from "../conformance/compare.ts";

const rowsOf = (rows: number, observation: number[]): ActingRows => ({
  rows,
  first: 0,
  observation: Float32Array.from(observation),
  mask: null,
  starts: null,
  streams: null,
});

describe.each(BACKENDS)("on $name", ({ create }) => {
  test("shows the first rows, whether there are more numbers or not", () => {
    const backend = create();
    const input = new ActingInput(backend, 3, 2);
    const shown = (): number[] => Array.from(now(backend.read(input.tensor)));
    input.write(rowsOf(2, [1, 2, 3, 4]));
    expect(shown()).toEqual([1, 2, 3, 4, 0, 0]);
    input.write(rowsOf(1, [5, 6, 7, 8]));
    expect(shown()).toEqual([5, 6, 3, 4, 0, 0]);
  });

  test("normalises what it shows, and leaves the observations as they are", () => {
    const backend = create();
    const settings = { clip: 10, epsilon: 1e-8 };
    const options = { normalizeObservations: settings, normalizeRewards: false, discount: 1, environments: 1 } as const;
    const normalizer = new RunningNormalizer(2, options);
    const slots = {
      observation: Float32Array.of(4, 8),
      nextObservation: new Float32Array(2),
      reward: new Float32Array(1),
      terminated: new Float32Array(1),
      truncated: new Float32Array(1),
      skipped: new Uint8Array(1),
    };
    normalizer.includeStep(slots, 0);
    const input = new ActingInput(backend, 3, 2, normalizer);
    const rows = rowsOf(2, [1, 2, 3, 4]);
    input.write(rows);
    const expected = Float32Array.of(1, 2, 3, 4, 0, 0);
    normalizer.normalize(expected, 2);
    expect(now(backend.read(input.tensor))).toEqual(expected);
    expect(Array.from(rows.observation)).toEqual([1, 2, 3, 4]);
  });

  test("shows observations as they are where rewards alone are normalised", () => {
    const backend = create();
    const settings = { clip: 10, epsilon: 1e-8 };
    const options = { normalizeObservations: false, normalizeRewards: settings, discount: 1, environments: 1 } as const;
    const input = new ActingInput(backend, 2, 2, new RunningNormalizer(2, options));
    input.write(rowsOf(2, [1, 2, 3, 4]));
    expect(Array.from(now(backend.read(input.tensor)))).toEqual([1, 2, 3, 4]);
  });
});
