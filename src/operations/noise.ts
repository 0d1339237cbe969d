// The operations of noisy networks (Fortunato et al. 2018, https://arxiv.org/abs/1706.10295): weights
// mu + sigma * noise, of which mu and sigma are trained and the noise is drawn anew.
//
// Three kinds of block, for the K specs of a plain network:
//   trainable (and its gradients): mu of every spec in order, then sigma of every spec in the same order: 2 K specs
//   effective, noise: the K plain specs
// mu and sigma are stored alike, number for number; where no noise is drawn it stays 0, and so does the gradient of sigma.

import type { Parameters, RandomStream } from "./handles.ts";

export interface NoiseOperations {
  /**
   * Factorised noise of one dense layer (section 3, eq. 10 and 11), with f(x) = sign(x) sqrt(|x|):
   * weight[o, i] = f(e_o) f(e_i), bias[o] = f(e_o).
   * Draws: the inputs' e_i as `fillNormal` fills I numbers (mean 0, deviation 1), then the outputs' e_o as it fills O.
   * @param weight, bias indices of specs [O, I] and [O] of `noise`; overwritten
   */
  factorized(stream: RandomStream, noise: Parameters, weight: number, bias: number): void;

  /**
   * effective = mu + sigma * noise, for every spec.
   * @param noise null: effective = mu, a network without noise
   */
  apply(effective: Parameters, trainable: Parameters, noise: Parameters | null): void;

  /**
   * Gradients of mu and sigma from those of the effective parameters: dMu = dEffective, dSigma = dEffective * noise.
   * @param gradients [mu specs, sigma specs], overwritten
   * @param noise null: dSigma = 0
   */
  gradient(gradients: Parameters, dEffective: Parameters, noise: Parameters | null): void;
}
