// Losses of a policy and of the value beside it. Letters: B rows. Sums run in float64, in batch order.

import type { Tensor } from "./handles.ts";

/** Columns of the metrics of `surrogate`, [1, 4]. */
export const SurrogateMetric: {
  readonly loss: 0;
  readonly entropy: 1;
  readonly approximateKl: 2;
  readonly clipFraction: 3;
} = { loss: 0, entropy: 1, approximateKl: 2, clipFraction: 3 };
export const SURROGATE_METRICS = 4;

/** Inputs and outputs of `surrogate`; all but metrics [B, 1]. */
export interface PolicyLoss {
  /** ln pi(action) under the policy that is trained. */
  readonly logProbability: Tensor;
  /** Under the policy that acted; null: plain policy gradient, without ratio and clipping. */
  readonly oldLogProbability: Tensor | null;
  readonly advantage: Tensor;
  readonly entropy: Tensor;
  /** How far the ratio may go from 1 before its gradient ends; ignored without old log-probabilities. */
  clip: number;
  /** Written: gradient of the loss by the log-probabilities. */
  readonly dLogProbability: Tensor;
  /** [1, 4], written: see `SurrogateMetric`. */
  readonly metrics: Tensor;
}

/** Inputs and outputs of `value`; all but metrics [B, 1]. */
export interface ValueLoss {
  readonly value: Tensor;
  /** Targets of the values. */
  readonly target: Tensor;
  /** Values when the actions were taken, where changes are clipped; null: none are. */
  readonly oldValue: Tensor | null;
  /** The largest change that is learned from. */
  clip: number;
  /** Factor of the gradient. */
  readonly weight: number;
  /** Written: gradient of weight x loss by the values. */
  readonly dValue: Tensor;
  /** [1, 1], written: the loss, without weight. */
  readonly metrics: Tensor;
}

export interface PolicyLossOperations {
  /**
   * The clipped surrogate (Schulman et al. 2017, https://arxiv.org/abs/1707.06347, eq. 7), ratio = exp(d),
   * d = logProbability - oldLogProbability, A the advantage:
   * loss = -mean of min(ratio A, clamp(ratio, 1 - clip, 1 + clip) A); its gradient is 0 where the second is the smaller.
   * approximateKl = mean of (ratio - 1) - d (Schulman 2020, http://joschu.net/blog/kl-approx.html), clipFraction = share of
   * |ratio - 1| > clip, entropy = mean of entropy. Without old ones loss = -mean of A logProbability, approximateKl and
   * clipFraction 0.
   */
  surrogate(rows: number, loss: PolicyLoss): void;

  /**
   * loss = mean of error^2, error = value - target. Clipped (Engstrom et al. 2020): where the value is further than `clip`
   * from the old one, error^2 is the larger of it and that of the value at the limit, whose gradient is 0.
   */
  value(rows: number, loss: ValueLoss): void;
}
