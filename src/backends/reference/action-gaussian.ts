// Gaussian policies with independent dimensions. u is the number drawn, s the logarithm of the standard deviation.

import { exp } from "./exp.ts";
import { softplus } from "./softplus.ts";

const f = Math.fround;

const LN_2: number = f(Math.LN2);
/** ln(2 pi) / 2 and ln(2 pi e) / 2. */
const HALF_LN_2_PI: number = f(0.9189385332046727);
const HALF_LN_2_PI_E: number = f(1.4189385332046727);

/** ln of the derivative of tanh at u. */
function squashing(u: number): number {
  return f(2 * f(f(LN_2 - u) - softplus(f(-2 * u))));
}

export function normalLogProbability(u: number, mean: number, s: number, squashed: boolean): number {
  const z = f(f(u - mean) / exp(s));
  const plain = f(f(f(-0.5 * f(z * z)) - s) - HALF_LN_2_PI);
  return squashed ? f(plain - squashing(u)) : plain;
}

export function normalEntropy(u: number, s: number, squashed: boolean): number {
  const plain = f(s + HALF_LN_2_PI_E);
  return squashed ? f(plain + squashing(u)) : plain;
}

/** Gradient of dLogProbability ln pi(u) + dEntropy H by the mean and by s. */
export function normalGradient(
  u: number,
  mean: number,
  s: number,
  squashed: boolean,
  dLogProbability: number,
  dEntropy: number,
): { dMean: number; dLogDeviation: number } {
  const deviation = exp(s);
  const z = f(f(u - mean) / deviation);
  const dMean = f(dLogProbability * f(z / deviation));
  const dLogDeviation = f(f(dLogProbability * f(f(z * z) - 1)) + dEntropy);
  if (!squashed) return { dMean, dLogDeviation };
  const tanh = f(1 - f(2 / f(exp(f(2 * u)) + 1)));
  const slope = f(-2 * f(dEntropy * tanh));
  return { dMean: f(dMean + slope), dLogDeviation: f(dLogDeviation + f(slope * f(u - mean))) };
}

/** KL divergence from (mean x, ln deviation s) to (y, t): (t - s) + (exp(s)^2 + (x - y)^2) / (2 exp(t)^2) - 1/2. */
export function normalDivergence(x: number, s: number, y: number, t: number): number {
  const [from, to, distance] = [exp(s), exp(t), f(x - y)];
  const spread = f(f(from * from) + f(distance * distance));
  return f(f(f(t - s) + f(spread / f(2 * f(to * to)))) - 0.5);
}
