import { expect, test } from "vitest";
import { log } from "../../../src/backends/reference/log.ts";

/** |actual - exact| in units of the last place of the float32 nearest to exact. */
function ulps(actual: number, exact: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(exact))), -126);
  return Math.abs(actual - exact) / 2 ** (exponent - 23);
}

test("log is within 2 ULP over all magnitudes and near 1", () => {
  let worst = 0;
  for (let k = 0; k < 400_000; k++) {
    const everywhere = k % 2 === 0 ? 2 ** (-125 + (250 * k) / 400_000) : 0.5 + (1.5 * k) / 400_000;
    const x = Math.fround(everywhere);
    if (x !== 1) worst = Math.max(worst, ulps(log(x), Math.log(x)));
  }
  expect(worst).toBeLessThanOrEqual(2);
  expect(worst).toBeGreaterThan(0);
});

test("log of 1 is 0, and of the least normal number what it should be", () => {
  expect(log(1)).toBe(0);
  expect(log(2 ** -126)).toBe(Math.fround(-126 * Math.LN2));
});
