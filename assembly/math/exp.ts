// exp of four floats: Cody & Waite reduction by ln 2 in two parts, degree-5 polynomial (Cephes expf), scaling by
// exponent bits. At most 2 ULP (test/backends/reference/exp.test.ts); 0 below -87.34, saturates above 88.37, NaN stays.
// Constants are loaded, not literal: V8 rebuilds a literal v128 in every iteration (measured, 2.9 x slower).

export const EXP = memory.data<f32>([
  88.3762626647949, -87.3365447504, 1.44269504088896341, 12582912.0, 0.693359375, -2.1219444e-4,
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1.0,
], 16);

// A call, as log4, tanh4 and sigmoid4 are: written out wherever they are used they make the engine 5 kB larger, and activations a
// tenth quicker. (asconfig.json silences AS112, which fears that hosts make such calls.)
export function exp4(x: v128): v128 {
  const one = v128.load32_splat(EXP, 48);
  const low = v128.load32_splat(EXP, 4);
  const magic = v128.load32_splat(EXP, 12);
  let c = f32x4.pmin(x, v128.load32_splat(EXP, 0));
  c = f32x4.pmax(c, low);
  // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low mantissa bits.
  const t = f32x4.add(f32x4.mul(c, v128.load32_splat(EXP, 8)), magic);
  const n = f32x4.sub(t, magic);
  let r = f32x4.sub(c, f32x4.mul(n, v128.load32_splat(EXP, 16)));
  r = f32x4.sub(r, f32x4.mul(n, v128.load32_splat(EXP, 20)));
  let p = v128.load32_splat(EXP, 24);
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(EXP, 28));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(EXP, 32));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(EXP, 36));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(EXP, 40));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(EXP, 44));
  let y = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), one);
  y = f32x4.mul(y, i32x4.shl(i32x4.add(t, i32x4.splat(127)), 23));
  return v128.andnot(y, f32x4.lt(x, low));
}

/** 1 / (1 + exp(-x)); at most 4 ULP (test/conformance/meaning.test.ts). */
export function sigmoid4(x: v128): v128 {
  const one = v128.load32_splat(EXP, 48);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/** exp of one float, the same bits. */
// @ts-ignore: decorator
@inline
export function exp_scalar(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** 1 / (1 + exp(-x)) of one float. */
export function sigmoid_scalar(x: f32): f32 {
  return 1 / (1 + exp_scalar(-x));
}
