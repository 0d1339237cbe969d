// The temporal-difference update of a batch. Letters: B rows, A actions.
//
// target = reward + discount nextQ[a*], a* = argmax of selectionQ (Mnih et al. 2015; van Hasselt et al. 2016, eq. 4)

import type { TdLoss } from "../../backend.ts";

const f = Math.fround;

/** Arrays of one update: [B, A] for the values, [B] for the rest; `metrics` receives loss and mean q in columns 0 and 1. */
export interface TdArrays {
  readonly q: Float32Array;
  readonly nextQ: Float32Array;
  readonly selectionQ: Float32Array;
  readonly action: Float32Array;
  readonly reward: Float32Array;
  readonly discount: Float32Array;
  readonly weight: Float32Array;
  readonly dQ: Float32Array;
  readonly target: Float32Array;
  readonly absError: Float32Array;
  readonly metrics: Float32Array;
}

/** First of the largest values; unlike `argmax`, a NaN in front stays, so that a diverged network shows in the target. */
function selectAction(values: Float32Array, start: number, A: number): number {
  let best = 0;
  for (let a = 1; a < A; a++) if (values[start + a] > values[start + best]) best = a;
  return best;
}

export function tdUpdate(B: number, A: number, loss: TdLoss, arrays: TdArrays): void {
  const { q, nextQ, selectionQ, action, reward, discount, weight, dQ, metrics } = arrays;
  let lossSum = 0;
  let qSum = 0;
  for (let b = 0; b < B; b++) {
    const row = b * A;
    const taken = row + action[b];
    // Past a terminal state the networks may say anything, and 0 times infinity is NaN.
    const target =
      discount[b] === 0 ? reward[b] : f(reward[b] + f(discount[b] * nextQ[row + selectAction(selectionQ, row, A)]));
    const error = f(q[taken] - target);
    const size = Math.abs(error);
    const w = weight[b];

    let term: number;
    let slope: number;
    if (loss === "mse") {
      term = f(f(error * error) * w);
      slope = f(f(f(2 * error) * w) / B);
    } else if (size <= 1) {
      term = f(f(f(0.5 * error) * error) * w);
      slope = f(f(error * w) / B);
    } else {
      term = f(f(size - 0.5) * w);
      slope = f(f(Math.sign(error) * w) / B);
    }

    dQ.fill(0, row, row + A);
    dQ[taken] = slope;
    arrays.target[b] = target;
    arrays.absError[b] = size;
    lossSum += term;
    qSum += q[taken];
  }
  metrics[0] = lossSum / B;
  metrics[1] = qSum / B;
}
