// Operations of recurrent layers over sequences of steps, forwards and backwards in time. Letters: T steps, S sequences,
// H units. Row t S + s of a tensor is step t of sequence s. A step with 1 in `start` is the first of its episode: the state
// before it is 0, and no gradient flows to earlier steps.

import type { Parameters, Tensor } from "./handles.ts";

/** Tensors of one pass of a layer of gated recurrent units (GRU). */
export interface GruPass {
  /** [T S, 1], 1 where an episode starts, else 0. */
  readonly start: Tensor;
  /** [S, H] states before the first step. No gradient flows into them. */
  readonly state: Tensor;
  /**
   * [T S, 3 H] a = W_ih x + b_ih, the parts of gates r, z, n side by side. A forward pass overwrites a by the gates r, z, n.
   */
  readonly input: Tensor;
  /** [T S, 3 H], written: b = W_hh h' + b_hh. */
  readonly recurrent: Tensor;
  /** [T S, H], written: h', the state before each step. */
  readonly previous: Tensor;
  /** [T S, H], written: h, the state after each step. */
  readonly output: Tensor;
}

export interface RecurrentOperations {
  /**
   * Gated recurrent units (Cho et al. 2014, https://arxiv.org/abs/1406.1078) as PyTorch's nn.GRU computes them. The reset
   * gate r multiplies the product b_n:
   *
   *   r = sigmoid(a_r + b_r)   z = sigmoid(a_z + b_z)   n = tanh(a_n + r b_n)   h = n + z (h' - n)
   *
   * b is summed in the order of `denseForward`.
   * @param weight, bias indices of the specs [3 H, H] and [3 H]
   */
  gruForward(
    steps: number,
    sequences: number,
    pass: GruPass,
    parameters: Parameters,
    weight: number,
    bias: number,
  ): void;

  /**
   * Goes backwards through time, with the tensors as `gruForward` left them. `input` and `recurrent` become the gradients of
   * a and b; `denseBackward` then computes those of the weights and of x. With g the gradient of h, from the last step to
   * the first:
   *
   *   p = g z   dn = (g - p) (1 - n n)   dr = (dn b_n) (r (1 - r))   dz = (g (h' - n)) (z (1 - z))
   *   da = (dr, dz, dn)   db = (dr, dz, dn r)   g of the step before: its own dOutput + (p + W_hh^T db)
   *
   * A step that starts an episode adds nothing to g of the step before. W_hh^T db is summed in the order of
   * `denseBackward`'s dx.
   * @param dOutput [T S, H] gradient of the output; overwritten
   */
  gruBackward(
    steps: number,
    sequences: number,
    pass: GruPass,
    parameters: Parameters,
    weight: number,
    dOutput: Tensor,
  ): void;
}
