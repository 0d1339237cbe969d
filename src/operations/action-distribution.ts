// Distributions of actions: draws, ln pi(action), entropies, divergences, and their gradients by the distribution's
// parameters. Networks give the parameters, row by row.
//
// Letters: B rows, P numbers per action, L logits, D dimensions of a Gaussian. Actions are stored as what was drawn:
// an index for every choice, 0 or 1 for every bit, the Gaussian's own number (before bounds or tanh). f means fround; sums
// over the parts of an action run in order from 0.

import type { RandomStream, Tensor } from "./handles.ts";

/** P choices, each among numbered options of its own and apart from the others: one for Discrete, several for MultiDiscrete. */
export interface CategoricalDistribution {
  readonly family: "categorical";
  /** [B, L] logits, those of one choice side by side. */
  readonly logits: Tensor;
  /** [1, P]: how many logits each choice has; they sum to L. */
  readonly choices: Tensor;
  /**
   * [B, L], 0 where an option is not allowed: it has no probability then, and its logit no gradient. At least one of every
   * choice is allowed. Null: all are.
   */
  mask: Tensor | null;
  /** [B, L], written by `gradient`; null where nothing is trained. */
  readonly dLogits: Tensor | null;
}

/** L independent bits, each 1 with probability sigmoid(logit). */
export interface BernoulliDistribution {
  readonly family: "bernoulli";
  /** [B, L] */
  readonly logits: Tensor;
  /** [B, L], written by `gradient`; null where nothing is trained. */
  readonly dLogits: Tensor | null;
}

/** D independent normal numbers u; where it is squashed the action is tanh(u), stored as u. */
export interface GaussianDistribution {
  readonly family: "gaussian";
  readonly squashed: boolean;
  /** Whether all rows have the same deviations, in a single row, or each row has its own. */
  readonly deviations: "shared" | "per-row";
  /** [B, D] */
  readonly mean: Tensor;
  /** ln of the standard deviations, [B, D]; [1, D] where they are shared. */
  readonly logDeviation: Tensor;
  /** [B, D], written by `gradient`; null where nothing is trained. */
  readonly dMean: Tensor | null;
  /** As `logDeviation`, written by `gradient`; of shared deviations the sum over B, in order. */
  readonly dLogDeviation: Tensor | null;
}

export type ActionDistribution = CategoricalDistribution | BernoulliDistribution | GaussianDistribution;

export interface ActionDistributionOperations {
  /**
   * Draws an action for each of the first `rows` rows; without a stream takes the most probable one.
   * - categorical: every choice as `RandomOperations.categorical` draws at temperature 1, or as `RowOperations.argmax` takes
   *   it;
   * - Bernoulli: 1 where u < sigmoid(logit), one draw u for each bit; or where the logit is above 0;
   * - Gaussian: mean + exp(logDeviation) z, z as `fillNormal` fills D numbers; or the mean.
   * @param action [B, P], written
   */
  sample(stream: RandomStream | null, rows: number, distribution: ActionDistribution, action: Tensor): void;

  /**
   * ln pi(action) and the entropy of each row, sums over the parts of an action.
   * - categorical, m the largest allowed logit x and S the sum of exp(x - m) in order: ln p = (x - m) - ln S,
   *   H = -sum of p ln p over p other than 0;
   * - Bernoulli, softplus(x) = max(x, 0) + ln(1 + exp(-|x|)): ln p = x - softplus(x) of 1, -softplus(x) of 0;
   *   H = softplus(x) - x sigmoid(x);
   * - Gaussian, z = (u - mean) / exp(s): ln p = (-z^2 / 2 - s) - ln(2 pi) / 2, H = s + ln(2 pi e) / 2; squashed (Haarnoja et
   *   al. 2018, appendix C) ln p - c, H + c with c = ln(1 - tanh(u)^2) = 2 ((ln 2 - u) - softplus(-2 u)): the entropy has no
   *   closed form, this is its estimate from the action itself.
   * @param logProbability, entropy [B, 1], written
   */
  evaluate(
    rows: number,
    distribution: ActionDistribution,
    action: Tensor,
    logProbability: Tensor,
    entropy: Tensor,
  ): void;

  /**
   * Gradient of sum over b of (dLogProbability[b] ln pi(action[b]) + dEntropy H[b]) by the distribution's parameters, which
   * is written into the distribution.
   * - categorical: dLogProbability (1[taken] - p) - dEntropy p (ln p + H), the latter 0 where dEntropy is, whatever p;
   * - Bernoulli: dLogProbability (action - p) - dEntropy x p (1 - p);
   * - Gaussian: mean: dLogProbability z / exp(s); s: dLogProbability (z^2 - 1) + dEntropy. Squashed, the entropy's estimate
   *   moves with u = mean + exp(s) noise: -2 (dEntropy t) beside the mean's, that times (u - mean) beside that of s, with
   *   t = tanh(u) = 1 - 2 / (exp(2 u) + 1).
   */
  gradient(
    rows: number,
    distribution: ActionDistribution,
    action: Tensor,
    dLogProbability: Tensor,
    dEntropy: number,
  ): void;

  /**
   * KL(from || to) of each row: sum over actions of pi_from (ln pi_from - ln pi_to), exact for every family.
   * Both are of one family, with the same mask; squashing does not change it.
   * @param divergence [B, 1], written
   */
  divergence(rows: number, from: ActionDistribution, to: ActionDistribution, divergence: Tensor): void;

  /**
   * The Fisher information of each row's distribution, times a change t of its parameters, over B: what lies where
   * `gradient` writes becomes
   * - categorical: p (t - sum of p t) / B, the sum in order over p other than 0; 0 where an option is not allowed;
   * - Bernoulli: p (1 - p) t / B;
   * - Gaussian, squashed or not: mean: t / exp(s)^2 / B; s: 2 t / B, of shared deviations 2 t, the sum over B.
   * It is the second derivative of the mean of `divergence` at equal policies (Schulman et al. 2015, appendix C).
   */
  fisherProduct(rows: number, distribution: ActionDistribution): void;
}
