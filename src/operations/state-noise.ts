// State-dependent exploration (gSDE): noise of a policy that is a function of the state's features.
//
// Letters: B rows, H features, D dimensions of an action, C columns of log_std. f means fround. Sums over h: lane l of 4 takes
// features l, l + 4, ... from 0; then (l0 + l2) + (l1 + l3).

import type { Parameters, RandomStream, Tensor } from "./handles.ts";

/**
 * How the deviations of a Gaussian follow from features z of the state (generalised state-dependent exploration, Raffin et al.
 * 2021, https://arxiv.org/abs/2005.05719). An action is u = mean + z E, the numbers of the exploration matrix E [H, D] normal
 * and drawn every now and then; to whoever does not know E, u is normal again. Features are constants to all gradients.
 */
export interface StateNoise {
  /** ln of the deviations of E's numbers: spec `logStd` of a block, [H, C]; C = D, or 1 where all D share them. */
  readonly parameters: Parameters;
  readonly logStd: number;
  /** exp(2 log_std), written by `deviations`: a block of that one spec. */
  readonly variances: Parameters;
  /** ln of the deviations of u, [B, D]. */
  readonly logDeviation: Tensor;
  /** As `logDeviation`; null where nothing is trained. */
  readonly dLogDeviation: Tensor | null;
  /** As `parameters`; null where nothing is trained. */
  readonly gradients: Parameters | null;
}

export interface StateNoiseOperations {
  /**
   * An exploration matrix, spec `index` [H, D] of `matrices`: E[h, d] = exp(log_std[h, d]) n. The normal numbers n are drawn
   * for one d after the other, as `fillNormal` fills H numbers.
   */
  draw(stream: RandomStream, noise: StateNoise, matrices: Parameters, index: number): void;

  /**
   * u[b, d] += sum over h of z[b, h] E[h, d], with the matrix (first + b) modulo their number.
   * @param features z, [B, H]
   * @param action [B, D], the means; overwritten
   */
  explore(rows: number, features: Tensor, matrices: Parameters, first: number, action: Tensor): void;

  /** logDeviation[b, d] = ln(1e-6 + sum over h of z[b, h]^2 exp(2 log_std[h, d])) / 2; of a sum that is not finite itself. */
  deviations(rows: number, features: Tensor, noise: StateNoise): void;

  /**
   * Gradient of log_std from that of the logarithms s of the deviations, for the deviations last computed:
   * exp(2 log_std[h, c]) times the sum over the d of c, then over b, of z[b, h]^2 w[b, d], with w = dLogDeviation / exp(s)^2,
   * which takes its place.
   */
  deviationsGradient(rows: number, features: Tensor, noise: StateNoise): void;

  /**
   * How s moves when log_std does by t, spec `logStd` of `direction`, per unit of it:
   * dLogDeviation[b, d] = (sum over h of z[b, h]^2 exp(2 log_std[h, d]) t[h, d]) / exp(s)^2; t becomes exp(2 log_std) t.
   */
  deviationsTangent(rows: number, features: Tensor, noise: StateNoise, direction: Parameters): void;
}
