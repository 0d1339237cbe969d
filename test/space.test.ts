import { expect, test } from "vitest";
import { box, dict, discrete, multiBinary, partOffset } from "../src/space.ts";

test("partOffset says where a part of a Dict begins in the flat row", () => {
  const space = dict({ a: box(0, 1, [2, 3]), b: dict({ c: multiBinary(4), d: discrete(5) }), e: discrete(2) });
  expect(["a", "b", "e"].map((name) => partOffset(space, name))).toEqual([0, 6, 15]);
  expect(() => partOffset(space, "c")).toThrow(
    new RangeError('partOffset: name expected one of a, b, e, got "c". Take one of the space\'s.'),
  );
});
