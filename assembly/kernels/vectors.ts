// Blocks of parameters as vectors of n floats, a multiple of 16.

import { madd } from "../math/madd";
import { flush_tiny, tiny_bound } from "./adam";

export function vectors_copy(target: usize, source: usize, n: i32): void {
  memory.copy(target, source, <usize>n << 2);
}

// @ts-ignore: decorator
@inline
function follow(target: usize, online: usize, tau: v128, tiny: v128): void {
  const t = v128.load(target);
  v128.store(target, flush_tiny(f32x4.add(t, f32x4.mul(tau, f32x4.sub(v128.load(online), t))), tiny));
}

/** Target networks that follow slowly: target += tau (online - target). */
export function vectors_polyak(target: usize, online: usize, n: i32, tau: f32): void {
  const end = target + (<usize>n << 2);
  const taus = f32x4.splat(tau), tiny = tiny_bound();
  for (; target < end; target += 64, online += 64) {
    follow(target, online, taus, tiny);
    follow(target + 16, online + 16, taus, tiny);
    follow(target + 32, online + 32, taus, tiny);
    follow(target + 48, online + 48, taus, tiny);
  }
}

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

/**
 * Clipping by the global norm (Pascanu et al. 2013): scales by min(1, maxNorm / (norm + 1e-6)). Lane l of 16 sums the squares
 * of elements l, l + 16, ...; then lanes l and l + 8, l + 4, l + 2, l + 1 are added.
 * @param result (norm, factor), written
 */
export function vectors_clip_norm(g: usize, n: i32, maxNorm: f32, result: usize): void {
  const end = g + (<usize>n << 2);
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (let p = g; p < end; p += 64) {
    const a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32), d = v128.load(p, 48);
    s0 = f32x4.add(s0, f32x4.mul(a, a));
    s1 = f32x4.add(s1, f32x4.mul(b, b));
    s2 = f32x4.add(s2, f32x4.mul(c, c));
    s3 = f32x4.add(s3, f32x4.mul(d, d));
  }
  let s = f32x4.add(f32x4.add(s0, s2), f32x4.add(s1, s3));
  s = f32x4.add(s, i8x16.shuffle(s, s, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  const norm = sqrt<f32>(f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1));
  const ratio: f32 = maxNorm / (norm + <f32>1e-6);
  const factor: f32 = ratio >= 1 ? 1 : ratio;
  if (factor != 1) {
    const f = f32x4.splat(factor);
    for (let p = g; p < end; p += 16) v128.store(p, f32x4.mul(v128.load(p), f));
  }
  store<f32>(result, norm);
  store<f32>(result, factor, 4);
}
