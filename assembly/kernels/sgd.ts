// One step of gradient descent over a block, with momentum when `velocity` is not 0.

import { flush_tiny, tiny_bound } from "./adam";

export function sgd_step(p: usize, g: usize, velocity: usize, n: i32, learningRate: f32, momentum: f32): void {
  const end = p + (<usize>n << 2);
  const tiny = tiny_bound();
  for (; p < end; p += 16, g += 16) {
    let direction = v128.load(g);
    if (velocity) {
      direction = flush_tiny(f32x4.add(f32x4.mul(f32x4.splat(momentum), v128.load(velocity)), direction), tiny);
      v128.store(velocity, direction);
      velocity += 16;
    }
    v128.store(p, f32x4.sub(v128.load(p), f32x4.mul(f32x4.splat(learningRate), direction)));
  }
}
