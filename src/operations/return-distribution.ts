// Returns distributions, which some agents learn instead of the mean return: probabilities of fixed returns (C51), or
// returns of fixed or drawn probabilities (QR-DQN, IQN).
//
// Letters: B rows (the batch), A actions, N atoms: the numbers that describe the distribution of one action. Outputs of
// networks are [B, A N], output unit = action x N + atom. A, and N where it is not given, follow from the columns of the
// tensors. "in lanes" is an order of summation: lane l of 4 takes atoms l, l + 4, ... from 0; then (l0 + l2) + (l1 + l3).

import type { Batch, Tensor } from "./handles.ts";

/** Inputs and outputs that every update of a returns distribution has. */
interface DistributionUpdate {
  /** [B, A] values whose argmax (first on ties) is the next action. Null: the values of the target network's own outputs. */
  readonly selectionQ: Tensor | null;
  readonly batch: Batch;
  /** [B, 1], written: the error for a priority; at least 0, without importance weight. */
  readonly absError: Tensor;
  /** [1, 2], written: loss and mean value of the actions taken (see `ValueMetric`), summed in float64 in batch order. */
  readonly metrics: Tensor;
}

/** Inputs and outputs of `categorical`. */
export interface CategoricalUpdate extends DistributionUpdate {
  /** [B, A N] outputs of the online network for the observations. */
  readonly logits: Tensor;
  /** [B, A N] outputs of the target network for the next observations. */
  readonly nextLogits: Tensor;
  /** Return of the first atom; below `high`. */
  readonly low: number;
  /** Return of the last atom. */
  readonly high: number;
  /** Number of atoms N, at least 2. */
  readonly atoms: number;
  /** [B, A N], written: gradient of the loss by the logits, 0 for actions not taken. */
  readonly dLogits: Tensor;
}

/**
 * Inputs and outputs of `quantile`. The online network has N quantiles per action, the target network N'. N' may differ from
 * N, and the target's quantiles may come in any order.
 */
export interface QuantileUpdate extends DistributionUpdate {
  /** [B, A N] outputs of the online network for the observations. */
  readonly quantiles: Tensor;
  /** [B, A N'] outputs of the target network for the next observations. */
  readonly nextQuantiles: Tensor;
  /** [B, N] fraction tau of each quantile. Null: the midpoints (i + 1/2) / N (Dabney et al. 2018a, lemma 2). */
  readonly fractions: Tensor | null;
  /** Quantiles N of the online network, at least 1. */
  readonly count: number;
  /** Quantiles N' of the target network, at least 1. */
  readonly nextCount: number;
  /** Error up to which the Huber loss is a parabola, at least 0. 0: the plain quantile loss. */
  readonly kappa: number;
  /** [B, A N], written: gradient of the loss by the quantiles, 0 for actions not taken. */
  readonly dQuantiles: Tensor;
}

export interface ReturnDistributionOperations {
  /**
   * Mean return of every action:
   * q[b, a] = sum over i of p_i z_i, p = softmax(logits[b, a]), z_i = low + i (high - low) / (N - 1).
   * Computed as sum(e_i z_i) / sum(e_i), e_i = exp(logit_i - largest logit), both sums in lanes.
   * @param q [B, A], written
   */
  categoricalValues(rows: number, logits: Tensor, low: number, high: number, atoms: number, q: Tensor): void;

  /**
   * The categorical algorithm (Bellemare et al. 2017, algorithm 1, https://arxiv.org/abs/1707.06887):
   * m = projection of clip(reward + discount z) under the target network's p(next, a*) onto the atoms;
   * loss = mean of weight x cross-entropy(m, p(taken)); its gradient is weight / B (p - m).
   * A return that falls on an atom gives that atom all of its mass. With discount 0 nothing of the next state is read.
   *
   * absError is the Kullback-Leibler divergence of p from m, the priority of Rainbow (Hessel et al. 2018, section
   * "Integrated Agent"): the cross-entropy minus the entropy of m, which no prediction can avoid. Negative rounding errors
   * become 0.
   * Masses are added in the order of the next atoms, the lower neighbour first; cross-entropy and divergence in lanes.
   */
  categorical(rows: number, update: CategoricalUpdate): void;

  /**
   * Quantile Huber regression (Dabney et al. 2018a, eq. 9 and 10, algorithm 1, https://arxiv.org/abs/1710.10044):
   * u_ij = reward + discount next_j - quantile_i; loss of a sample = sum over i, mean over j, of
   * |tau_i - 1[u_ij < 0]| Huber_kappa(u_ij) / kappa; loss = mean of weight x loss of the sample.
   * With s = min(|u| / kappa, 1), Huber_kappa(u) / kappa is s (|u| - kappa s / 2) and its slope by |u| is s.
   * With discount 0 nothing of the next state is read: every target is the reward.
   *
   * absError is the loss of the sample, without weight. Rainbow's priority, too, is the loss that the algorithm minimises.
   * For each i the sum over j runs in order; the sum over i in lanes.
   */
  quantile(rows: number, update: QuantileUpdate): void;

  /**
   * features[b N + n, i] = cos(pi i fractions[b, n]), i = 0 .. columns - 1 (Dabney et al. 2018b, eq. 4,
   * https://arxiv.org/abs/1806.06923). One cosine is computed per fraction; the others follow from cos((i + 1) x) =
   * 2 cos(x) cos(i x) - cos((i - 1) x). All in float64 (error below 1e-11 at i = 63), then rounded.
   * @param fractions [B, N] @param features [B N, columns], written; at least 2 columns
   */
  cosineFeatures(rows: number, fractions: Tensor, features: Tensor): void;
}
