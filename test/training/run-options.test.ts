// Options that every algorithm has: seeds, planned steps, and how many environments there are.

import { describe, expect, test } from "vitest";
import { readOptions } from "../../src/training/options.ts";
import { plannedEnvironments, type RunSettings, runFields } from "../../src/training/run-options.ts";
import { countingEnv, countingVector } from "./counting-env.ts";

const SCHEMA = {
  name: "Probe",
  fields: runFields({ totalSteps: 500 }),
  presets: {
    wide: { source: "made up", options: { environments: 8 } },
    "Counting-v0": { source: "made up", options: { environments: 4 } },
  },
};
const single = { ...countingEnv(0, 3), spec: { id: "Counting-v0", options: {} } };
const { observationSpace, actionSpace } = single;
const spaces = { observationSpace, actionSpace };
const read = (at: Parameters<typeof readOptions>[1], given: object = {}): RunSettings => readOptions(SCHEMA, at, given);

test("defaults are seed 0, one environment, and the algorithm's steps", () => {
  expect(read(spaces)).toEqual({ seed: 0, totalSteps: 500, environments: 1 });
  const several = { ...SCHEMA, fields: runFields({ totalSteps: 500, environments: 3 }) };
  expect(readOptions(several, spaces, {}).environments).toBe(3);
});

test.each([
  [{ seed: -1 }, "Probe: seed expected an integer at least 0 and at most 9007199254740991, got -1."],
  [{ seed: 2 ** 53 }, "Probe: seed expected an integer at least 0 and at most 9007199254740991, got 9007199254740992."],
  [{ totalSteps: 0 }, "Probe: totalSteps expected an integer at least 1, got 0."],
  [
    { environments: 0 },
    "Probe: environments expected an integer at least 1 and at most 65536, got 0. It counts environments stepped together.",
  ],
  [{ environments: 65_537 }, "Probe: environments expected an integer at least 1 and at most 65536, got 65537."],
])("%o is refused", (given, message) => {
  expect(() => read(spaces, given)).toThrow(message);
});

describe("how many environments there are", () => {
  test("is told where callers own their loop", () => {
    expect(read(spaces, { environments: 7 }).environments).toBe(7);
    expect(read(spaces, { preset: "wide" }).environments).toBe(8);
  });

  test("is what is there: a preset's number is advice for whoever builds them", () => {
    expect(read(single).environments).toBe(1);
    expect(read(single, { preset: "wide" }).environments).toBe(1);
    expect(read(countingVector([3, 3])).environments).toBe(2);
    expect(read(countingVector([3, 3]), { preset: "wide", environments: 2 }).environments).toBe(2);
  });

  test("cannot be told otherwise by the caller", () => {
    expect(() => read(single, { environments: 2 })).toThrow(
      new RangeError(
        "Probe: environments expected 1 with a single environment, got 2. Leave it out, or pass a vector environment of as many.",
      ),
    );
    expect(() => read(countingVector([3, 3]), { environments: 3 })).toThrow(
      new RangeError(
        "Probe: environments expected 2, the size of the vector environment, got 3. Leave it out, or pass a vector environment of as many.",
      ),
    );
  });
});

describe("how many to build", () => {
  const planned = (given: object, at: Parameters<typeof readOptions>[1] = spaces): number =>
    plannedEnvironments(SCHEMA, at, given);

  test("is what the options ask for, else the preset, else the algorithm, else one", () => {
    expect(planned({})).toBe(1);
    expect(planned({}, single)).toBe(4);
    expect(planned({ preset: false }, single)).toBe(1);
    expect(planned({ preset: "wide" }, single)).toBe(8);
    expect(planned({ environments: 5 }, single)).toBe(5);
    expect(plannedEnvironments({ ...SCHEMA, defaults: { environments: 6 } }, spaces, {})).toBe(6);
  });

  test("is a count, or is refused", () => {
    expect(() => planned({ environments: 0.5 })).toThrow("Probe: environments expected an integer at least 1");
  });
});
