// Clipping by the global norm (Pascanu et al. 2013). Lane l of 16 sums the squares of elements l, l + 16, ...; then lanes
// l and l + 8, l + 4, l + 2, l + 1 are added.

/**
 * Scales n floats (a multiple of 16) by min(1, maxNorm / (norm + 1e-6)).
 * @param metrics (norm, factor), written
 */
export function gradient_norm_clip(g: usize, n: i32, maxNorm: f32, metrics: usize): void {
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
  store<f32>(metrics, norm);
  store<f32>(metrics, factor, 4);
}
