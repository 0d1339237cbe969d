// Targets of Munchausen-DQN (Vieillard et al. 2020, section 2). Letters: B rows, A actions; tau is the temperature,
// pi = softmax(q / tau), m = max q and S = sum over a of exp((q[a] - m) / tau):
//
//   tau ln pi(a) = (q[a] - m) - tau ln S
//   sum over a of pi(a) (q[a] - tau ln pi(a)) = m + tau ln S

import type { TdLoss } from "../../operations/value-loss.ts";
import { exp } from "./exp.ts";
import { log } from "./log.ts";
import { maximum } from "./softmax.ts";
import { type RegressionArrays, valueRegression } from "./value-regression.ts";

const f = Math.fround;

/**
 * Arrays of one update: those of a regression, and the inputs of its targets. Values are [B, A], the rest [B]; `target` is
 * written.
 */
export interface MunchausenArrays extends RegressionArrays {
  readonly policyQ: Float32Array;
  readonly nextQ: Float32Array;
  readonly reward: Float32Array;
  readonly discount: Float32Array;
}

/** Returns tau ln S. The sum S runs over the actions in order. S is at least 1, or NaN when a value is not finite. */
function scaledLogSum(q: Float32Array, start: number, A: number, m: number, tau: number): number {
  let sum = 0;
  for (let a = start; a < start + A; a++) sum = f(sum + exp(f(f(q[a] - m) / tau)));
  return Number.isNaN(sum) ? sum : f(tau * log(sum));
}

export function munchausenUpdate(
  B: number,
  A: number,
  loss: TdLoss,
  { alpha, temperature, clip }: { readonly alpha: number; readonly temperature: number; readonly clip: number },
  arrays: MunchausenArrays,
): void {
  const { policyQ, nextQ, action, reward, discount, target } = arrays;
  const [scale, tau, lowest] = [f(alpha), f(temperature), f(clip)];
  for (let b = 0; b < B; b++) {
    const row = b * A;
    const m = maximum(policyQ, row, A);
    let logPolicy = f(f(policyQ[row + action[b]] - m) - scaledLogSum(policyQ, row, A, m, tau));
    if (logPolicy < lowest) logPolicy = lowest;
    target[b] = f(reward[b] + f(scale * logPolicy));
    // After a terminal state the network's output has no meaning; it may be infinite, and 0 times infinity is NaN.
    if (discount[b] === 0) continue;
    const nextM = maximum(nextQ, row, A);
    const value = f(nextM + scaledLogSum(nextQ, row, A, nextM, tau));
    target[b] = f(target[b] + f(discount[b] * value));
  }
  valueRegression(B, A, loss, arrays);
}
