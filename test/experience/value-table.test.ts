import { expect, test } from "vitest";
import { ValueTable } from "../../src/experience/value-table.ts";
import {
  box,
  dict,
  discrete,
  flatSize,
  flatten,
  multiBinary,
  multiDiscrete,
  type Space,
  type SpaceValue,
} from "../../src/space.ts";

const NESTED = dict({
  a: discrete(3, -1),
  b: dict({ c: multiBinary(2), d: box(-9, 9, [2]) }),
  e: multiDiscrete([4, 5]),
});

test.each<[string, Space, SpaceValue, number[]]>([
  ["Discrete as it is, not one-hot", discrete(9, 5), 7, [7]],
  ["Box in float64", box(-1, 1, [2]), [0.1, 1 / 3], [0.1, 1 / 3]],
  ["MultiBinary", multiBinary(3), Uint8Array.of(1, 0, 1), [1, 0, 1]],
  ["MultiDiscrete as it is, not one-hot", multiDiscrete([4, 5]), [3, 4], [3, 4]],
  ["Dict in Dict", NESTED, { e: [2, 1], b: { d: [0.1, -7], c: [1, 0] }, a: -1 }, [-1, 1, 0, 0.1, -7, 2, 1]],
])("%s comes back as it went in, and so from a saved table", (_, space, value, numbers) => {
  const table = new ValueTable(space, 3);
  expect(table.width).toBe(numbers.length);
  table.set(1, value);
  const plain = (got: SpaceValue): unknown =>
    JSON.parse(JSON.stringify(got, (_key, part) => (ArrayBuffer.isView(part) ? [...(part as Uint8Array)] : part)));
  const expected = plain(value);
  expect(plain(table.get(1, 0))).toEqual(expected);
  expect([...table.save(2)]).toEqual([...numbers.map(() => 0), ...numbers]);
  const again = new ValueTable(space, 3);
  again.load(table.save(2));
  expect(plain(again.get(1, 1))).toEqual(expected);
});

test("two values can be held at once; a value written to by others leaves the table alone", () => {
  const table = new ValueTable(multiBinary(2), 2);
  table.set(0, [0, 1]);
  table.set(1, [1, 0]);
  const first = table.get(0, 0) as Float64Array;
  const second = table.get(1, 1);
  expect([first, second]).toEqual([Float64Array.of(0, 1), Float64Array.of(1, 0)]);
  first[0] = 9;
  expect(table.get(0, 0)).toEqual(Float64Array.of(0, 1));
});

test("flat rows stand for the values that they were made of", () => {
  const table = new ValueTable(NESTED, 2);
  const value = { a: 0, b: { c: [1, 0], d: [0.5, -7] }, e: [2, 1] };
  const flat = new Float32Array(2 + flatSize(NESTED));
  flatten(NESTED, value, flat, 2);
  table.setFlat(1, flat, 2);
  table.set(0, value);
  expect(table.save(2).slice(table.width)).toEqual(table.save(1));
});
