import { expect, test } from "vitest";
import { median, medianRatio, undisturbed } from "../bench/measure.ts";

test("the median is the middle value, or the mean of the two in the middle, in any order", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 6])).toBe(5.5);
  expect(median([7])).toBe(7);
});

test("the median leaves its argument as it was", () => {
  const values = [3, 1, 2];
  median(values);
  expect(values).toEqual([3, 1, 2]);
});

test("a tenth of the rounds took at most the undisturbed time, however slow the others were", () => {
  const times = Array.from({ length: 20 }, (_, i) => (i < 3 ? 10 + i : 1000));
  expect(undisturbed(times.reverse())).toBe(12);
  expect(undisturbed([7, 5])).toBe(5);
});

test("the ratio is formed round by round, so that a slow round of both counts once", () => {
  expect(medianRatio([20, 300, 40], [10, 100, 10])).toBe(3);
});

test("the ratio refuses lists of unequal length, and empty ones", () => {
  expect(() => medianRatio([1], [1, 2])).toThrow(
    new RangeError("medianRatio: rounds expected equal numbers above 0, got 1 and 2."),
  );
  expect(() => medianRatio([], [])).toThrow("got 0 and 0");
});
