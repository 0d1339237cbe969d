// exp, log and pow in float64 without tables: plain series, in pairs of floats where one float would round visibly
// (chop.ts). Largest errors: exp and pow 0.53, log 0.501 units in the last place; 99.7 of 100 results are the nearest
// float there is (test/engine/math.test.ts, against exact integers).

import { chop } from "./chop";

const LN2_HIGH: f64 = 0.6931471805598903; // 42 bits: exact when multiplied by an exponent
const LN2_LOW: f64 = 5.497923018708371e-14;
const TWO_THIRDS_HIGH: f64 = 0.6666666567325592; // chopped
const TWO_THIRDS_LOW: f64 = 9.934107462565104e-9;
const TWO_FIFTHS_HIGH: f64 = 0.3999999985098839; // chopped
const TWO_FIFTHS_LOW: f64 = 1.4901161193847657e-9;
const SQRT_HALF_BITS: i64 = 0x3FE6A09E667F3BCD;
const SMALLEST_NORMAL: f64 = 2.2250738585072014e-308;

/** 2^n, -1022 <= n <= 1023 */
// @ts-ignore: decorator
@inline
function power_of_two(n: i64): f64 {
  return reinterpret<f64>((n + 1023) << 52);
}

/**
 * e^(x + xl), where xl is far below x; relative error of the sum before its one rounding: 2^-59.
 *
 * x = n ln 2 + r, |r| <= ln(2) / 2; then 1 + r + r^2/2 as a pair and the rest of the series in floats.
 */
function exp_pair(x: f64, xl: f64): f64 {
  if (x > 710) return Infinity;
  if (x < -746) return 0;
  // Adding 1.5 * 2^52 rounds to an integer, which then stands in the low mantissa bits.
  const t = x * 1.4426950408889634 + 6755399441055744;
  const n = t - 6755399441055744;
  const a = x - n * LN2_HIGH; // exact
  const b = xl - n * LN2_LOW;
  const r = a + b;
  const rh = chop(r);
  const rl = (a - rh) + b;
  const r2 = r * r;
  const r4 = r2 * r2;
  const series = (1.0 / 6 + r * (1.0 / 24)) + r2 * (1.0 / 120 + r * (1.0 / 720)) +
    r4 * ((1.0 / 5040 + r * (1.0 / 40320)) + r2 * (1.0 / 362880 + r * (1.0 / 3628800)) +
      r4 * ((1.0 / 39916800 + r * (1.0 / 479001600)) + r2 * (1.0 / 6227020800 + r * (1.0 / 87178291200))));
  const square = 0.5 * rh * rh;
  const sum = 1 + rh;
  const y = sum + square;
  const yl = ((1 - sum) + rh) + ((sum - y) + square) + (rl + (rl * (rh + 0.5 * rl) + r * r2 * series));
  const exponent = (reinterpret<i64>(t) << 13) >> 13;
  const half = exponent >> 1; // 2^1024 is no float, and neither is 2^-1075
  const scale = power_of_two(half);
  const otherScale = power_of_two(exponent - half);
  const result = (y + yl) * scale * otherScale;
  if (result >= SMALLEST_NORMAL || result != result) return result;
  // A subnormal has fewer bits: round once, where they end.
  const end = power_of_two(-1022 - exponent);
  const z = end + y;
  return ((z + (((end - z) + y) + yl)) - end) * scale * otherScale;
}

/** Second half of what log_pair returned last. */
let logLow: f64 = 0;

/**
 * log(x) as a pair: the chopped half, the other in logLow; 0 < x < Infinity. Relative error below 2^-68.
 *
 * x = 2^k m, sqrt(1/2) <= m < sqrt(2); s = (m - 1) / (m + 1); log m = s (2 + z (2/3 + z (2/5 + z (2/7 + ...)))), z = s^2
 */
function log_pair(x: f64): f64 {
  let bits = reinterpret<i64>(x);
  let k: f64 = 0;
  if (x < SMALLEST_NORMAL) {
    bits = reinterpret<i64>(x * 18014398509481984); // 2^54
    k = -54;
  }
  bits -= SQRT_HALF_BITS;
  k += <f64>(bits >> 52);
  const m = reinterpret<f64>((bits & 0xFFFFFFFFFFFFF) + SQRT_HALF_BITS);
  const numerator = m - 1;
  const denominator = m + 1;
  const dh = chop(denominator);
  const dl = m - (dh - 1); // exact, where the denominator is rounded
  const inverse = 1 / denominator;
  const sh = chop(numerator * inverse);
  const sl = ((numerator - sh * dh) - sh * dl) * inverse;
  const zp = sh * sh;
  const zq = sl * (sh + (sh + sl));
  const z = zp + zq;
  const zh = chop(z);
  const zl = (zp - zh) + zq;
  const z2 = z * z;
  const z4 = z2 * z2;
  const series = (2.0 / 7 + z * (2.0 / 9)) + z2 * (2.0 / 11 + z * (2.0 / 13)) +
    z4 * ((2.0 / 15 + z * (2.0 / 17)) + z2 * (2.0 / 19 + z * (2.0 / 21)) + z4 * (2.0 / 23 + z * (2.0 / 25)));

  const v = z * series; // 2/5 + z (...)
  const vh = chop(TWO_FIFTHS_HIGH + v);
  const vl = ((TWO_FIFTHS_HIGH - vh) + v) + TWO_FIFTHS_LOW;
  const up = zh * vh; // 2/3 + z (...)
  const uq = zh * vl + zl * (vh + vl);
  const uh = chop(TWO_THIRDS_HIGH + up);
  const ul = ((TWO_THIRDS_HIGH - uh) + up) + (uq + TWO_THIRDS_LOW);
  const wp = zh * uh; // 2 + z (...)
  const wq = zh * ul + zl * (uh + ul);
  const wh = chop(2 + wp);
  const wl = ((2 - wh) + wp) + wq;
  const p = sh * wh;
  const q = sh * wl + sl * (wh + wl);

  const kh = k * LN2_HIGH;
  const h = kh + p;
  const l = ((kh - h) + p) + (q + k * LN2_LOW);
  const chopped = chop(h + l);
  logLow = (h - chopped) + l;
  return chopped;
}

/** e^x; subnormal below -708.4, 0 below -745.13, Infinity above 709.78. */
export function exp(x: f64): f64 {
  return exp_pair(x, 0);
}

/** Natural logarithm: -Infinity at 0, NaN below. */
export function log(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN;
  if (x == Infinity) return x;
  const h = log_pair(x);
  return h + logLow;
}

/** x^y as ECMAScript has it: IEEE 754's special cases, but NaN for 1^NaN, 1^Infinity and (-1)^Infinity. */
export function pow(x: f64, y: f64): f64 {
  if (y == 0) return 1;
  const magnitude = abs(x);
  if (x != x || y != y || (magnitude == 1 && abs(y) == Infinity)) return NaN;
  let sign: f64 = 1;
  if (reinterpret<i64>(x) < 0) {
    if (trunc(y) == y) sign = trunc(0.5 * y) == 0.5 * y ? 1 : -1;
    else if (x != 0 && x != -Infinity) return NaN;
  }
  if (magnitude == 0 || magnitude == Infinity) return (magnitude == 0) == (y < 0) ? sign * Infinity : sign * 0;
  const h = log_pair(magnitude);
  const l = logLow;
  if (abs(y * h) > 800) return (y > 0) == (h > 0) ? sign * Infinity : sign * 0;
  const yh = chop(y);
  return sign * exp_pair(yh * h, y * l + (y - yh) * h);
}
