// y += scale x, over n floats (a multiple of 4).

import { madd } from "../math/madd";

export function add_scaled(x: usize, scale: f32, y: usize, n: i32): void {
  const end = x + (<usize>n << 2);
  const scales = f32x4.splat(scale);
  for (; x < end; x += 16, y += 16) v128.store(y, madd(v128.load(y), scales, v128.load(x)));
}
