// acc + x * y: two roundings in the strict engine, one (where the processor fuses) in the relaxed engine.

// @ts-ignore: decorator
@inline
export function madd(acc: v128, x: v128, y: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, acc);
  return f32x4.add(acc, f32x4.mul(x, y));
}
