// Returns distributions as quantiles (Dabney et al. 2018a). Letters: B rows, A actions, N quantiles of the online network, M
// of the target network; arrays as in operations/return-distribution.ts, unpadded.

import { laneMean, sumInLanes } from "./lanes.ts";
import { selectAction } from "./select-action.ts";

const f = Math.fround;

const LARGEST = 3.4028234663852886e38;

/** Arrays of one update. `selectionQ` null: the means of the next quantiles. `fractions` null: the midpoints. */
export interface QuantileArrays {
  readonly quantiles: Float32Array;
  readonly nextQuantiles: Float32Array;
  readonly fractions: Float32Array | null;
  readonly selectionQ: Float32Array | null;
  readonly action: Float32Array;
  readonly reward: Float32Array;
  readonly discount: Float32Array;
  readonly weight: Float32Array;
  readonly dQuantiles: Float32Array;
  readonly absError: Float32Array;
  readonly metrics: Float32Array;
}

export function quantileUpdate(
  B: number,
  A: number,
  N: number,
  M: number,
  kappa: number,
  arrays: QuantileArrays,
): void {
  const { quantiles, nextQuantiles, fractions, selectionQ, action, reward, discount, weight } = arrays;
  const { dQuantiles, absError, metrics } = arrays;
  const half = f(0.5 * f(kappa));
  // The inverse is finite for kappa 0, too: then every slope is 1, except 0 for an error of 0.
  const inverse = Math.min(f(1 / f(kappa)), LARGEST);
  const nextQ = new Float32Array(A);
  const losses = new Float32Array(N);
  let lossSum = 0;
  let qSum = 0;
  for (let b = 0; b < B; b++) {
    let next = b * A * M;
    if (discount[b] !== 0) {
      if (selectionQ === null) for (let a = 0; a < A; a++) nextQ[a] = laneMean(nextQuantiles, next + a * M, M);
      next += M * (selectionQ === null ? selectAction(nextQ, 0, A) : selectAction(selectionQ, b * A, A));
    }
    const row = b * A * N;
    const taken = row + action[b] * N;
    const scale = f(f(weight[b] / B) / M);
    dQuantiles.fill(0, row, row + A * N);
    for (let i = 0; i < N; i++) {
      const tau = fractions === null ? f((i + 0.5) / N) : fractions[b * N + i];
      let slope = 0;
      losses[i] = 0;
      for (let j = 0; j < M; j++) {
        // After a terminal state the networks' outputs have no meaning; they may be infinite, and 0 times infinity is NaN.
        const target = discount[b] === 0 ? reward[b] : f(reward[b] + f(discount[b] * nextQuantiles[next + j]));
        const u = f(target - quantiles[taken + i]);
        const size = Math.abs(u);
        const s = Math.min(f(size * inverse), 1);
        // The derivative by the quantile: a target above pulls it up by tau, one below pulls it down by 1 - tau.
        const pull = f((u < 0 ? f(1 - tau) : -tau) * s);
        slope = f(slope + pull);
        losses[i] = losses[i] + f(Math.abs(pull) * f(size - f(half * s)));
      }
      dQuantiles[taken + i] = f(slope * scale);
    }
    const loss = f(sumInLanes(N, (i) => losses[i]) / M);
    absError[b] = loss;
    lossSum += f(loss * weight[b]);
    qSum += laneMean(quantiles, taken, N);
  }
  metrics[0] = lossSum / B;
  metrics[1] = qSum / B;
}
