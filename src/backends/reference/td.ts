// The temporal-difference update of a batch. Letters: B rows, A actions.
//
// target = reward + discount nextQ[a*], a* = argmax of selectionQ (Mnih et al. 2015; van Hasselt et al. 2016, eq. 4)

import type { TdLoss } from "../../operations/value-loss.ts";
import { selectAction } from "./select-action.ts";
import { type RegressionArrays, valueRegression } from "./value-regression.ts";

const f = Math.fround;

/**
 * Arrays of one update: those of a regression, and the inputs of its targets. Values are [B, A], the rest [B]; `target` is
 * written.
 */
export interface TdArrays extends RegressionArrays {
  readonly nextQ: Float32Array;
  readonly selectionQ: Float32Array;
  readonly reward: Float32Array;
  readonly discount: Float32Array;
}

export function tdUpdate(B: number, A: number, loss: TdLoss, arrays: TdArrays): void {
  const { nextQ, selectionQ, reward, discount, target } = arrays;
  for (let b = 0; b < B; b++) {
    target[b] = reward[b];
    // After a terminal state the networks' outputs have no meaning; they may be infinite, and 0 times infinity is NaN.
    if (discount[b] === 0) continue;
    target[b] = f(reward[b] + f(discount[b] * nextQ[b * A + selectAction(selectionQ, b * A, A)]));
  }
  valueRegression(B, A, loss, arrays);
}
