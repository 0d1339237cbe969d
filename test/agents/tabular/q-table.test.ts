import { describe, expect, test } from "vitest";
import { checkStepSize, QTable } from "../../../src/agents/tabular/q-table.ts";
import { CheckpointError, DivergenceError } from "../../../src/errors.ts";
import { contentsOf, handOver, readerOf, written } from "../../formats/written.ts";

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

test("an entry is of its state and action, and visits are counted entry by entry", () => {
  const table = new QTable(2, 3, 0.5, 0);
  for (const [state, action, target] of [
    [0, 2, 4],
    [1, 0, 8],
    [1, 0, 8],
  ]) {
    table.move(state, action, target);
  }
  expect(Array.from(table.values)).toEqual([0, 0, 2, 6, 0, 0]);
  expect(Array.from(table.visits)).toEqual([0, 0, 1, 2, 0, 0]);
  expect(table.bytes).toBe(2 * 3 * 8);
  expect(table.numbers()).toEqual([table.values]);
});

test("the step size is that of the entry's own visits", () => {
  const table = new QTable(1, 2, { type: "visits", exponent: 0.75 }, 0);
  expect(Array.from(table.last)).toEqual([Number.NaN, Number.NaN]);
  for (let n = 1; n <= 3; n++) {
    table.move(0, 0, 1);
    expect(table.last[1]).toBeCloseTo(n ** -0.75, 12);
  }
  table.move(0, 1, 1);
  expect(table.last[1]).toBe(1);
});

test("the greedy action is found under the mask of its own row", () => {
  const table = new QTable(1, 3, 1, 0);
  table.values.set([1, 3, 2]);
  const mask = Float32Array.of(1, 0, 0, 1, 0, 1);
  expect([table.greedy(0, mask), table.greedy(0, mask, 1)]).toEqual([0, 2]);
});

test("a target that is not finite is refused, and the table stays as it is", () => {
  const table = new QTable(2, 2, 1, 0);
  table.move(1, 0, 3);
  const before = [table.values, table.visits, table.last].map((list) => Array.from(list));
  for (const target of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]) {
    expect(() => table.move(1, 0, target)).toThrow(DivergenceError);
    expect(() => table.move(1, 0, target)).toThrow(
      `QTable: error expected a finite number, got ${target} for state 1, action 0. ` +
        "Scale rewards down, or choose a discount below 1; the table is intact.",
    );
  }
  expect([table.values, table.visits, table.last].map((list) => Array.from(list))).toEqual(before);
});

test.each<[unknown, string]>([
  [0, 'Probe: stepSize expected a number above 0 and at most 1, got 0. Or { type: "visits", exponent: 0.6 }.'],
  [1.5, "Probe: stepSize expected a number above 0 and at most 1, got 1.5."],
  ["0.1", "Probe: stepSize expected a number above 0 and at most 1, got "],
  [null, "Probe: stepSize expected a number above 0 and at most 1, got null."],
  [{ type: "visit", exponent: 0.6 }, 'Probe: stepSize.type expected "visits", got "visit". Or give a number.'],
  [{ type: "visits", exponent: 0.5 }, "Probe: stepSize.exponent expected a number above 0.5 and at most 1, got 0.5."],
  [{ type: "visits", exponent: 1.1 }, "Probe: stepSize.exponent expected a number above 0.5 and at most 1, got 1.1."],
  [{ type: "visits" }, "Probe: stepSize.exponent expected a number above 0.5 and at most 1, got undefined."],
  [
    { type: "visits", exponents: 1 },
    'Probe: stepSize: option expected a known name, got "exponents". Did you mean exponent?',
  ],
])("a step size of %j is refused", (stepSize, message) => {
  expect(() => checkStepSize("Probe", stepSize as never)).toThrow(message);
});

test.each([1, 0.001, { type: "visits", exponent: 1 }, { type: "visits", exponent: 0.51 }] as const)(
  "a step size of %j is one",
  (stepSize) => {
    expect(() => checkStepSize("Probe", stepSize)).not.toThrow();
  },
);

describe("a file", () => {
  const moved = (): QTable => {
    const table = new QTable(2, 2, { type: "visits", exponent: 0.6 }, 0.5);
    for (const [state, action] of [
      [0, 1],
      [1, 0],
      [0, 1],
    ]) {
      table.move(state, action, 4);
    }
    return table;
  };

  test("of a run has values and visits, and goes on with the same steps", () => {
    const [whole, rest] = [moved(), new QTable(2, 2, { type: "visits", exponent: 0.6 }, 9)];
    handOver(whole, rest);
    for (const table of [whole, rest]) table.move(0, 1, -1);
    expect(rest.values).toEqual(whole.values);
    expect(rest.visits).toEqual(whole.visits);
    expect(written(whole).tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ["q", [2, 2]],
      ["visits", [2, 2]],
    ]);
  });

  test("of a policy has values alone", () => {
    const table = new QTable(2, 2, 1, 0);
    handOver(moved(), table, "policy");
    expect(table.values).toEqual(moved().values);
    expect(Array.from(table.visits)).toEqual([0, 0, 0, 0]);
    expect(Object.keys(contentsOf(moved(), "policy"))).toEqual(["q"]);
  });

  test.each<[string, Parameters<typeof readerOf>[1]]>([
    ["tensor q expected to be there", { tensors: { q: undefined } }],
    ["tensor q expected 4", { tensors: { q: new Float64Array(6) } }],
    ["tensor q expected", { tensors: { q: new Float32Array(4) } }],
    ["tensor visits expected to be there", { tensors: { visits: undefined } }],
    ["tensor visits expected 4", { tensors: { visits: new Uint32Array(3) } }],
  ])("whose %s is refused", (message, changes) => {
    const table = moved();
    const reader = readerOf(written(moved()), changes);
    expect(() => table.check(reader)).toThrow(CheckpointError);
    expect(() => table.check(reader)).toThrow(message);
    expect(table.values).toEqual(moved().values);
  });
});
