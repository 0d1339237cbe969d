// exp and the logistic function in float32: Cody & Waite reduction by ln 2 in two parts, degree-5 polynomial (Cephes
// expf), scaling by exponent bits. The platform's Math.exp differs between runtimes; this one cannot.

const f = Math.fround;

const HIGHEST: number = f(88.3762626647949);
const LOWEST: number = f(-87.3365447504);
const LOG2_E: number = f(Math.LOG2E);
/** 1.5 * 2^23. Adding the constant rounds to an integer, which is then in the low bits of the mantissa. */
const ROUNDER = 12_582_912;
/** ln 2 = LN2_HIGH + LN2_LOW; products of LN2_HIGH (9 bits) with an exponent are exact. */
const LN2_HIGH: number = f(0.693359375);
const LN2_LOW: number = f(-2.1219444e-4);
/** Coefficients, highest power first. */
const POLYNOMIAL: readonly number[] = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
].map(f);

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** exp(x): 0 below -87.34, saturated above 88.37, NaN for NaN. At most 2 ULP from the true value in between. */
export function exp(x: number): number {
  const c = Math.max(Math.min(x, HIGHEST), LOWEST);
  const t = f(f(c * LOG2_E) + ROUNDER);
  const n = f(t - ROUNDER);
  let r = f(c - f(n * LN2_HIGH));
  r = f(r - f(n * LN2_LOW));
  let p = POLYNOMIAL[0];
  for (let k = 1; k < POLYNOMIAL.length; k++) p = f(f(p * r) + POLYNOMIAL[k]);
  const y = f(f(f(p * f(r * r)) + r) + 1);
  float[0] = t;
  bits[0] = (bits[0] + 127) << 23;
  return x < LOWEST ? 0 : f(y * float[0]);
}

/** 1 / (1 + exp(-x)), at most 4 ULP from the true value. */
export function sigmoid(x: number): number {
  return f(1 / f(1 + exp(-x)));
}
