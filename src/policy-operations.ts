// What agents that learn a policy compute: draws from action distributions, ln pi(action), entropies and their gradients
// by the distribution's parameters, and the losses of policy and value. Networks give the parameters, row by row.
//
// Letters: B rows, P numbers per action, L logits, D dimensions of a Gaussian. Actions are stored as what was drawn:
// an index for every choice, 0 or 1 for every bit, the Gaussian's own number (before bounds or tanh). f means fround; sums
// over the parts of an action run in order from 0.

import type { Parameters, RandomStream, Tensor } from "./backend.ts";

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
  /** [B, D] */
  readonly mean: Tensor;
  /** ln of the standard deviations, [B, D]; with a single row [1, D] the same for all B. */
  readonly logDeviation: Tensor;
  /** [B, D], written by `gradient`; null where nothing is trained. */
  readonly dMean: Tensor | null;
  /** As `logDeviation`, written by `gradient`: of a single row the sum over B, in order. */
  readonly dLogDeviation: Tensor | null;
}

/**
 * How the deviations of a Gaussian follow from features z of the state (generalised state-dependent exploration, Raffin et al.
 * 2021, https://arxiv.org/abs/2005.05719). An action is u = mean + z E, the numbers of the exploration matrix E [H, D] normal
 * and drawn every now and then; to whoever does not know E, u is normal again. Features are constants to all gradients.
 */
export interface StateNoise {
  /** ln of the deviations of E's numbers: spec `logStd` of a block, [H, C]; C = D, or 1 where all D share them. */
  readonly parameters: Parameters;
  readonly logStd: number;
  /** exp(2 log_std), written by `stateDeviations`: a block of that one spec. */
  readonly variances: Parameters;
  /** ln of the deviations of u, [B, D]. */
  readonly logDeviation: Tensor;
  /** As `logDeviation`; null where nothing is trained. */
  readonly dLogDeviation: Tensor | null;
  /** As `parameters`; null where nothing is trained. */
  readonly gradients: Parameters | null;
}

export type ActionDistribution = CategoricalDistribution | BernoulliDistribution | GaussianDistribution;

/** Columns of the metrics of policy agents, [1, POLICY_METRICS]. `clipGradientNorm` writes its own two, as in `Metric`. */
export const PolicyMetric: {
  readonly policyLoss: 0;
  readonly valueLoss: 1;
  readonly gradientNorm: 2;
  readonly clipFactor: 3;
  readonly entropy: 4;
  readonly approximateKl: 5;
  readonly clipFraction: 6;
} = {
  policyLoss: 0,
  valueLoss: 1,
  gradientNorm: 2,
  clipFactor: 3,
  entropy: 4,
  approximateKl: 5,
  clipFraction: 6,
};
export const POLICY_METRICS = 7;

/** Inputs and outputs of `policyLoss`; all but metrics [B, 1]. */
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
  /** [1, POLICY_METRICS]; policyLoss, entropy, approximateKl and clipFraction are written. */
  readonly metrics: Tensor;
}

/** Inputs and outputs of `valueLoss`; all but metrics [B, 1]. */
export interface ValueLoss {
  readonly value: Tensor;
  /** What the values should be. */
  readonly target: Tensor;
  /** Values when the actions were taken, where changes are clipped; null: none are. */
  readonly oldValue: Tensor | null;
  /** The largest change that is learned from. */
  clip: number;
  /** Factor of the gradient. */
  readonly weight: number;
  /** Written: gradient of weight x loss by the values. */
  readonly dValue: Tensor;
  /** [1, POLICY_METRICS]; valueLoss is written. */
  readonly metrics: Tensor;
}

export interface PolicyOperations {
  /**
   * Draws an action for each of the first `rows` rows; without a stream takes the most probable one.
   * - categorical: every choice as `sampleCategorical` draws at temperature 1, or as `argmax` takes it;
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
   * - Gaussian, squashed or not: mean: t / exp(s)^2 / B; s: 2 t / B, of a single row 2 t, the sum over B.
   * It is the second derivative of the mean of `divergence` at equal policies (Schulman et al. 2015, appendix C).
   */
  fisherProduct(rows: number, distribution: ActionDistribution): void;

