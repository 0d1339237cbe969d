import { expect, test } from "vitest";
import { ActionEncoder } from "../../src/experience/action-encoder.ts";
import { type ActionMask, allowedAction, countAllowed, readActionMask } from "../../src/experience/action-mask.ts";
import { box, discrete, multiDiscrete } from "../../src/space.ts";

/** A mask in row 1 of three, the others untouched. */
function read(encoder: ActionEncoder, mask: ActionMask | undefined): number[] {
  const rows = new Float32Array(3 * encoder.options).fill(9);
  readActionMask("act", encoder, mask, rows, 1);
  expect(rows.filter((value) => value === 9)).toHaveLength(2 * encoder.options);
  return Array.from(rows.subarray(encoder.options, 2 * encoder.options));
}

const four = new ActionEncoder(discrete(4, 2));
const choices = new ActionEncoder(multiDiscrete([2, 3]));

test("reads numbers and booleans as 0 and 1, and none as everything", () => {
  expect(read(four, [true, 0, 5, false])).toEqual([1, 0, 1, 0]);
  expect(read(four, Uint8Array.of(0, 0, 0, 2))).toEqual([0, 0, 0, 1]);
  expect(read(four, undefined)).toEqual([1, 1, 1, 1]);
});

test("refuses a mask of another length and one that allows nothing", () => {
  expect(() => read(four, [1, 1, 1])).toThrow(
    new RangeError("act: mask expected 4 entries, got [1, 1, 1]. Give one per action."),
  );
  expect(() => read(four, null as never)).toThrow("act: mask expected 4 entries, got null.");
  expect(() => read(four, [0, 0, 0, 0])).toThrow(
    new RangeError("act: mask expected at least one allowed action, got none. Allow one."),
  );
});

test("wants at least one option of every choice", () => {
  expect(read(choices, [1, 0, 0, 1, 1])).toEqual([1, 0, 0, 1, 1]);
  expect(() => read(choices, [1, 1, 0, 0, 0])).toThrow(
    new RangeError("act: mask expected at least one allowed action of choice 1, got none. Allow one."),
  );
});

test("is for numbered options only", () => {
  expect(() => readActionMask("actBatch", new ActionEncoder(box(-1, 1)), [1], new Float32Array(1), 0)).toThrow(
    new TypeError("actBatch: mask expected none for box actions, got [1]. Only numbered options can be forbidden."),
  );
});

test("finds the allowed action of every rank in its row", () => {
  const rows = Float32Array.of(1, 1, 1, 1, 1, 0, 1, 1, 0, 1);
  expect(countAllowed(rows, 1, 5)).toBe(3);
  expect([0, 1, 2].map((rank) => allowedAction(rows, 1, 5, rank))).toEqual([1, 2, 4]);
  expect([0, 4].map((rank) => allowedAction(rows, 0, 5, rank))).toEqual([0, 4]);
});
