// Operations of layers other than convolutional and recurrent ones: dense products, activations, layer normalisation, the
// dueling output.
//
// Letters: B rows, I inputs, O outputs, A actions. dX is the gradient of the loss by X. The orders of summation stated here
// are part of the contract: strict backends agree bit for bit.

import type { Parameters, Tensor } from "./handles.ts";

/** Activation function of a layer, elementwise. */
export type Activation = "identity" | "relu" | "tanh" | "silu" | "gelu" | "elu" | "sigmoid";

/** True for activations whose derivative needs the value before the activation. The others compute it from their output. */
export function needsPreactivation(activation: Activation): boolean {
  return activation === "silu" || activation === "gelu";
}

export interface LayerOperations {
  /**
   * y[b, o] = activation(z[b, o]), z[b, o] = bias[o] + sum over i of x[b, i] W[o, i].
   * Order: the accumulator starts at the bias and takes fround(x W) terms one by one, i = 0, 1, ...
   * @param weight, bias indices of the specs [O, I] and [O]
   * @param z [B, O], written when the activation needs it (`needsPreactivation`), else ignored; never the same tensor as y
   */
  denseForward(
    rows: number,
    x: Tensor,
    parameters: Parameters,
    weight: number,
    bias: number,
    activation: Activation,
    y: Tensor,
    z: Tensor | null,
  ): void;

  /**
   * Computes the gradients of a dense layer and overwrites the old ones. `dy` becomes dz = dy activation'(z).
   * dW[o, i] = sum over b of x[b, i] dz[b, o]; dbias[o] = sum over b of dz[b, o]; dx[b, i] = sum over o of dz[b, o] W[o, i];
   * each sum starts at 0 and runs in order.
   * @param gradients a block laid out as `parameters`; null for a frozen layer
   * @param dx [B, I], written; null when no layer below needs it. With both null, only dz is written.
   */
  denseBackward(
    rows: number,
    x: Tensor,
    y: Tensor,
    z: Tensor | null,
    dy: Tensor,
    parameters: Parameters,
    weight: number,
    bias: number,
    activation: Activation,
    gradients: Parameters | null,
    dx: Tensor | null,
  ): void;

  /** y = activation(z), elementwise. y and z may be the same tensor. */
  activationForward(rows: number, z: Tensor, activation: Activation, y: Tensor): void;
  /**
   * dy becomes dy activation'(z). y is the output of the activation, z its input (null where `needsPreactivation` is false).
   */
  activationBackward(rows: number, dy: Tensor, y: Tensor, z: Tensor | null, activation: Activation): void;

  /**
   * y = scale (x - mean) / sqrt(variance + epsilon) + shift, row by row (Ba et al. 2016). The variance is divided by O.
   * Sums over a row: lane l of 4 takes columns l, l + 4, ... from 0; then (l0 + l2) + (l1 + l3).
   * @param scale, shift indices of the specs [O]
   * @param statistics [B, 2], written: mean and 1 / sqrt(variance + epsilon)
   */
  layerNormForward(
    rows: number,
    x: Tensor,
    parameters: Parameters,
    scale: number,
    shift: number,
    epsilon: number,
    y: Tensor,
    statistics: Tensor,
  ): void;

  /**
   * Computes the gradients of layer normalisation. Those of scale and shift are sums over the rows in order, and overwrite
   * the old ones.
   * @param gradients a block laid out as `parameters`; null for a frozen layer
   * @param dx written; may be the same tensor as dy
   */
  layerNormBackward(
    rows: number,
    x: Tensor,
    statistics: Tensor,
    dy: Tensor,
    parameters: Parameters,
    scale: number,
    shift: number,
    gradients: Parameters | null,
    dx: Tensor,
  ): void;

  /**
   * Q[b, a] = V[b] + A[b, a] - mean over a of A (Wang et al. 2016, eq. 9), for each atom by itself.
   * @param head [B, (1 + A) atoms], the atoms of V first @param q [B, A atoms], written
   * @param atoms outputs per action; the outputs of one action lie side by side. Default: 1.
   */
  duelingForward(rows: number, head: Tensor, q: Tensor, atoms?: number): void;
  /** Computes the gradient of the dueling output. @param dHead [B, (1 + A) atoms], written */
  duelingBackward(rows: number, dQ: Tensor, dHead: Tensor, atoms?: number): void;
}
