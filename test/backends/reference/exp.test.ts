import { expect, test } from "vitest";
import { exp } from "../../../src/backends/reference/exp.ts";

const f = Math.fround;

test("is within 2 ULP of e^x over 400000 numbers of [-87, 88]", () => {
  const n = 400_000;
  let worst = 0;
  for (let k = 0; k <= n; k++) {
    const x = f(-87 + (175 * k) / n);
    const exact = Math.exp(x);
    const ulp = 2 ** (Math.floor(Math.log2(exact)) - 23);
    worst = Math.max(worst, Math.abs(exp(x) - exact) / ulp);
  }
  expect(worst).toBeLessThanOrEqual(2);
});

test("is within 2 ULP around 0, and exact at 0", () => {
  for (let e = 0; e > -40; e--) {
    for (const x of [f(2 ** e), f(-1.5 * 2 ** e)]) {
      const exact = Math.exp(x);
      expect(Math.abs(exp(x) - exact)).toBeLessThanOrEqual(2 * 2 ** (Math.floor(Math.log2(exact)) - 23));
    }
  }
  expect([exp(0), exp(-0)]).toEqual([1, 1]);
});

test("is 0 below its range, saturates above it and lets NaN through", () => {
  expect(exp(Number.NEGATIVE_INFINITY)).toBe(0);
  expect(exp(-88)).toBe(0);
  expect(exp(f(-87.3))).toBeGreaterThan(0);
  expect(exp(Number.POSITIVE_INFINITY)).toBe(exp(f(88.4)));
  expect(Number.isFinite(exp(100))).toBe(true);
  expect(exp(100)).toBeGreaterThan(2e38);
  expect(exp(Number.NaN)).toBeNaN();
});
