// Known values: NumPy 2.4 (glibc). The engine's functions are musl's: within one unit in the last place of these.

import { expect, test } from "vitest";
import { cos, exp, log, PI, pow, sin, tanh } from "../../src/engine/math.ts";

const ONE_ULP = 2.3e-16;

test.each([
  ["sin 1", sin(1), 0.8414709848078965],
  ["cos 1", cos(1), 0.5403023058681398],
  ["exp 1", exp(1), Math.E],
  ["log 2", log(2), Math.LN2],
  ["tanh 0.5", tanh(0.5), 0.46211715726000974],
  ["2 to the 0.5", pow(2, 0.5), Math.SQRT2],
])("%s is NumPy's within one unit in the last place", (_name, actual, known) => {
  expect(Math.abs(actual / known - 1)).toBeLessThanOrEqual(ONE_ULP);
});

test("keeps exact values exact", () => {
  expect([sin(0), cos(0), exp(0), log(1), tanh(0), pow(3, 2)]).toEqual([0, 1, 1, 0, 0, 9]);
  expect(PI).toBe(Math.PI);
});

test("agrees with the platform over a wide range within 4 units in the last place", () => {
  for (let i = -400; i <= 400; i++) {
    const x = i * 0.137;
    expect(Math.abs(sin(x) - Math.sin(x))).toBeLessThan(4 * ONE_ULP);
    expect(Math.abs(cos(x) - Math.cos(x))).toBeLessThan(4 * ONE_ULP);
    expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(4 * ONE_ULP);
    expect(Math.abs(tanh(x) - Math.tanh(x))).toBeLessThan(4 * ONE_ULP);
  }
});
