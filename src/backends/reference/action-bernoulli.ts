// Policies of independent bits, with one logit per bit.

import { sigmoid } from "./exp.ts";
import { softplus } from "./softplus.ts";

const f = Math.fround;

export function bitLogProbability(x: number, bit: number): number {
  const s = softplus(x);
  return bit !== 0 ? f(x - s) : -s;
}

export function bitEntropy(x: number): number {
  return f(softplus(x) - f(x * sigmoid(x)));
}

/** Gradient of dLogProbability ln pi(bit) + dEntropy H by the logit. */
export function bitGradient(x: number, bit: number, dLogProbability: number, dEntropy: number): number {
  const p = sigmoid(x);
  const spread = f(f(x * p) * f(1 - p));
  return f(f(dLogProbability * f(bit - p)) - f(dEntropy * spread));
}

/** KL divergence from a bit with logit x to a bit with logit y: p (x - y) - softplus(x) + softplus(y), p = sigmoid(x). */
export function bitDivergence(x: number, y: number): number {
  return f(f(f(sigmoid(x) * f(x - y)) - softplus(x)) + softplus(y));
}

/** Fisher information of a bit by its logit: p (1 - p), the variance of the bit. */
export function bitInformation(x: number): number {
  const p = sigmoid(x);
  return f(p * f(1 - p));
}
