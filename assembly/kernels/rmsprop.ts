// One RMSProp step over a block (Tieleman & Hinton 2012), centred when `mean` is not 0 (Graves 2013).

import { flush_tiny, tiny_bound } from "./adam";

export function rmsprop_step(
  p: usize, g: usize, v: usize, mean: usize, n: i32, learningRate: f32, alpha: f32, c: f32, rootEpsilon: f32,
  epsilon: f32,
): void {
  const end = p + (<usize>n << 2);
  const tiny = tiny_bound();
  const zero = f32x4.splat(0);
  for (; p < end; p += 16, g += 16, v += 16) {
    const grad = v128.load(g);
    const square = flush_tiny(
      f32x4.add(f32x4.mul(v128.load(v), f32x4.splat(alpha)), f32x4.mul(f32x4.mul(grad, grad), f32x4.splat(c))),
      tiny,
    );
    v128.store(v, square);
    let spread = square;
    if (mean) {
      let average = v128.load(mean);
      average = flush_tiny(f32x4.add(average, f32x4.mul(f32x4.sub(grad, average), f32x4.splat(c))), tiny);
      v128.store(mean, average);
      mean += 16;
      spread = f32x4.pmax(f32x4.sub(square, f32x4.mul(average, average)), zero);
    }
    const denominator = f32x4.add(f32x4.sqrt(f32x4.add(spread, f32x4.splat(rootEpsilon))), f32x4.splat(epsilon));
    v128.store(p, f32x4.sub(v128.load(p), f32x4.div(f32x4.mul(f32x4.splat(learningRate), grad), denominator)));
  }
}
