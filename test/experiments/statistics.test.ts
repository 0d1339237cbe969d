// Known values: SciPy 1.17 (trim_mean) and NumPy 2.4 (percentile, default_rng), whose stream Pcg64 is, recorded here.

import { describe, expect, test } from "vitest";
import { Pcg64 } from "../../src/engine/random.ts";
import {
  areaUnderCurve,
  bootstrapBand,
  bootstrapInterval,
  interquartileMean,
  mean,
  percentile,
} from "../../src/experiments/statistics.ts";

describe("the interquartile mean", () => {
  test.each([
    [[3, 1, 4, 1, 5, 9, 2, 6], 3.5],
    [[3, 1, 4, 1, 5], 8 / 3],
    [[3, 1, 4, 1, 5, 9, 2], 3],
    [[3, 1, 4], 8 / 3],
    [[1, 2, 3, 4, 5, 6, 7, 8], 4.5],
    [[7], 7],
  ])("of %j is that of SciPy, %d", (values, expected) => {
    expect(interquartileMean(values)).toBeCloseTo(expected, 12);
  });

  test("does not move with the extremes, and leaves its argument as it was", () => {
    const values = [5, 1e9, 6, -1e9, 7];
    expect(interquartileMean(values)).toBe(6);
    expect(values).toEqual([5, 1e9, 6, -1e9, 7]);
  });
});

test("percentiles are NumPy's", () => {
  const sorted = [1, 2, 4, 8, 16];
  const expected = [1, 1.1, 4, 12.8, 16];
  [0, 0.025, 0.5, 0.9, 1].forEach((share, i) => {
    expect(percentile(sorted, share)).toBeCloseTo(expected[i], 12);
  });
});

describe("the bootstrap interval", () => {
  test("is the one that NumPy gives with the same stream", () => {
    const strata = [
      [3, 1, 4, 1, 5],
      [10, 40, 20],
    ];
    const options = { repetitions: 500, confidence: 0.9, seed: 7 };
    expect(bootstrapInterval(strata, interquartileMean, options)).toEqual({ low: 4.25, high: 8.75 });
  });

  test("resamples within strata: what never varies there is certain", () => {
    const strata = [
      [0, 0, 0],
      [10, 10, 10],
    ];
    expect(bootstrapInterval(strata, mean)).toEqual({ low: 5, high: 5 });
    expect(bootstrapInterval([strata.flat()], mean).low).toBeLessThan(5);
  });

  test("has the ends of the exact distribution of two values: 0, 1/2, 1 with 1/4, 1/2, 1/4", () => {
    expect(bootstrapInterval([[0, 1]], mean)).toEqual({ low: 0, high: 1 });
    expect(bootstrapInterval([[0, 1]], mean, { confidence: 0.4 })).toEqual({ low: 0.5, high: 0.5 });
  });

  test("of the mean of many values is that of the central limit, within 5 %", () => {
    const random = new Pcg64(5);
    const values = Array.from({ length: 400 }, () => random.random());
    const centre = mean(values);
    const variance = mean(values.map((value) => (value - centre) * (value - centre)));
    const { low, high } = bootstrapInterval([values], mean, { repetitions: 4000 });
    const expected = 2 * 1.959964 * Math.sqrt(variance / values.length);
    expect(Math.abs(high - low - expected)).toBeLessThan(0.05 * expected);
    expect(Math.abs((low + high) / 2 - centre)).toBeLessThan(0.05 * expected);
  });

  test("is the same each time, another with another seed", () => {
    const values = [[1, 5, 2, 8, 3]];
    expect(bootstrapInterval(values, mean)).toEqual(bootstrapInterval(values, mean));
    expect(bootstrapInterval(values, mean, { repetitions: 50, seed: 1 })).not.toEqual(
      bootstrapInterval(values, mean, { repetitions: 50, seed: 2 }),
    );
  });
});

describe("the bootstrap band", () => {
  test("is the one that NumPy gives with the same stream", () => {
    const strata = [
      [
        [0, 1, 4],
        [2, 2, 2],
        [1, 5, 3],
      ],
      [[10, 0, 1]],
    ];
    const band = bootstrapBand(strata, { repetitions: 400, seed: 3 });
    expect(band).toEqual({ mean: [3.25, 2, 2.5], low: [2.5, 0.75, 1.75], high: [4, 3.75, 3.25] });
  });

  test("has the curves' own values, in their unit, where there is only one", () => {
    expect(bootstrapBand([[[1, -2]]], { repetitions: 3 })).toEqual({ mean: [1, -2], low: [1, -2], high: [1, -2] });
  });
});

test("the area under a curve is its time average, whatever the distances of its points", () => {
  expect(areaUnderCurve([0, 10, 30], [0, 10, 10])).toBeCloseTo((5 * 10 + 10 * 20) / 30, 12);
  expect(areaUnderCurve([0, 7, 9], [4, 4, 4])).toBe(4);
  expect(areaUnderCurve([5], [3])).toBe(3);
});

describe("what is refused", () => {
  const cases: [string, () => unknown, string][] = [
    [
      "no values",
      () => interquartileMean([]),
      "interquartileMean: values expected at least one, got none. Leave the group out.",
    ],
    [
      "an empty stratum",
      () => bootstrapInterval([[1], []], mean),
      "bootstrapInterval: strata expected at least one run each, got [1, 0]. Leave empty ones out.",
    ],
    [
      "curves of different lengths",
      () => bootstrapBand([[[1, 2], [1]]]),
      "bootstrapBand: curves expected 2 points each, got one of 1. Evaluate all at the same steps.",
    ],
    [
      "a confidence of 1",
      () => bootstrapInterval([[1]], mean, { confidence: 1 }),
      "bootstrapInterval: confidence expected a number above 0 and below 1, got 1. 0.95 is usual.",
    ],
    [
      "no resamples",
      () => bootstrapInterval([[1]], mean, { repetitions: 0 }),
      "bootstrapInterval: repetitions expected an integer at least 1, got 0. It counts resamples.",
    ],
    [
      "a share above 1",
      () => percentile([1], 1.5),
      "percentile: share expected a number at least 0 and at most 1, got 1.5. 0.5 is the median.",
    ],
  ];
  test.each(cases)("%s", (_, call, message) => {
    expect(call).toThrow(new RangeError(message));
  });
});
