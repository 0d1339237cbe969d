// Action distributions: draws, ln pi(action), entropies, divergences, and gradients by the parameters of a distribution.
// Networks compute the parameters, one row per observation.
//
// Letters: B rows, P numbers per action, L logits, D dimensions of a Gaussian. Actions are stored as they were drawn: an
// index for every choice, 0 or 1 for every bit, the number of the Gaussian before bounds or tanh. f means fround. Sums over
// the parts of an action run in order from 0.

import type { RandomStream, Tensor } from "./handles.ts";

/** P independent choices, each among its own numbered options. Discrete actions have one choice, MultiDiscrete several. */
export interface CategoricalDistribution {
  readonly family: "categorical";
  /** [B, L] logits; the logits of one choice lie side by side. */
  readonly logits: Tensor;
  /** [1, P] number of options of each choice; the numbers sum to L. */
  readonly choices: Tensor;
  /**
   * [B, L], 0 where an option is forbidden. A forbidden option has probability 0, and its logit gradient 0. Every choice has
   * at least one allowed option. Null: all options are allowed.
   */
  mask: Tensor | null;
  /** [B, L], written by `gradient`; null when nothing is trained. */
  readonly dLogits: Tensor | null;
}

/** L independent bits. A bit is 1 with probability sigmoid(logit). */
export interface BernoulliDistribution {
  readonly family: "bernoulli";
  /** [B, L] */
  readonly logits: Tensor;
  /** [B, L], written by `gradient`; null when nothing is trained. */
  readonly dLogits: Tensor | null;
}

/** D independent normal numbers u. */
export interface GaussianDistribution {
  readonly family: "gaussian";
  /** True: the action is tanh(u). It is stored as u all the same. */
  readonly squashed: boolean;
  /** "shared": one row of deviations for all rows. "per-row": a row of deviations for each row. */
  readonly deviations: "shared" | "per-row";
  /** [B, D] */
  readonly mean: Tensor;
  /** ln of the standard deviations: [1, D] when they are shared, else [B, D]. */
  readonly logDeviation: Tensor;
  /** [B, D], written by `gradient`; null when nothing is trained. */
  readonly dMean: Tensor | null;
  /** Shaped as `logDeviation`, written by `gradient` (shared: the sum over B, in order); null when nothing is trained. */
  readonly dLogDeviation: Tensor | null;
}

/** A distribution that a policy draws its actions from. */
export type ActionDistribution = CategoricalDistribution | BernoulliDistribution | GaussianDistribution;

export interface ActionDistributionOperations {
  /**
   * Draws an action for each of the first `rows` rows. Without a stream it takes the most probable action.
   * - categorical: every choice as `RandomOperations.categorical` draws at temperature 1; without a stream as
   *   `RowOperations.argmax` takes it;
   * - Bernoulli: 1 where u < sigmoid(logit), one draw u for each bit; without a stream 1 where the logit is above 0;
   * - Gaussian: mean + exp(logDeviation) z, z as `fillNormal` fills D numbers; without a stream the mean.
   * @param stream null: the most probable action
   * @param action [B, P], written
   */
  sample(stream: RandomStream | null, rows: number, distribution: ActionDistribution, action: Tensor): void;

  /**
   * Computes ln pi(action) and the entropy H of each row, both sums over the parts of an action.
   * - categorical, m the largest allowed logit x and S the sum of exp(x - m) in order: ln p = (x - m) - ln S,
   *   H = -sum of p ln p over p other than 0;
   * - Bernoulli, softplus(x) = max(x, 0) + ln(1 + exp(-|x|)): ln p = x - softplus(x) of 1, -softplus(x) of 0;
   *   H = softplus(x) - x sigmoid(x);
   * - Gaussian, s = logDeviation, z = (u - mean) / exp(s): ln p = (-z^2 / 2 - s) - ln(2 pi) / 2, H = s + ln(2 pi e) / 2;
   *   squashed (Haarnoja et al. 2018, appendix C): ln p - c and H + c with c = ln(1 - tanh(u)^2) = 2 ((ln 2 - u) -
   *   softplus(-2 u)). The squashed entropy has no closed form: H + c is its estimate from the action.
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
   * Computes the gradient of sum over b of (dLogProbability[b] ln pi(action[b]) + dEntropy H[b]) by the parameters of the
   * distribution, and writes it into the distribution.
   * - categorical: dLogProbability (1[taken] - p) - dEntropy p (ln p + H); the second term is 0 for dEntropy 0, whatever p;
   * - Bernoulli: dLogProbability (action - p) - dEntropy x p (1 - p);
   * - Gaussian: mean: dLogProbability z / exp(s); s: dLogProbability (z^2 - 1) + dEntropy. Squashed: the estimate of the
   *   entropy changes with u = mean + exp(s) noise. This adds -2 (dEntropy t) to the mean's gradient, and that times
   *   (u - mean) to the gradient of s, with t = tanh(u) = 1 - 2 / (exp(2 u) + 1).
   */
  gradient(
    rows: number,
    distribution: ActionDistribution,
    action: Tensor,
    dLogProbability: Tensor,
    dEntropy: number,
  ): void;

  /**
   * KL(from || to) of each row: sum over actions of pi_from (ln pi_from - ln pi_to), exact for every family. Both
   * distributions have the same family and the same mask. Squashing does not change the divergence.
   * @param divergence [B, 1], written
   */
  divergence(rows: number, from: ActionDistribution, to: ActionDistribution, divergence: Tensor): void;

  /**
   * Multiplies the Fisher information of each row's distribution by a change t of its parameters, and divides by B. t lies
   * in the tensors that `gradient` writes; the product replaces t:
   * - categorical: p (t - sum of p t) / B, the sum in order over p other than 0; 0 for a forbidden option;
   * - Bernoulli: p (1 - p) t / B;
   * - Gaussian, squashed or not: mean: t / exp(s)^2 / B; s: 2 t / B; shared s: 2 t, the sum over B.
   * The matrix is the second derivative of the mean of `divergence` at equal policies (Schulman et al. 2015, appendix C).
   */
  fisherProduct(rows: number, distribution: ActionDistribution): void;
}
