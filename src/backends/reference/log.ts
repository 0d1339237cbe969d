// Natural logarithm in float32 (Cephes logf): x = 2^k m with sqrt(1/2) <= m < sqrt(2), a degree-8 polynomial in m - 1.

const f = Math.fround;

/** Coefficients, highest power first. */
const POLYNOMIAL: readonly number[] = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(f);
const SQRT_HALF_BITS = 0x3f3504f3;
/** ln 2 = LN2_HIGH + LN2_LOW; products of LN2_HIGH (9 bits) with an exponent are exact. */
const LN2_HIGH: number = f(0.693359375);
const LN2_LOW: number = f(-2.1219444e-4);

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** ln(x), at most 2 ULP from the true value for positive normal numbers. Other arguments give meaningless numbers. */
export function log(x: number): number {
  float[0] = x;
  const shifted = (bits[0] - SQRT_HALF_BITS) | 0;
  const k = shifted >> 23;
  bits[0] = (shifted & 0x7fffff) + SQRT_HALF_BITS;
  const r = f(float[0] - 1);
  const z = f(r * r);
  let p = POLYNOMIAL[0];
  for (let j = 1; j < POLYNOMIAL.length; j++) p = f(f(p * r) + POLYNOMIAL[j]);
  const y = f(f(f(f(p * r) * z) + f(k * LN2_LOW)) - f(0.5 * z));
  return f(f(r + y) + f(k * LN2_HIGH));
}
