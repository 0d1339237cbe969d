import { expect, test } from "vitest";
import { INITIAL_COUNT, RunningStatistics } from "../src/running-statistics.ts";
import { Sampler } from "./conformance/sampler.ts";

const SEED = Number(process.env.BELLWETHER_SEED ?? 1);

/** Mean and variance of columns, in two passes; the start counts as INITIAL_COUNT rows of mean 0 and variance 1. */
function direct(rows: readonly number[], size: number): { mean: number[]; variance: number[] } {
  const n = rows.length / size;
  const columns = Array.from({ length: size }, (_, i) => rows.filter((_, k) => k % size === i));
  const mean = columns.map((column) => column.reduce((sum, x) => sum + x, 0) / (n + INITIAL_COUNT));
  const variance = columns.map(
    (column, i) =>
      (column.reduce((sum, x) => sum + (x - mean[i]) ** 2, 0) + INITIAL_COUNT * (1 + mean[i] ** 2)) /
      (n + INITIAL_COUNT),
  );
  return { mean, variance };
}

function expectNear(what: string, actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expected.forEach((value, i) => {
    const error = Math.abs(actual[i] - value) / Math.max(1e-300, Math.abs(value));
    expect(error, `seed ${SEED}, ${what}[${i}]`).toBeLessThan(tolerance);
  });
}

test("by hand: two rows, then one", () => {
  const statistics = new RunningStatistics(2);
  expect([statistics.count, ...statistics.mean, ...statistics.variance]).toEqual([1e-4, 0, 0, 1, 1]);
  statistics.include([1, 10, 3, 10], 2);
  statistics.include([8, 10], 1);
  expect(statistics.count).toBeCloseTo(3.0001, 12);
  // 1, 3, 8: mean 4, variance 26 / 3; 10, 10, 10
  expect(statistics.mean[0]).toBeCloseTo(4, 3);
  expect(statistics.variance[0]).toBeCloseTo(26 / 3, 2);
  expect(statistics.mean[1]).toBeCloseTo(10, 3);
  expect(statistics.variance[1]).toBeCloseTo(0, 2);
});

test("any cut into batches gives the mean and variance of all", () => {
  const sampler = new Sampler(SEED);
  for (let trial = 0; trial < 50; trial++) {
    const size = 1 + sampler.index(5);
    const offset = sampler.pick([0, 1, 7]);
    const scale = sampler.pick([1e-3, 1, 1e6]);
    const shift = sampler.pick([0, 1e3]);
    const n = 1 + sampler.index(200);
    const rows = Array.from({ length: n * size }, () => scale * (4 * sampler.next() - 2) + shift);
    const statistics = new RunningStatistics(size);
    for (let from = 0; from < n; ) {
      const count = Math.min(n - from, 1 + sampler.index(16));
      const batch = [
        ...new Array(offset).fill(Number.NaN),
        ...rows.slice(from * size, (from + count) * size),
        Number.NaN,
      ];
      statistics.include(batch, count, offset);
      from += count;
    }
    const expected = direct(rows, size);
    // Of numbers around a thousand with a spread of a thousandth, squares leave ten digits of variance.
    expectNear("mean", statistics.mean, expected.mean, 1e-9);
    expectNear("variance", statistics.variance, expected.variance, 1e-8);
  }
});

test("a small spread far from 0 is seen, where sums of squares would lose it", () => {
  const statistics = new RunningStatistics(1);
  for (let i = 0; i < 100_000; i++) statistics.include([1e7 + (i % 2)], 1);
  // The start's own share: 1e-4 (1e7)^2 / 1e5 = 1e5 at first, and it fades only with the count; begin anew beside it.
  const fresh = new RunningStatistics(1);
  fresh.load(1e-300, [1e7], [0]);
  for (let i = 0; i < 100_000; i++) fresh.include([1e7 + (i % 2)], 1);
  expect(fresh.variance[0]).toBeCloseTo(0.25, 4);
  expect(statistics.variance[0]).toBeCloseTo(0.25 + 1e5, -1);
});

test("goes on from what was saved, bit for bit", () => {
  const sampler = new Sampler(SEED);
  const whole = new RunningStatistics(3);
  whole.include(sampler.values(12), 4);
  const again = new RunningStatistics(3);
  expect(again.load(whole.count, whole.mean, whole.variance)).toBe(true);
  const more = sampler.values(15);
  whole.include(more, 5);
  again.include(more, 5);
  expect([again.count, ...again.mean, ...again.variance]).toEqual([whole.count, ...whole.mean, ...whole.variance]);
});

test("takes no statistics that cannot be", () => {
  const statistics = new RunningStatistics(2);
  const before = [statistics.count, ...statistics.mean, ...statistics.variance];
  for (const [count, mean, variance] of [
    [0, [0, 0], [1, 1]],
    [Number.NaN, [0, 0], [1, 1]],
    [Number.POSITIVE_INFINITY, [0, 0], [1, 1]],
    [1, [0], [1, 1]],
    [1, [0, 0], [1, 1, 1]],
    [1, [0, Number.NaN], [1, 1]],
    [1, [0, 0], [1, -1]],
    [1, [0, 0], [1, Number.POSITIVE_INFINITY]],
  ] as const) {
    expect(statistics.load(count, mean, variance)).toBe(false);
  }
  expect([statistics.count, ...statistics.mean, ...statistics.variance]).toEqual(before);
});
