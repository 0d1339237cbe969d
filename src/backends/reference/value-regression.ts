// The values of the actions taken move towards targets. Letters: B rows, A actions.

import type { TdLoss } from "../../operations/value-loss.ts";

const f = Math.fround;

/** Arrays of one regression: [B, A] for q and dQ, [B] for the rest; `metrics` receives loss and mean q in columns 0 and 1. */
export interface RegressionArrays {
  readonly q: Float32Array;
  readonly action: Float32Array;
  readonly target: Float32Array;
  /** Importance weights [B]; null: all 1. */
  readonly weight: Float32Array | null;
  readonly dQ: Float32Array;
  readonly absError: Float32Array;
  readonly metrics: Float32Array;
}

export function valueRegression(B: number, A: number, loss: TdLoss, arrays: RegressionArrays): void {
  const { q, action, target, weight, dQ, absError, metrics } = arrays;
  let lossSum = 0;
  let qSum = 0;
  for (let b = 0; b < B; b++) {
    const row = b * A;
    const taken = row + action[b];
    const error = f(q[taken] - target[b]);
    const size = Math.abs(error);
    const w = weight === null ? 1 : weight[b];

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
    absError[b] = size;
    lossSum += term;
    qSum += q[taken];
  }
  metrics[0] = lossSum / B;
  metrics[1] = qSum / B;
}
