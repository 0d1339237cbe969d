// Dense layers on the one gemm kernel. Activations are row-major with rows of ld bytes, a multiple of 16, zero padded;
// weights and their gradients lie in panels (see backends/parameter-layout.ts).

import { RELU, activation_backward, activation_forward } from "./activation";
import { gemm } from "./gemm";
import { narrow_first_layer, narrow_forward, narrow_input_gradient, narrow_weight_gradient } from "./narrow";
import { pack_and_sum, transpose, transpose_weights } from "./transpose";

const ZEROS = memory.data(32, 16);
/** Outputs up to which gradients of weights are taken row by row of the weights. */
const NARROW = 16;

/** y = activation(x W' + bias); z (not 0) keeps the value before the activation. */
export function dense_forward(
  rows: i32, I: i32, O: i32,
  x: usize, ldx: usize, w: usize, bias: usize,
  activation: i32, y: usize, z: usize, ldy: usize,
): void {
  const out = z ? z : y;
  const floor: f32 = activation == RELU && !z ? 0 : -Infinity;
  let left = rows, from = x, to = out;
  if (O <= 2 && rows >= 8 && (I & 3) == 0) {
    const eights = rows & ~7;
    narrow_forward(eights, I, x, ldx, w, bias, out, ldy, floor);
    left -= eights; from += <usize>eights * ldx; to += <usize>eights * ldy;
  }
  if (left > 0) gemm(left, I, O, from, ldx, w, <usize>I << 5, to, ldy, ldy, 32, bias, 32, floor);
  if (activation != RELU || z) activation_forward(activation, out, y, rows * <i32>(ldy >> 2));
}

/**
 * dy becomes dz = dy activation'(z); dw and dbias (0: the layer is frozen) are overwritten; dx (0: not wanted) too.
 * @param scratch dense_scratch_bytes bytes
 */
export function dense_backward(
  rows: i32, I: i32, O: i32,
  x: usize, ldx: usize, y: usize, z: usize, dy: usize, ldy: usize,
  w: usize, activation: i32,
  dw: usize, dbias: usize, dx: usize, scratch: usize,
): void {
  if (activation != RELU || !dw) activation_backward(activation, dy, y, z, rows * <i32>(ldy >> 2));
  if (dw) {
    const mask = activation == RELU ? y : 0;
    if (!dx && I <= 4 && (O & 7) == 0) {
      narrow_first_layer(rows, I, O, x, ldx, dy, ldy, mask, dw, dbias);
      return;
    }
    const rowBytes = <usize>((rows + 3) & ~3) << 2;
    const panels = scratch + <usize>((I + 7) & ~7) * rowBytes;
    const panelBytes = <usize>rows << 5;
    pack_and_sum(dy, ldy, rows, O, mask, panels, panelBytes, dbias);
    if (O <= NARROW) narrow_weight_gradient(rows, I, O, x, ldx, dy, ldy, dw, scratch);
    else {
      transpose(x, ldx, rows, I, scratch, rowBytes);
      gemm(I, rows, O, scratch, rowBytes, panels, panelBytes, dw, 32, 16, <usize>I << 5, ZEROS, 0, -Infinity);
    }
  }
  if (!dx) return;
  if (O <= 4) narrow_input_gradient(rows, I, O, dy, ldy, w, dx, ldx, scratch);
  else {
    const step = <usize>((O + 3) & ~3) << 5;
    transpose_weights(w, O, I, scratch, step);
    gemm(rows, O, I, dy, ldy, scratch, step, dx, ldx, ldx, 32, ZEROS, 0, -Infinity);
  }
}

/** Bytes that dense_backward needs for a layer and batch of these sizes. */
export function dense_scratch_bytes(rows: i32, I: i32, O: i32): i32 {
  const inputs = (I + 7) & ~7, outputs = (O + 7) & ~7, batch = (rows + 3) & ~3;
  const products = max((inputs + outputs) * batch, min(outputs, NARROW) * (batch + inputs));
  return max(products, inputs * outputs) * 4 + 256;
}
