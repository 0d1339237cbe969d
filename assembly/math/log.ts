// Natural logarithm of four positive normal floats (Cephes logf): x = 2^k m with sqrt(1/2) <= m < sqrt(2), a degree-8
// polynomial in m - 1. At most 2 ULP (test/backends/reference/log.test.ts). Anything but positive normal numbers gives no meaning.

import { log } from "./exp-log-pow";

const T = memory.data<f32>([
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1, 0.693359375, -2.1219444e-4, 0.5, 1.0,
], 16);

export function log4(x: v128): v128 {
  const sqrtHalf = i32x4.splat(0x3f3504f3);
  const shifted = i32x4.sub(x, sqrtHalf);
  const k = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const m = i32x4.add(v128.and(shifted, i32x4.splat(0x7fffff)), sqrtHalf);
  const r = f32x4.sub(m, v128.load32_splat(T, 48));
  const z = f32x4.mul(r, r);
  let p = v128.load32_splat(T);
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(T, 4));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(T, 8));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(T, 12));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(T, 16));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(T, 20));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(T, 24));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(T, 28));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(T, 32));
  let y = f32x4.add(f32x4.mul(f32x4.mul(p, r), z), f32x4.mul(k, v128.load32_splat(T, 40)));
  y = f32x4.sub(y, f32x4.mul(v128.load32_splat(T, 44), z));
  return f32x4.add(f32x4.add(r, y), f32x4.mul(k, v128.load32_splat(T, 36)));
}

/** log of one float, the same bits. */
// @ts-ignore: decorator
@inline
export function log_scalar(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}

// 2 / (2 n + 1) from the last to the first, ln 2, and 2^-42.
const R = memory.data<f64>([
  2.0 / 15, 2.0 / 13, 2.0 / 11, 2.0 / 9, 2.0 / 7, 2.0 / 5, 2.0 / 3, 2.0, Math.LN2, 2.2737367544323206e-13,
], 16);

/**
 * Both ends, rounded, of where the logarithms of 2^k m lie, of the first two of k and m: 2^-42 from a sum that errs by 2^-44.
 * m = (1 + s) / (1 - s); log m = s (2 + z (2/3 + z (2/5 + ...))), z = s^2
 */
function ends(k: v128, m: v128): v128 {
  const exponent = f64x2.convert_low_i32x4_s(k), mantissa = f64x2.promote_low_f32x4(m);
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(mantissa, one), f64x2.add(mantissa, one));
  const z = f64x2.mul(s, s);
  let p = v128.load64_splat(R);
  p = f64x2.add(f64x2.mul(p, z), v128.load64_splat(R, 8));
  p = f64x2.add(f64x2.mul(p, z), v128.load64_splat(R, 16));
  p = f64x2.add(f64x2.mul(p, z), v128.load64_splat(R, 24));
  p = f64x2.add(f64x2.mul(p, z), v128.load64_splat(R, 32));
  p = f64x2.add(f64x2.mul(p, z), v128.load64_splat(R, 40));
  p = f64x2.add(f64x2.mul(p, z), v128.load64_splat(R, 48));
  p = f64x2.add(f64x2.mul(p, z), v128.load64_splat(R, 56));
  const y = f64x2.add(f64x2.mul(exponent, v128.load64_splat(R, 64)), f64x2.mul(s, p));
  const margin = f64x2.mul(y, v128.load64_splat(R, 72));
  const from = f32x4.demote_f64x2_zero(f64x2.sub(y, margin)), to = f32x4.demote_f64x2_zero(f64x2.add(y, margin));
  return i8x16.shuffle(from, to, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/**
 * Natural logarithm of four floats, the nearest float32: the bits of <f32>log(<f64>x), for each of all floats (tried one by one). A
 * short sum in float64 settles which is nearest but for a few in a million; those are left to `log`, as are numbers that are
 * not positive and normal.
 */
// @ts-ignore: decorator
@inline
export function log4_rounded(x: v128): v128 {
  const sqrtHalf = i32x4.splat(0x3f3504f3);
  const shifted = i32x4.sub(x, sqrtHalf);
  const k = i32x4.shr_s(shifted, 23);
  const m = i32x4.add(v128.and(shifted, i32x4.splat(0x7fffff)), sqrtHalf);
  const first = ends(k, m);
  const second = ends(i64x2.splat(i64x2.extract_lane(k, 1)), i64x2.splat(i64x2.extract_lane(m, 1)));
  const y = i8x16.shuffle(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
  const to = i8x16.shuffle(first, second, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  // Normal numbers below Infinity, less the smallest, are what unsigned integers below 0x7f000000 stand for.
  const isNormal = i32x4.lt_u(i32x4.sub(x, i32x4.splat(0x800000)), i32x4.splat(0x7f000000));
  if (i32x4.all_true(v128.and(f32x4.eq(y, to), isNormal))) return y;
  return f32x4(
    <f32>log(<f64>f32x4.extract_lane(x, 0)), <f32>log(<f64>f32x4.extract_lane(x, 1)),
    <f32>log(<f64>f32x4.extract_lane(x, 2)), <f32>log(<f64>f32x4.extract_lane(x, 3)),
  );
}