  /**
   * An exploration matrix, spec `index` [H, D] of `matrices`: E[h, d] = exp(log_std[h, d]) n. The normal numbers n are drawn
   * for one d after the other, as `fillNormal` fills H numbers.
   */
  drawExploration(stream: RandomStream, noise: StateNoise, matrices: Parameters, index: number): void;

  /**
   * u[b, d] += sum over h of z[b, h] E[h, d], with the matrix (first + b) modulo their number. Sums over h, here and below:
   * lane l of 4 takes features l, l + 4, ... from 0; then (l0 + l2) + (l1 + l3).
   * @param features z, [B, H]
   * @param action [B, D], the means; overwritten
   */
  explore(rows: number, features: Tensor, matrices: Parameters, first: number, action: Tensor): void;

  /** logDeviation[b, d] = ln(1e-6 + sum over h of z[b, h]^2 exp(2 log_std[h, d])) / 2; of a sum that is not finite itself. */
  stateDeviations(rows: number, features: Tensor, noise: StateNoise): void;

  /**
   * Gradient of log_std from that of the logarithms s of the deviations, for the deviations last computed:
   * exp(2 log_std[h, c]) times the sum over the d of c, then over b, of z[b, h]^2 w[b, d], with w = dLogDeviation / exp(s)^2,
   * which takes its place.
   */
  stateDeviationsGradient(rows: number, features: Tensor, noise: StateNoise): void;

  /**
   * How s moves when log_std does by t, spec `logStd` of `direction`, per unit of it:
   * dLogDeviation[b, d] = (sum over h of z[b, h]^2 exp(2 log_std[h, d]) t[h, d]) / exp(s)^2; t becomes exp(2 log_std) t.
   */
  stateDeviationsTangent(rows: number, features: Tensor, noise: StateNoise, direction: Parameters): void;

  /**
   * y = scaleY y + scaleX x, of blocks with the same specs, number by number; both scales are rounded to f32 first, and
   * finite. With `dot`, what a search along a direction is made of.
   */
  combine(y: Parameters, scaleY: number, x: Parameters, scaleX: number): void;

  /**
   * Sum of x y over blocks with the same specs, in float64 and rounded at the end. Order: lane l of 4 takes elements
   * l, l + 4, ... of the block as stored (see backends/parameter-layout.ts); then (l0 + l2) + (l1 + l3).
   * @param result [1, columns], written in `column`
   */
  dot(x: Parameters, y: Parameters, result: Tensor, column: number): void;

  /**
   * x = (x - mean) / (deviation + 1e-8), the deviation unbiased (B - 1 in the denominator), computed in float64 and rounded
   * at the end; a single row is left alone.
   * @param x [B, 1]
   */
  standardize(rows: number, x: Tensor): void;

  /**
   * The clipped surrogate (Schulman et al. 2017, https://arxiv.org/abs/1707.06347, eq. 7), ratio = exp(d),
   * d = logProbability - oldLogProbability, A the advantage:
   * loss = -mean of min(ratio A, clamp(ratio, 1 - clip, 1 + clip) A); its gradient is 0 where the second is the smaller.
   * approximateKl = mean of (ratio - 1) - d (Schulman 2020, http://joschu.net/blog/kl-approx.html), clipFraction = share of
   * |ratio - 1| > clip, entropy = mean of entropy. Without old ones loss = -mean of A logProbability, approximateKl and
   * clipFraction 0. Sums in float64, in batch order.
   */
  policyLoss(rows: number, loss: PolicyLoss): void;

  /**
   * loss = mean of error^2, error = value - target. Clipped (Engstrom et al. 2020): where the value is further than `clip`
   * from the old one, error^2 is the larger of it and that of the value at the limit, whose gradient is 0.
   * Sum in float64, in batch order.
   */
  valueLoss(rows: number, loss: ValueLoss): void;
}
