// One Adam step over a block (Kingma & Ba 2015, algorithm 1; decay as in AdamW, Loshchilov & Hutter 2019).
//
// Moments below TINY become 0. WebAssembly has no flush-to-zero: the first moment of a dead unit shrinks by 0.9 a step,
// becomes subnormal after some 830 steps and stays so, and every later step pays for it (72 us become 124 us).

const TINY = memory.data<f32>([1e-30], 16);

/** The bound for `flush_tiny`, loaded once before a loop. */
// @ts-ignore: decorator
@inline
export function tiny_bound(): v128 {
  return v128.load32_splat(TINY);
}

/** x, or 0 where |x| < tiny; NaN stays. */
// @ts-ignore: decorator
@inline
export function flush_tiny(x: v128, tiny: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), tiny));
}

/**
 * @param n floats, a multiple of 4
 * @param keep 1 - learning rate * weight decay
 * @param stepSize learning rate / (1 - beta1^t); correction 1 / sqrt(1 - beta2^t); c1, c2: 1 - beta1, 1 - beta2
 */
export function adam_step(
  p: usize, g: usize, m: usize, v: usize, n: i32,
  keep: f32, stepSize: f32, c1: f32, beta2: f32, c2: f32, correction: f32, epsilon: f32,
): void {
  const end = p + (<usize>n << 2);
  // Apart from the loop below, which has no register to spare.
  if (keep != 1) {
    for (let q = p; q < end; q += 16) v128.store(q, f32x4.mul(v128.load(q), f32x4.splat(keep)));
  }
  const steps = f32x4.splat(stepSize);
  const c1s = f32x4.splat(c1);
  const beta2s = f32x4.splat(beta2);
  const c2s = f32x4.splat(c2);
  const corrections = f32x4.splat(correction);
  const epsilons = f32x4.splat(epsilon);
  const tiny = tiny_bound();
  for (; p < end; p += 16, g += 16, m += 16, v += 16) {
    const grad = v128.load(g);
    let first = v128.load(m);
    first = f32x4.add(first, f32x4.mul(f32x4.sub(grad, first), c1s));
    first = flush_tiny(first, tiny);
    let second = f32x4.add(f32x4.mul(v128.load(v), beta2s), f32x4.mul(f32x4.mul(grad, grad), c2s));
    second = v128.andnot(second, f32x4.lt(second, tiny));
    const denominator = f32x4.add(f32x4.mul(f32x4.sqrt(second), corrections), epsilons);
    v128.store(m, first);
    v128.store(v, second);
    v128.store(p, f32x4.sub(v128.load(p), f32x4.mul(steps, f32x4.div(first, denominator))));
  }
}
