// A draw from softmax(x / temperature) over what a mask allows.

import { exp_scalar } from "../math/exp";
import { random_uniform } from "../math/random";

/** exp((x - max) / temperature): 1 where x is the maximum, even at temperature 0; 0 where x is NaN or not allowed. */
function weight(x: usize, mask: usize, j: i32, max: f32, temperature: f32): f32 {
  const value = load<f32>(x + (<usize>j << 2));
  if ((mask && load<f32>(mask + (<usize>j << 2)) == 0) || value != value) return 0;
  if (value == max) return 1;
  return exp_scalar((value - max) / temperature);
}

/**
 * @param stream one number u is drawn
 * @param mask 0: none
 * @returns the first of n indices at which the sum of weights exceeds u times the whole; -1, and draws nothing, when the
 *   mask allows none; the first allowed index when all allowed numbers are NaN
 */
export function random_categorical(stream: usize, x: usize, n: i32, temperature: f32, mask: usize): i32 {
  let firstAllowed = -1;
  let max: f32 = NaN;
  for (let j = 0; j < n; j++) {
    if (mask && load<f32>(mask + (<usize>j << 2)) == 0) continue;
    if (firstAllowed < 0) firstAllowed = j;
    const value = load<f32>(x + (<usize>j << 2));
    if (value > max || max != max) max = value;
  }
  if (firstAllowed < 0) return -1;

  let sum: f32 = 0;
  for (let j = 0; j < n; j++) sum += weight(x, mask, j, max, temperature);
  const threshold = random_uniform(stream) * <f64>sum;
  let reached: f32 = 0;
  for (let j = 0; j < n; j++) {
    reached += weight(x, mask, j, max, temperature);
    if (<f64>reached > threshold) return j;
  }
  return firstAllowed;
}
