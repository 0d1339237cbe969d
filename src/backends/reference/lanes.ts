// Sums in the order of a vector with 4 lanes: lane l takes terms l, l + 4, ... from 0; then (l0 + l2) + (l1 + l3).

const f = Math.fround;

/** Returns the sum of term(0) .. term(n - 1), each an f32. */
export function sumInLanes(n: number, term: (i: number) => number): number {
  const lanes = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) lanes[i % 4] = f(lanes[i % 4] + term(i));
  return f(f(lanes[0] + lanes[2]) + f(lanes[1] + lanes[3]));
}

/** Returns the mean of n numbers from `start` on, summed in lanes. */
export function laneMean(values: Float32Array, start: number, n: number): number {
  return f(sumInLanes(n, (i) => values[start + i]) / n);
}
