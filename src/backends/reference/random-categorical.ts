// A draw from softmax(logits / temperature) over what a mask allows.

import { exp } from "./exp.ts";
import { uniform } from "./xoshiro.ts";

const f = Math.fround;

/**
 * Weights are exp((x - max) / temperature): 1 where x is the maximum, even of infinite ones and at temperature 0, and 0
 * where x is NaN. The first index at which their sum exceeds u times the whole wins.
 * @param s state of the stream; one number is drawn
 * @returns -1, and draws nothing, when the mask allows none; the first allowed index when all allowed numbers are NaN
 */
export function sampleCategorical(
  s: Uint32Array,
  x: Float32Array,
  start: number,
  n: number,
  temperature: number,
  mask: Float32Array | null,
): number {
  const tau = f(temperature);
  let firstAllowed = -1;
  let max = Number.NaN;
  for (let j = 0; j < n; j++) {
    if (mask !== null && mask[j] === 0) continue;
    if (firstAllowed < 0) firstAllowed = j;
    if (x[start + j] > max || Number.isNaN(max)) max = x[start + j];
  }
  if (firstAllowed < 0) return -1;

  const weight = (j: number): number => {
    const value = x[start + j];
    if ((mask !== null && mask[j] === 0) || Number.isNaN(value)) return 0;
    return value === max ? 1 : exp(f(f(value - max) / tau));
  };
  let sum = 0;
  for (let j = 0; j < n; j++) sum = f(sum + weight(j));
  const threshold = uniform(s) * sum;
  let reached = 0;
  for (let j = 0; j < n; j++) {
    reached = f(reached + weight(j));
    if (reached > threshold) return j;
  }
  return firstAllowed;
}
