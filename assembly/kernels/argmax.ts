/**
 * First index of the largest of n floats, among those whose mask (0: no mask) is not 0.
 * @returns -1 when the mask allows none; the first allowed index when all allowed values are NaN
 */
export function rows_argmax(x: usize, n: i32, mask: usize): i32 {
  let best = -1;
  let bestValue: f32 = 0;
  for (let j = 0; j < n; j++) {
    if (mask && load<f32>(mask + (<usize>j << 2)) == 0) continue;
    const value = load<f32>(x + (<usize>j << 2));
    if (best < 0 || value > bestValue || bestValue != bestValue) {
      if (best >= 0 && value != value) continue;
      best = j;
      bestValue = value;
    }
  }
  return best;
}
