// A draw from softmax(logits / temperature) over the options that a mask allows.

import { exp } from "./exp.ts";
import { uniform } from "./xoshiro.ts";

const f = Math.fround;

/**
 * Draws an option. The weight of a logit x is exp((x - max) / temperature): 1 for the maximum, also for an infinite one and
 * at temperature 0; 0 for NaN. The first index wins at which the sum of the weights exceeds u times the total.
 * @param s state of the stream; one number is drawn
 * @returns the index; the first allowed index when all allowed numbers are NaN; -1, without a draw, when the mask allows
 *   none
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
