// Losses of action values, in one pass over a batch: temporal-difference (TD) targets, the error of the values of the
// actions taken, its gradient, and the errors for priorities. Letters: B rows, A actions.

import type { Batch, Tensor } from "./handles.ts";

/** Loss of a TD error: "mse" is error^2; "huber" grows linearly beyond an error of 1. */
export type TdLoss = "mse" | "huber";

/** Columns of the metrics of a value loss, [1, 2]: the loss, and the mean value of the actions taken. */
export const ValueMetric: { readonly loss: 0; readonly meanQ: 1 } = { loss: 0, meanQ: 1 };
/** Number of these columns. */
export const VALUE_METRICS = 2;

/** Inputs and outputs of `regression`. */
export interface ValueRegression {
  /** [B, A] action values of the observations. */
  readonly q: Tensor;
  /** [B, 1] actions taken; only their values are learned. */
  readonly action: Tensor;
  /** [B, 1] targets for the values of these actions. */
  readonly target: Tensor;
  /** [B, 1] importance weights; null: all 1. */
  readonly weight: Tensor | null;
  readonly loss: TdLoss;
  /** [B, A], written: gradient of the loss by q. */
  readonly dQ: Tensor;
  /** [B, 1], written: |q - target|, without weight. */
  readonly absError: Tensor;
  /** [1, 2], written: see `ValueMetric`. */
  readonly metrics: Tensor;
}

/** Inputs and outputs of `td`. */
export interface TdUpdate {
  /** [B, A] action values of the observations, from the online network. */
  readonly q: Tensor;
  /** [B, A] action values of the next observations, from the target network. */
  readonly nextQ: Tensor;
  /** [B, A] values whose argmax is the next action. Double DQN: those of the online network. Null: nextQ itself. */
  readonly selectionQ: Tensor | null;
  readonly batch: Batch;
  readonly loss: TdLoss;
  /** [B, A], written: gradient of the loss by q. */
  readonly dQ: Tensor;
  /** [B, 1], written: the targets. */
  readonly target: Tensor;
  /** [B, 1], written: |q - target|, without weight. */
  readonly absError: Tensor;
  /** [1, 2], written: see `ValueMetric`. */
  readonly metrics: Tensor;
}

/** Inputs and outputs of `munchausen`. The policy of the next state follows from `nextQ`, so that there is no `selectionQ`. */
export interface MunchausenUpdate extends Omit<TdUpdate, "selectionQ"> {
  /** [B, A] action values of the observations, from the target network. */
  readonly policyQ: Tensor;
  /** Weight of the scaled log-policy in the reward, the paper's alpha. 0: the reward is not changed. */
  readonly alpha: number;
  /** Temperature of the policy softmax(q / temperature), the paper's tau; above 0 in float32. */
  readonly temperature: number;
  /** Smallest scaled log-policy, the paper's l0; at most 0. */
  readonly clip: number;
}

export interface ValueLossOperations {
  /**
   * Loss and gradient of DQN (Mnih et al. 2015) or double DQN (van Hasselt et al. 2016, eq. 4), in one pass over the batch:
   * target = reward + discount nextQ[a*], a* = argmax of selectionQ (first on ties); error = q[action] - target;
   * loss = mean of weight x (error^2, or Huber with delta 1); dQ is its gradient, 0 for actions not taken.
   * Loss and mean q are summed in float64, in batch order.
   */
  td(rows: number, update: TdUpdate): void;

  /**
   * `td` with the targets of Munchausen-DQN (Vieillard et al. 2020, section 2). The policy is pi = softmax(q / tau) of the
   * target network's values; pi' is that of the next observation:
   * target = reward + alpha max(tau ln pi(action), clip) + discount sum over a of pi'(a) (nextQ[a] - tau ln pi'(a)).
   * With m = max q and S = sum of exp((q - m) / tau), in column order: tau ln pi(a) = (q[a] - m) - tau ln S, which is never
   * above 0, and the sum over a is m' + tau ln S'.
   */
  munchausen(rows: number, update: MunchausenUpdate): void;

  /** Loss and gradient for given targets: error = q[action] - target; loss, dQ, absError and metrics as in `td`. */
  regression(rows: number, update: ValueRegression): void;
}
