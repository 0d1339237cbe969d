import { expect, test } from "vitest";
import { allowedAction, countAllowed, readActionMask } from "../../src/training/action-mask.ts";

test("reads numbers and booleans as 0 and 1", () => {
  const row = new Float32Array(4);
  readActionMask([true, 0, 5, false], row);
  expect([...row]).toEqual([1, 0, 1, 0]);
  expect(countAllowed(row)).toBe(2);
});

test("finds the allowed action of every rank", () => {
  const row = Float32Array.of(0, 1, 1, 0, 1);
  expect([0, 1, 2].map((rank) => allowedAction(row, rank))).toEqual([1, 2, 4]);
});

test("refuses a mask of another length and one that allows nothing", () => {
  const row = new Float32Array(2);
  expect(() => readActionMask([1, 1, 1], row)).toThrow(
    new RangeError("act: mask expected 2 entries, got [1, 1, 1]. Give one per action."),
  );
  expect(() => readActionMask(null as never, row)).toThrow("act: mask expected 2 entries, got null.");
  expect(() => readActionMask([0, 0], row)).toThrow(
    new RangeError("act: mask expected at least one allowed action, got none. Allow one."),
  );
});
