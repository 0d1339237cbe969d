// Losses of a policy and of its value function. Letters: B rows. Sums run in float64, in batch order.

import type { Tensor } from "./handles.ts";

/** Columns of the metrics of `surrogate`, [1, 4]; `PolicyLossOperations.surrogate` defines them. */
export const SurrogateMetric: {
  readonly loss: 0;
  readonly entropy: 1;
  readonly approximateKl: 2;
  readonly clipFraction: 3;
} = { loss: 0, entropy: 1, approximateKl: 2, clipFraction: 3 };
/** Number of these columns. */
export const SURROGATE_METRICS = 4;

/** Inputs and outputs of `surrogate`. All tensors but metrics are [B, 1]. */
export interface PolicyLoss {
  /** ln pi(action) under the policy that is trained. */
  readonly logProbability: Tensor;
  /** ln pi(action) under the policy that acted. Null: a plain policy gradient, without ratio and clipping. */
  readonly oldLogProbability: Tensor | null;
  readonly advantage: Tensor;
  /** Entropy of the trained policy; only read for the metrics. */
  readonly entropy: Tensor;
  /** Distance from 1 at which the ratio is clipped; ignored without old log-probabilities. */
  clip: number;
  /** Written: gradient of the loss by the log-probabilities. */
  readonly dLogProbability: Tensor;
  /** [1, 4], written: see `SurrogateMetric`. */
  readonly metrics: Tensor;
}

/** Inputs and outputs of `value`. All tensors but metrics are [B, 1]. */
export interface ValueLoss {
  readonly value: Tensor;
  /** Targets of the values. */
  readonly target: Tensor;
  /** Values at the time of acting, from which changes are clipped. Null: no clipping. */
  readonly oldValue: Tensor | null;
  /** Distance from the old value at which the value is clipped; ignored without old values. */
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
   * loss = -mean of min(ratio A, clamp(ratio, 1 - clip, 1 + clip) A); its gradient is 0 where the second term is the
   * smaller. approximateKl = mean of (ratio - 1) - d (Schulman 2020, http://joschu.net/blog/kl-approx.html), clipFraction =
   * share of rows with |ratio - 1| > clip, entropy = mean of entropy. Without old log-probabilities, loss = -mean of A
   * logProbability, and approximateKl and clipFraction are 0.
   */
  surrogate(rows: number, loss: PolicyLoss): void;

  /**
   * loss = mean of error^2, error = value - target. With old values (Engstrom et al. 2020): where the value is further than
   * `clip` from the old value, the value at that limit has an error^2 too. The larger error^2 counts; that of the limit has
   * gradient 0.
   */
  value(rows: number, loss: ValueLoss): void;
}
