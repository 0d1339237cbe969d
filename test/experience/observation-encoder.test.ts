import { describe, expect, test } from "vitest";
import { ObservationEncoder } from "../../src/experience/observation-encoder.ts";
import { box, dict, discrete, multiBinary, multiDiscrete, type Space, type SpaceValue } from "../../src/space.ts";

function encode(space: Space, value: SpaceValue, rescale = false): number[] {
  const encoder = new ObservationEncoder("test", space, rescale);
  const row = new Float32Array(encoder.size).fill(9);
  encoder.encode("test", "observation", value, row);
  return [...row];
}

test.each<[string, Space, SpaceValue, number[]]>([
  ["Box", box(-1, 1, [3]), [1, 2, 3], [1, 2, 3]],
  ["Discrete, one-hot", discrete(3, 5), 6, [0, 1, 0]],
  ["MultiDiscrete, one-hot by part", multiDiscrete([2, 3]), [1, 0], [0, 1, 1, 0, 0]],
  ["MultiBinary", multiBinary(3), [1, 0, 1], [1, 0, 1]],
  [
    "Dict in Dict",
    dict({ a: box(0, 1, [2]), b: dict({ c: multiBinary(2), d: discrete(2) }) }),
    { a: [1, 2], b: { c: [0, 1], d: 1 } },
    [1, 2, 0, 1, 0, 1],
  ],
  ["Dict, part by part", dict({ a: discrete(2), b: box(0, 1, [1]) }), { b: [0.5], a: 0 }, [1, 0, 0.5]],
])("%s", (_, space, value, expected) => {
  expect(encode(space, value)).toEqual(expected);
});

test("maps finite bounds onto -1 .. 1, and leaves a bound of no width at -1", () => {
  const space = box([-2, 0, 3], [2, 10, 3]);
  expect(encode(space, [-2, 0, 3], true)).toEqual([-1, -1, -1]);
  expect(encode(space, [2, 10, 3], true)).toEqual([1, 1, -1]);
  expect(encode(space, [0, 5, 3], true)).toEqual([0, 0, -1]);
});

test.each<[Space, boolean, string]>([
  [discrete(3), false, "one-hot"],
  [box(0, 255, [2], "uint8"), false, "uint8"],
  [box(0, 255, [2], "uint8"), true, "float32"],
  [box(0, 1, [2]), false, "float32"],
  [multiDiscrete([2, 2]), false, "float32"],
])("%o (rescaled: %s) is stored as %s", (space, rescale, storage) => {
  expect(new ObservationEncoder("test", space, rescale).storage).toBe(storage);
});

test("refuses numbers that a byte does not hold, because replay would store others than were acted on", () => {
  for (const value of [-1, 256, 0.5]) {
    expect(() => encode(box(0, 255, [2], "uint8"), [0, value])).toThrow(
      `test: observation expected whole numbers in 0..255, got ${value} at index 1. Give the Box dtype float32.`,
    );
  }
  expect(encode(box(0, 255, [2], "uint8"), [0, 255])).toEqual([0, 255]);
});

test("refuses what is not of the space, naming the place", () => {
  expect(() => encode(discrete(3), 3)).toThrow("test: observation: ");
  expect(() => encode(multiDiscrete([2, 3]), [0, 3])).toThrow("an integer in 0..2 at index 1, got 3");
  expect(() => encode(box(0, 1, [2]), [0, Number.NaN])).toThrow("got NaN at index 1");
  expect(() => encode(dict({ a: box(0, 1, [1]) }), { a: [Number.NaN] })).toThrow(
    "test: observation.a expected finite numbers, got NaN at index 0. Check the environment.",
  );
  const nested = dict({ a: discrete(2), b: dict({ c: multiBinary(2), d: box(0, 1, [2]) }) });
  expect(() => encode(nested, 3)).toThrow(
    "test: observation expected an object of a, b, got 3. Pass what the environment returned.",
  );
  expect(() => encode(nested, { a: 0 } as never)).toThrow(
    "test: observation.b expected an object of c, d, got undefined.",
  );
  expect(() => encode(nested, { a: 0, b: { c: [0, 2], d: [0, 0] } })).toThrow(
    "test: observation.b.c: flatten: value expected 0 or 1 at index 1, got 2.",
  );
  expect(() => encode(nested, { a: 0, b: { c: [0, 1], d: [0] } })).toThrow("test: observation.b.d expected 2 numbers");
  // Beyond the range of float32, in which networks compute.
  expect(() => encode(dict({ a: box(0, 1, [1]) }), { a: [1e300] })).toThrow("observation.a expected finite numbers");
  expect(() => new ObservationEncoder("test", discrete(2), true)).toThrow(
    "test: rescaleObservations expected a Box with finite bounds, got discrete. Leave it out, or wrap the environment in ObservationNormalisation.",
  );
});

describe("rows of a vector environment", () => {
  const encodeRow = (space: Space, rows: number[], from: number, rescale = false): number[] => {
    const encoder = new ObservationEncoder("test", space, rescale);
    const row = new Float32Array(encoder.size + 1).fill(9);
    encoder.encodeRow("learn", Float32Array.from(rows), from, row, 1);
    return [...row];
  };

  test("are flat already: one of them is copied to its place", () => {
    expect(encodeRow(discrete(2), [0, 1, 1, 0], 1)).toEqual([9, 1, 0]);
    expect(encodeRow(box(-1, 1, [2]), [1, 2, 3, 4], 1)).toEqual([9, 3, 4]);
  });

  test("are mapped as a single environment's observations are", () => {
    const space = box([-2, 0], [2, 10]);
    expect(encodeRow(space, [0, 0, 2, 5], 1, true)).toEqual([9, ...encode(space, [2, 5], true)]);
  });

  test("hold finite numbers, or the environment is named that has others", () => {
    expect(() => encodeRow(box(-1, 1, [2]), [0, 0, 0, Number.POSITIVE_INFINITY], 1)).toThrow(
      new RangeError(
        "learn: observation of environment 1 expected finite numbers, got Infinity at index 1. Check the environment.",
      ),
    );
  });
});
