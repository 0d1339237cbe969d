import { describe, expect, test } from "vitest";
import { niceScale, shortNumber, tickLabel } from "../../src/charts/nice-scale.ts";

describe("niceScale", () => {
  test.each([
    [0, 500, 5, true, [0, 100, 200, 300, 400, 500]],
    [3, 497, 5, true, [0, 100, 200, 300, 400, 500]],
    [3, 497, 5, false, [100, 200, 300, 400]],
    [-1600, -140, 4, true, [-2000, -1500, -1000, -500, 0]],
    [0, 0.03, 3, true, [0, 0.01, 0.02, 0.03]],
    [7, 7, 2, true, [2, 4, 6, 8, 10, 12].slice(0, 6)],
  ] as const)("marks %d..%d (%d, cover %s)", (low, high, count, cover, ticks) => {
    const scale = niceScale(low, high, count, cover);
    if (low === high) {
      expect(scale.ticks[0]).toBeLessThan(low);
      expect(scale.ticks[scale.ticks.length - 1]).toBeGreaterThan(high);
    } else {
      expect(scale.ticks).toHaveLength(ticks.length);
      scale.ticks.forEach((tick, i) => {
        expect(tick).toBeCloseTo(ticks[i], 12);
      });
    }
  });

  test("encloses any range with few, finite marks", () => {
    const sizes = [1e-320, 1e-200, 1e-9, 0.3, 1, 7, 12345, 2 ** 53, 1e22, 1e300];
    for (const a of [0, ...sizes, ...sizes.map((size) => -size)]) {
      for (const b of [a, a + Math.abs(a) * 1e-15, a + Math.abs(a) * 0.37, 0, ...sizes]) {
        if (b < a) continue;
        const { ticks, step } = niceScale(a, b, 5, true);
        const slack = step * 1e-3;
        expect(ticks.length).toBeGreaterThan(1);
        expect(ticks.length).toBeLessThan(15);
        expect(ticks.every(Number.isFinite)).toBe(true);
        expect(ticks[0]).toBeLessThanOrEqual(a + slack);
        expect(ticks[ticks.length - 1]).toBeGreaterThanOrEqual(b - slack);
      }
    }
  });
});

test("tickLabel gives all marks of an axis one unit and enough decimals", () => {
  expect([0, 10_000, 50_000].map((tick) => tickLabel(tick, 10_000, 50_000))).toEqual(["0", "10k", "50k"]);
  expect([0, 5e5, 1e6].map((tick) => tickLabel(tick, 5e5, 1e6))).toEqual(["0", "0.5M", "1.0M"]);
  expect([-2000, 500].map((tick) => tickLabel(tick, 500, 2000))).toEqual(["−2000", "500"]);
  expect([0.25, -0.5].map((tick) => tickLabel(tick, 0.25, 0.5))).toEqual(["0.25", "−0.50"]);
  expect(tickLabel(2e-7, 1e-7, 5e-7)).toBe("2e-7");
  expect(tickLabel(3e20, 1e20)).toBe("3e+20");
});

test("shortNumber keeps four significant digits", () => {
  expect([0, 21, 466.123, 12345, -1.5e6, 2e9, 1e-7].map(shortNumber)).toEqual([
    "0",
    "21",
    "466.1",
    "12.35k",
    "−1.5M",
    "2G",
    "1.00e-7",
  ]);
  expect(shortNumber(Number.NaN)).toBe("NaN");
});
