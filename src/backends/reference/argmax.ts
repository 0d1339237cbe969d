// The greedy choice in a row of values, with a mask of the allowed ones.

/**
 * Returns the first index of the largest of n numbers from `start` on, among those whose mask is not 0. NaN never wins.
 * @returns -1 when the mask allows none; the first allowed index when all allowed numbers are NaN
 */
export function argmax(x: Float32Array, start: number, n: number, mask: Float32Array | null): number {
  let best = -1;
  let firstAllowed = -1;
  for (let j = 0; j < n; j++) {
    if (mask !== null && mask[j] === 0) continue;
    if (firstAllowed < 0) firstAllowed = j;
    const value = x[start + j];
    if (Number.isNaN(value)) continue;
    if (best < 0 || value > x[start + best]) best = j;
  }
  return best < 0 ? firstAllowed : best;
}
