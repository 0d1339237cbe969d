// State-dependent exploration (gSDE): the noise of a policy is a function of the features of the state.
//
// Letters: B rows, H features, D dimensions of an action, C columns of log_std. f means fround. Sums over h: lane l of 4 takes
// features l, l + 4, ... from 0; then (l0 + l2) + (l1 + l3).

import type { Parameters, RandomStream, Tensor } from "./handles.ts";

/**
 * Parameters and tensors of generalised state-dependent exploration (Raffin et al. 2021, https://arxiv.org/abs/2005.05719).
 * An action is u = mean + z E: z are features of the state, and E [H, D] is an exploration matrix of normal numbers that is
 * drawn from time to time. Seen without knowledge of E, u is normal too, with deviations that depend on z. No gradient
 * flows into z.
 */
export interface StateNoise {
  /** Block that holds log_std, ln of the deviations of E's numbers, [H, C]. C = D, or 1 when all D share them. */
  readonly parameters: Parameters;
  /** Index of the spec of log_std in that block. */
  readonly logStd: number;
  /** exp(2 log_std), written by `deviations`: a block of that one spec. */
  readonly variances: Parameters;
  /** ln of the deviations of u, [B, D]. */
  readonly logDeviation: Tensor;
  /** Gradient by `logDeviation`, [B, D]; null when nothing is trained. */
  readonly dLogDeviation: Tensor | null;
  /** Gradients, laid out as `parameters`; null when nothing is trained. */
  readonly gradients: Parameters | null;
}

export interface StateNoiseOperations {
  /**
   * Draws an exploration matrix into spec `index` [H, D] of `matrices`: E[h, d] = exp(log_std[h, d]) n. The normal numbers n
   * are drawn for one d after the other, as `fillNormal` fills H numbers.
   */
  draw(stream: RandomStream, noise: StateNoise, matrices: Parameters, index: number): void;

  /**
   * u[b, d] += sum over h of z[b, h] E[h, d]. Row b uses matrix (first + b) modulo the number of matrices.
   * @param features z, [B, H]
   * @param action u, [B, D]: the means before, the actions after
   */
  explore(rows: number, features: Tensor, matrices: Parameters, first: number, action: Tensor): void;

  /**
   * logDeviation[b, d] = ln(1e-6 + sum over h of z[b, h]^2 exp(2 log_std[h, d])) / 2; a sum that is not finite takes the
   * place of its logarithm.
   */
  deviations(rows: number, features: Tensor, noise: StateNoise): void;

  /**
   * Computes the gradient by log_std from that by s = logDeviation, for the deviations that `deviations` last computed:
   * exp(2 log_std[h, c]) times the sum over the d of c, then over b, of z[b, h]^2 w[b, d]. Here w is dLogDeviation / exp(s)^2,
   * and overwrites dLogDeviation.
   */
  deviationsGradient(rows: number, features: Tensor, noise: StateNoise): void;

  /**
   * Computes the derivative of s = logDeviation along a direction t of log_std (spec `logStd` of `direction`):
   * dLogDeviation[b, d] = (sum over h of z[b, h]^2 exp(2 log_std[h, d]) t[h, d]) / exp(s)^2; t becomes exp(2 log_std) t.
   */
  deviationsTangent(rows: number, features: Tensor, noise: StateNoise, direction: Parameters): void;
}
