import { expect, test } from "vitest";
import { QTable } from "../../../src/agents/tabular/q-table.ts";

test("starts at the initial value, and ties go to the first action that is allowed", () => {
  const table = new QTable(2, 3, 1, 0.5);
  expect([table.value(1, 2), table.best(0), table.greedy(0, null)]).toEqual([0.5, 0.5, 0]);
  expect(table.greedy(0, Float32Array.of(0, 1, 1))).toBe(1);
  table.move(0, 2, 1);
  expect([table.greedy(0, null), table.best(0)]).toEqual([2, 1]);
  expect(table.greedy(0, Float32Array.of(1, 1, 0))).toBe(0);
});

test("a constant step size moves by its share, and counts", () => {
  const table = new QTable(1, 1, 0.25, 0);
  table.move(0, 0, 8);
  table.move(0, 0, 8);
  expect(table.value(0, 0)).toBe(3.5);
  expect([table.visits[0], ...table.last]).toEqual([2, 6, 0.25]);
});

test("with exponent 1 a value is the mean of its targets, below 1 the later ones count more", () => {
  const mean = new QTable(1, 1, { type: "visits", exponent: 1 }, 99);
  const late = new QTable(1, 1, { type: "visits", exponent: 0.6 }, 99);
  for (const target of [1, 2, 3, 10]) {
    mean.move(0, 0, target);
    late.move(0, 0, target);
  }
  expect(mean.value(0, 0)).toBeCloseTo(4, 12);
  expect(late.value(0, 0)).toBeGreaterThan(4);
});
