// Blocks of parameters as vectors of n floats (a multiple of 4).

import { madd } from "../math/madd";

/** y = scaleY y + scaleX x */
export function vectors_combine(y: usize, scaleY: f32, x: usize, scaleX: f32, n: i32): void {
  const end = y + (<usize>n << 2);
  const old = f32x4.splat(scaleY), added = f32x4.splat(scaleX);
  for (; y < end; x += 16, y += 16) v128.store(y, madd(f32x4.mul(old, v128.load(y)), added, v128.load(x)));
}

/** sum of x y in float64, rounded at the end: lane l of 4 takes elements l, l + 4, ...; then (l0 + l2) + (l1 + l3) */
export function vectors_dot(x: usize, y: usize, n: i32, result: usize): void {
  const end = x + (<usize>n << 2);
  let low = f64x2.splat(0), high = low;
  for (; x < end; x += 16, y += 16) {
    const a = f64x2.promote_low_f32x4(v128.load64_zero(x)), b = f64x2.promote_low_f32x4(v128.load64_zero(y));
    const c = f64x2.promote_low_f32x4(v128.load64_zero(x, 8)), d = f64x2.promote_low_f32x4(v128.load64_zero(y, 8));
    low = f64x2.add(low, f64x2.mul(a, b));
    high = f64x2.add(high, f64x2.mul(c, d));
  }
  const sums = f64x2.add(low, high);
  store<f32>(result, <f32>(f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)));
}
