// The operations of noisy networks (Fortunato et al. 2018, https://arxiv.org/abs/1706.10295): weights mu + sigma * noise. mu
// and sigma are trained; the noise is drawn anew.
//
// Three kinds of block, for the K specs of a plain network:
//   trainable (and its gradients): mu of every spec in order, then sigma of every spec in the same order: 2 K specs
//   effective, noise: the K plain specs
// mu and sigma have the same layout, number for number. A spec without noise keeps noise 0, and its sigma gets gradient 0.

import type { Parameters, RandomStream } from "./handles.ts";

export interface NoiseOperations {
  /**
   * Draws factorised noise for one dense layer (section 3, eq. 10 and 11), with f(x) = sign(x) sqrt(|x|):
   * weight[o, i] = f(e_o) f(e_i), bias[o] = f(e_o).
   * Order of draws: e_i of the I inputs, as `fillNormal` fills I numbers (mean 0, deviation 1), then e_o of the O outputs.
   * @param weight, bias indices of the specs [O, I] and [O] of `noise`; overwritten
   */
  factorized(stream: RandomStream, noise: Parameters, weight: number, bias: number): void;

  /**
   * effective = mu + sigma * noise, for every spec.
   * @param noise null: a network without noise, effective = mu
   */
  apply(effective: Parameters, trainable: Parameters, noise: Parameters | null): void;

  /**
   * Computes the gradients of mu and sigma from those of the effective parameters:
   * dMu = dEffective, dSigma = dEffective * noise.
   * @param gradients laid out as `trainable`: mu specs, then sigma specs; overwritten
   * @param noise null: dSigma = 0
   */
  gradient(gradients: Parameters, dEffective: Parameters, noise: Parameters | null): void;
}
