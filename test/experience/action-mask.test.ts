import { expect, test } from "vitest";
import { createBackend } from "../../src/backends/select.ts";
import { multiDiscrete } from "../../src/space.ts";
import { ActionEncoder } from "../../src/experience/action-encoder.ts";
import { ActionMasks, allowedAction, countAllowed, readActionMask } from "../../src/experience/action-mask.ts";

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

test("wants at least one option of every choice", () => {
  const row = new Float32Array(5);
  readActionMask([1, 0, 0, 1, 1], row, [2, 3]);
  expect([...row]).toEqual([1, 0, 0, 1, 1]);
  expect(() => readActionMask([1, 1, 0, 0, 0], row, [2, 3])).toThrow(
    new RangeError("act: mask expected at least one allowed action of choice 1, got none. Allow one."),
  );
});

test("keeps the masks of a call, row by row, and hands out one of them", () => {
  const backend = createBackend("test");
  const masks = new ActionMasks(backend, new ActionEncoder(multiDiscrete([2, 1])), 2);
  masks.read([0, 1, 1], 0);
  masks.read(undefined, 1);
  expect([...masks.rows]).toEqual([0, 1, 1, 1, 1, 1]);
  expect([...(backend.read(masks.tensor) as Float32Array)]).toEqual([0, 1, 1, 1, 1, 1]);
  masks.select(0);
  expect([...masks.row]).toEqual([0, 1, 1]);
  expect([...(backend.read(masks.rowTensor) as Float32Array)]).toEqual([0, 1, 1]);
});
