// Natural logarithm of four positive normal floats (Cephes logf): x = 2^k m with sqrt(1/2) <= m < sqrt(2), a degree-8
// polynomial in m - 1. At most 2 ULP (test/backends/reference/log.test.ts). Anything but positive normal numbers gives no meaning.

const T = memory.data<f32>([
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1, 0.693359375, -2.1219444e-4, 0.5, 1.0,
], 16);

// @ts-ignore: decorator
@inline
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
export function log_scalar(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}
