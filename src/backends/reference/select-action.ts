// The next action of a temporal-difference target.

/**
 * Returns the first of the largest of A values. A NaN in front wins, unlike in `argmax`: a diverged network shows in the
 * target.
 */
export function selectAction(values: Float32Array, start: number, A: number): number {
  let best = 0;
  for (let a = 1; a < A; a++) if (values[start + a] > values[start + best]) best = a;
  return best;
}
