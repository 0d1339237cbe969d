import { expect, test } from "vitest";
import { StateEncoder } from "../../../src/agents/tabular/state-encoder.ts";
import { discrete, multiDiscrete } from "../../../src/space.ts";

const row = new Float32Array(2);

test("states are counted from 0, parts of an observation being digits of which the last runs fastest", () => {
  const single = new StateEncoder("test", discrete(5, -2));
  single.encode("test", "observation", 1, row, 1);
  expect([single.states, row[1]]).toEqual([5, 3]);
  const parts = new StateEncoder("test", multiDiscrete([2, 3, 4]));
  parts.encode("test", "observation", [1, 2, 3], row);
  expect([parts.states, row[0]]).toEqual([24, 23]);
  parts.encode("test", "observation", [1, 0, 2], row);
  expect(row[0]).toBe(14);
});

test("flat rows of a vector name the same states as values do", () => {
  const single = new StateEncoder("test", discrete(3, 7));
  single.encodeRow("test", Float32Array.of(0, 1, 0, 0, 0, 1), 1, row);
  expect(row[0]).toBe(2);
  const parts = new StateEncoder("test", multiDiscrete([2, 3]));
  parts.encodeRow("test", Float32Array.of(0, 1, 0, 0, 1), 0, row);
  expect(row[0]).toBe(5);
});

test.each([
  ["no 1", [0, 0, 0]],
  ["two of them", [1, 0, 1]],
  ["another number", [0, 0.5, 1]],
  ["a NaN", [1, 0, Number.NaN]],
])("a row with %s is refused", (_, numbers) => {
  const encoder = new StateEncoder("test", discrete(3));
  expect(() => encoder.encodeRow("actRows", Float32Array.from(numbers), 0, row)).toThrow(
    /^actRows: observation of environment 0 expected a 1 among 3 numbers, the others 0, got Float32Array \[.*\]\. Check the environment\.$/,
  );
});

test("values outside the space, and more states than a row can number, are refused", () => {
  const encoder = new StateEncoder("test", discrete(3));
  expect(() => encoder.encode("observe", "observation", 3, row)).toThrow(
    "observe: observation expected an integer in 0..2, got 3. Check it against the space.",
  );
  expect(() => new StateEncoder("QLearning", multiDiscrete([4096, 4097]))).toThrow(
    "QLearning: table expected at most 16777216 states, got 16781312. Use DQN.",
  );
});
