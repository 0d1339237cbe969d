// tanh in float32 (Cephes tanhf): an odd polynomial below 0.625, else 1 - 2 / (exp(2|x|) + 1). At most 3 ULP.

import { exp } from "./exp.ts";

const f = Math.fround;

/** Coefficients, highest power of x^2 first. */
const POLYNOMIAL: readonly number[] = [
  -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1,
].map(f);

export function tanh(x: number): number {
  const a = Math.abs(x);
  if (a < 0.625) {
    const z = f(x * x);
    let q = POLYNOMIAL[0];
    for (let k = 1; k < POLYNOMIAL.length; k++) q = f(f(q * z) + POLYNOMIAL[k]);
    return f(f(f(q * z) * x) + x);
  }
  const big = f(1 - f(2 / f(exp(f(a + a)) + 1)));
  return x < 0 ? -big : big;
}
