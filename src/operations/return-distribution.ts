// Distributions of returns, which some agents learn instead of the mean: probabilities of fixed returns
// (C51), or returns of fixed or drawn probabilities (QR-DQN, IQN).
//
// Letters: B rows (the batch), A actions, N atoms: the numbers that describe one action's distribution. Outputs of networks
// are [B, A N], output unit = action x N + atom. A, and N where it is not given, follow from the columns of the tensors.
// "in lanes" is an order of summation: lane l of 4 takes atoms l, l + 4, ... from 0; then (l0 + l2) + (l1 + l3).

import type { Batch, Tensor } from "./handles.ts";

/** Inputs and outputs that every update of a distribution has. */
interface DistributionUpdate {
  /** [B, A] values whose argmax selects the next action (first on ties); null: the next outputs' own values. */
  readonly selectionQ: Tensor | null;
  readonly batch: Batch;
  /** [B, 1], written: the error that a priority is made of; at least 0, without importance weight. */
  readonly absError: Tensor;
  /** [1, 2], written: loss and mean taken q (see `ValueMetric`), summed in float64 in batch order. */
  readonly metrics: Tensor;
}

/** Inputs and outputs of `categorical`. */
export interface CategoricalUpdate extends DistributionUpdate {
  /** [B, A N] online network for the observations. */
  readonly logits: Tensor;
  /** [B, A N] target network for the next observations. */
  readonly nextLogits: Tensor;
  /** Lowest and highest return that the atoms stand for; low < high. */
  readonly low: number;
  readonly high: number;
  /** N, at least 2. */
  readonly atoms: number;
  /** [B, A N], written: gradient of the loss by the logits, 0 for actions not taken. */
  readonly dLogits: Tensor;
}

/** Inputs and outputs of `quantile`. N quantiles of the online network, N' (count and order free) of the target's. */
export interface QuantileUpdate extends DistributionUpdate {
  /** [B, A N] online network for the observations. */
  readonly quantiles: Tensor;
  /** [B, A N'] target network for the next observations. */
  readonly nextQuantiles: Tensor;
  /** [B, N] the fraction tau that each quantile stands for; null: midpoints (i + 1/2) / N (Dabney et al. 2018a, lemma 2). */
  readonly fractions: Tensor | null;
  /** N, at least 1. */
  readonly count: number;
  /** N', at least 1. */
  readonly nextCount: number;
  /** Width of the Huber loss's parabola, at least 0; 0: the plain quantile loss. */
  readonly kappa: number;
  /** [B, A N], written: gradient of the loss by the quantiles, 0 for actions not taken. */
  readonly dQuantiles: Tensor;
}

export interface ReturnDistributionOperations {
  /**
   * q[b, a] = sum over i of p_i z_i, p = softmax(logits[b, a]), z_i = low + i (high - low) / (N - 1).
   * Computed as sum(e_i z_i) / sum(e_i), e_i = exp(logit_i - largest logit), both sums in lanes.
   * @param q [B, A], written
   */
  categoricalValues(rows: number, logits: Tensor, low: number, high: number, atoms: number, q: Tensor): void;

  /**
   * The categorical algorithm (Bellemare et al. 2017, algorithm 1, https://arxiv.org/abs/1707.06887):
   * m = projection of clip(reward + discount z) under the target network's p(next, a*) onto the atoms;
   * loss = mean of weight x cross-entropy(m, p(taken)); its gradient is weight / B (p - m).
   * A target on an atom gives it all of its mass; discount 0 reads nothing of the next state.
   *
   * absError is the Kullback-Leibler divergence of p from m, the priority of Rainbow (Hessel et al. 2018, section
   * "Integrated Agent"): the cross-entropy less what no prediction can save. Rounding below 0 becomes 0.
   * Masses are added in the order of the next atoms, lower neighbour first; cross-entropy and divergence in lanes.
   */
  categorical(rows: number, update: CategoricalUpdate): void;

  /**
   * Quantile Huber regression (Dabney et al. 2018a, eq. 9 and 10, algorithm 1, https://arxiv.org/abs/1710.10044):
   * u_ij = reward + discount next_j - quantile_i; loss of a sample = sum over i, mean over j, of
   * |tau_i - 1[u_ij < 0]| Huber_kappa(u_ij) / kappa; loss = mean of weight x loss of the sample.
   * With s = min(|u| / kappa, 1), Huber_kappa(u) / kappa is s (|u| - kappa s / 2) and its slope by |u| is s.
   * discount 0 reads nothing of the next state: every target is the reward.
   *
   * absError is the loss of the sample, unweighted: what the algorithm minimises, as Rainbow's priority is.
   * Sums over j run in order, per i; the sum over i in lanes.
   */
  quantile(rows: number, update: QuantileUpdate): void;

  /**
   * features[b N + n, i] = cos(pi i fractions[b, n]), i = 0 .. columns - 1 (Dabney et al. 2018b, eq. 4,
   * https://arxiv.org/abs/1806.06923). One cosine per fraction, the others by cos((i + 1) x) = 2 cos(x) cos(i x) -
   * cos((i - 1) x), all in float64 (off by less than 1e-11 at i = 63), then rounded.
   * @param fractions [B, N] @param features [B N, columns], written; at least 2 columns
   */
  cosineFeatures(rows: number, fractions: Tensor, features: Tensor): void;
}
