// Layers without convolution or recurrence: dense products, activations, layer normalisation, the dueling output.
//
// Letters: B rows, I inputs, O outputs, A actions. Gradients are dX. Orders of summation stated here are part of the
// contract: strict backends agree bit for bit.

import type { Parameters, Tensor } from "./handles.ts";

export type Activation = "identity" | "relu" | "tanh" | "silu" | "gelu" | "elu" | "sigmoid";

/** Activations whose derivative needs the value before the activation; the others get it from their output. */
export function needsPreactivation(activation: Activation): boolean {
  return activation === "silu" || activation === "gelu";
}

export interface LayerOperations {
  /**
   * y[b, o] = activation(z[b, o]), z[b, o] = bias[o] + sum over i of x[b, i] W[o, i].
   * Order: the accumulator starts at the bias and takes fround(x W) terms one by one, i = 0, 1, ...
   * @param z [B, O] written when the activation needs it (`needsPreactivation`), else ignored; never the same as y
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
   * Gradients of a dense layer. `dy` is overwritten by dz = dy activation'(z). Gradients are overwritten, not added to.
   * dW[o, i] = sum over b of x[b, i] dz[b, o]; dbias[o] = sum over b of dz[b, o]; dx[b, i] = sum over o of dz[b, o] W[o, i];
   * each starts at 0 and runs in order.
   * @param gradients a block laid out as `parameters`; null where the layer is frozen
   * @param dx [B, I]; null where no layer below needs it. With neither, only dz is written.
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

  /** y = activation(z), elementwise; y may be z. */
  activationForward(rows: number, z: Tensor, activation: Activation, y: Tensor): void;
  /** dy becomes dy activation'(z); y is the activation's output, z its input (null where not needed). */
  activationBackward(rows: number, dy: Tensor, y: Tensor, z: Tensor | null, activation: Activation): void;

  /**
   * y = scale (x - mean) / sqrt(variance + epsilon) + shift per row (Ba et al. 2016), variance divided by O.
   * Row sums: lane l of 4 takes columns l, l + 4, ... from 0; then (l0 + l2) + (l1 + l3).
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
   * dx may be dy. Gradients of scale and shift are overwritten; they run over the rows in order.
   * @param gradients a block laid out as `parameters`; null where the layer is frozen
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
   * Q[b, a] = V[b] + A[b, a] - mean over a of A (Wang et al. 2016, eq. 9), for every atom apart.
   * @param head [B, (1 + A) atoms], V's atoms first @param q [B, A atoms], written
   * @param atoms outputs per action, those of one action side by side [1]
   */
  duelingForward(rows: number, head: Tensor, q: Tensor, atoms?: number): void;
  /** @param dHead [B, (1 + A) atoms], written */
  duelingBackward(rows: number, dQ: Tensor, dHead: Tensor, atoms?: number): void;
}
