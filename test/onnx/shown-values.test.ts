import { expect, test } from "vitest";
import { shownShape, shownSize, spaceText } from "../../src/onnx/shown-values.ts";
import { box, dict, discrete, multiBinary, multiDiscrete } from "../../src/space.ts";

test("values have the shapes of Gymnasium's vector environments, a Dict's numbers one after the other", () => {
  expect(shownShape(discrete(4, 2))).toEqual([]);
  expect(shownShape(multiDiscrete([3, 5]))).toEqual([2]);
  expect(shownShape(multiBinary(3))).toEqual([3]);
  expect(shownShape(box(0, 1, [3, 8, 6]))).toEqual([3, 8, 6]);
  const parts = dict({ a: box(0, 1, [2, 2]), b: discrete(9), c: dict({ d: multiDiscrete([4, 4, 4]) }) });
  expect(shownShape(parts)).toEqual([8]);
  expect(shownSize(parts)).toBe(8);
});

test("spaces are told as JSON, bounds that are all the same as one number, infinite ones as texts", () => {
  expect(JSON.parse(spaceText(box(0, 255, [3, 84, 84], "uint8")))).toEqual({
    kind: "box",
    shape: [3, 84, 84],
    low: 0,
    high: 255,
    dtype: "uint8",
  });
  expect(JSON.parse(spaceText(box([-1, 0], Number.POSITIVE_INFINITY, [2])))).toMatchObject({
    low: [-1, 0],
    high: "Infinity",
  });
  expect(JSON.parse(spaceText(dict({ low: discrete(3, 1) })))).toEqual({
    kind: "dict",
    spaces: { low: { kind: "discrete", n: 3, start: 1 } },
  });
});
