import { expect, test } from "vitest";
import { StateEncoder } from "../../../src/agents/tabular/state-encoder.ts";
import { discrete, multiDiscrete, type Space, type SpaceValue } from "../../../src/space.ts";

/** The number of a value's state, written beside others. */
function encode(space: Space, value: SpaceValue): number {
  const row = new Float32Array(3).fill(-1);
  new StateEncoder("Table", space).encode("act", "observation", value, row, 1);
  expect([row[0], row[2]]).toEqual([-1, -1]);
  return row[1];
}

/** The same of the last of two rows of numbers, as vector environments give them. */
function encodeRow(space: Space, hot: readonly number[]): number {
  const row = new Float32Array(3).fill(-1);
  const rows = Float32Array.from([...hot.map(() => 7), ...hot]);
  new StateEncoder("Table", space).encodeRow("learn", rows, 1, row, 1);
  expect([row[0], row[2]]).toEqual([-1, -1]);
  return row[1];
}

test("states of a Discrete space are numbered from its start", () => {
  const space = discrete(4, -2);
  expect(new StateEncoder("Table", space)).toMatchObject({ states: 4, size: 1, storage: "float32" });
  expect([-2, -1, 0, 1].map((value) => encode(space, value))).toEqual([0, 1, 2, 3]);
});

test("parts of a MultiDiscrete observation are digits, the last one running fastest", () => {
  const space = multiDiscrete([2, 3, 4]);
  expect(new StateEncoder("Table", space).states).toBe(24);
  const seen = new Set<number>();
  for (let a = 0; a < 2; a++)
    for (let b = 0; b < 3; b++) for (let c = 0; c < 4; c++) seen.add(encode(space, Int32Array.of(a, b, c)));
  expect([...seen]).toEqual(Array.from({ length: 24 }, (_, state) => state));
});

test("rows of numbers are one-hot, part by part, and give the same states", () => {
  expect(encodeRow(discrete(4, 9), [0, 0, 1, 0])).toBe(2);
  const space = multiDiscrete([2, 3]);
  expect(encodeRow(space, [0, 1, 0, 0, 1])).toBe(encode(space, [1, 2]));
  expect(encodeRow(space, [1, 0, 0, 1, 0])).toBe(1);
});

test.each<[Space, SpaceValue, string]>([
  [discrete(3), 3, "act: observation expected "],
  [discrete(3), 0.5, "act: observation expected "],
  [discrete(3), [1], "act: observation expected "],
  [multiDiscrete([2, 2]), [0, 2], "act: observation expected "],
  [multiDiscrete([2, 2]), [0], "act: observation expected "],
])("a value that the space %j does not have is refused: %j", (space, value, message) => {
  expect(() => encode(space, value)).toThrow(RangeError);
  expect(() => encode(space, value)).toThrow(message);
  expect(() => encode(space, value)).toThrow("Check it against the space.");
});

test.each<[Space, readonly number[]]>([
  [discrete(3), [0, 0, 0]],
  [discrete(3), [0, 0.5, 0]],
  [multiDiscrete([2, 3]), [1, 0, 0, 0, 0]],
])("a row that names no state is refused", (space, hot) => {
  expect(() => encodeRow(space, hot)).toThrow(RangeError);
  expect(() => encodeRow(space, hot)).toThrow("learn: observation of environment 1 expected a 1 among 3 numbers");
});

test("a table has no more states than a float32 row can number", () => {
  expect(new StateEncoder("Table", multiDiscrete([4096, 4096])).states).toBe(16_777_216);
  expect(() => new StateEncoder("Table", multiDiscrete([4096, 4097]))).toThrow(
    "Table: table expected at most 16777216 states, got 16781312. Use DQN.",
  );
  expect(() => new StateEncoder("Table", discrete(16_777_217))).toThrow(RangeError);
});
