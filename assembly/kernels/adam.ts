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
 * @param n floats, a multiple of 16
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
  // Four square roots, then four quotients: they share one unit, and waiting for each other in turns costs 5 %.
  for (; p < end; p += 64, g += 64, m += 64, v += 64) {
    const d0 = moments(g, m, v, c1s, beta2s, c2s, corrections, epsilons, tiny);
    const d1 = moments(g + 16, m + 16, v + 16, c1s, beta2s, c2s, corrections, epsilons, tiny);
    const d2 = moments(g + 32, m + 32, v + 32, c1s, beta2s, c2s, corrections, epsilons, tiny);
    const d3 = moments(g + 48, m + 48, v + 48, c1s, beta2s, c2s, corrections, epsilons, tiny);
    v128.store(p, f32x4.sub(v128.load(p), f32x4.mul(steps, f32x4.div(v128.load(m), d0))));
    v128.store(p, f32x4.sub(v128.load(p, 16), f32x4.mul(steps, f32x4.div(v128.load(m, 16), d1))), 16);
    v128.store(p, f32x4.sub(v128.load(p, 32), f32x4.mul(steps, f32x4.div(v128.load(m, 32), d2))), 32);
    v128.store(p, f32x4.sub(v128.load(p, 48), f32x4.mul(steps, f32x4.div(v128.load(m, 48), d3))), 48);
  }
}

// Moves the moments at m and v; returns what the first is to be divided by.
// @ts-ignore: decorator
@inline
function moments(
  g: usize, m: usize, v: usize, c1: v128, beta2: v128, c2: v128, correction: v128, epsilon: v128, tiny: v128,
): v128 {
  const grad = v128.load(g);
  let first = v128.load(m);
  first = f32x4.add(first, f32x4.mul(f32x4.sub(grad, first), c1));
  v128.store(m, flush_tiny(first, tiny));
  let second = f32x4.add(f32x4.mul(v128.load(v), beta2), f32x4.mul(f32x4.mul(grad, grad), c2));
  second = v128.andnot(second, f32x4.lt(second, tiny));
  v128.store(v, second);
  return f32x4.add(f32x4.mul(f32x4.sqrt(second), correction), epsilon);
}
