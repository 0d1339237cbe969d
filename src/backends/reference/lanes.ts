// Sums as a vector of 4 lanes makes them: lane l takes terms l, l + 4, ... from 0; then (l0 + l2) + (l1 + l3).

const f = Math.fround;

/** The sum of term(0) .. term(n - 1), each an f32. */
export function sumInLanes(n: number, term: (i: number) => number): number {
  const lanes = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) lanes[i % 4] = f(lanes[i % 4] + term(i));
  return f(f(lanes[0] + lanes[2]) + f(lanes[1] + lanes[3]));
}

/** The mean of n numbers from `start`, summed in lanes. */
export function laneMean(values: Float32Array, start: number, n: number): number {
  return f(sumInLanes(n, (i) => values[start + i]) / n);
}
