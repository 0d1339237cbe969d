// Dense layers cut up by panels of outputs, as the one gemm kernel goes through them (kernels/dense.ts).

import { RELU } from "../kernels/activation";
import { dense_backward as backward_alone, dense_forward as forward_alone, dense_scratch_bytes as scratch_alone } from "../kernels/dense";
import { gemm } from "../kernels/gemm";
import { narrow_first_layer } from "../kernels/narrow";
import { pack_and_sum, transpose, transpose_weights } from "../kernels/transpose";
import { activation_backward, activation_forward } from "./elementwise";
import { argument, begin_of, fork, parts_of, set_argument } from "./team";

const ZEROS = memory.data(32, 16);
/** Panels begin at multiples of 64 bytes: no two members write into one cache line. */
const UNIT = 16;

function forward_part(part: i32): void {
  const rows = argument<i32>(0), I = argument<i32>(1), O = argument<i32>(2), parts = argument<i32>(3);
  const x = argument<usize>(4), ldx = argument<usize>(5), w = argument<usize>(6), bias = argument<usize>(7);
  const y = argument<usize>(8), ldy = argument<usize>(9), floor = argument<f32>(10);
  const from = begin_of(part, parts, O, UNIT), shift = <usize>from << 2;
  gemm(
    rows, I, begin_of(part + 1, parts, O, UNIT) - from, x, ldx, w + shift * I, <usize>I << 5,
    y + shift, ldy, ldy, 32, bias + shift, 32, floor,
  );
}

/** Thin layers are cut by rows. */
function forward_rows(part: i32): void {
  const rows = argument<i32>(0), I = argument<i32>(1), O = argument<i32>(2), parts = argument<i32>(3);
  const x = argument<usize>(4), ldx = argument<usize>(5), w = argument<usize>(6), bias = argument<usize>(7);
  const y = argument<usize>(8), ldy = argument<usize>(9), floor = argument<f32>(10);
  const from = begin_of(part, parts, rows, UNIT), count = begin_of(part + 1, parts, rows, UNIT) - from;
  const relu = floor == 0 ? RELU : 0;
  forward_alone(count, I, O, x + <usize>from * ldx, ldx, w, bias, relu, y + <usize>from * ldy, 0, ldy);
}

export function dense_forward(
  rows: i32, I: i32, O: i32,
  x: usize, ldx: usize, w: usize, bias: usize,
  activation: i32, y: usize, z: usize, ldy: usize,
): void {
  const wide = O >= 64;
  const parts = parts_of(<f64>rows * I * O, ((wide ? O : rows) + UNIT - 1) / UNIT);
  if (parts == 1) {
    forward_alone(rows, I, O, x, ldx, w, bias, activation, y, z, ldy);
    return;
  }
  const out = z ? z : y;
  set_argument(0, rows); set_argument(1, I); set_argument(2, O); set_argument(3, parts);
  set_argument(4, x); set_argument(5, ldx); set_argument(6, w); set_argument(7, bias);
  set_argument(8, out); set_argument(9, ldy); set_argument<f32>(10, activation == RELU && !z ? 0 : -Infinity);
  fork(wide ? forward_part.index : forward_rows.index, parts);
  if (activation != RELU || z) activation_forward(activation, out, y, rows * <i32>(ldy >> 2));
}

function first_layer_part(part: i32): void {
  const rows = argument<i32>(0), I = argument<i32>(1), O = argument<i32>(2), parts = argument<i32>(3);
  const x = argument<usize>(4), ldx = argument<usize>(5), dy = argument<usize>(6), ldy = argument<usize>(7);
  const mask = argument<usize>(8), dw = argument<usize>(10), dbias = argument<usize>(11);
  const from = begin_of(part, parts, O, UNIT), shift = <usize>from << 2;
  narrow_first_layer(
    rows, I, begin_of(part + 1, parts, O, UNIT) - from, x, ldx, dy + shift, ldy, mask ? mask + shift : 0,
    dw + shift * I, dbias + shift,
  );
}

/** Packs slopes, transposes inputs, transposes weights: parts of each in turn. */
function pack_part(part: i32): void {
  const rows = argument<i32>(0), I = argument<i32>(1), O = argument<i32>(2), parts = argument<i32>(3) / 3;
  const x = argument<usize>(4), ldx = argument<usize>(5), dy = argument<usize>(6), ldy = argument<usize>(7);
  const mask = argument<usize>(8), dbias = argument<usize>(11), dx = argument<usize>(12), scratch = argument<usize>(13);
  const rowBytes = row_bytes(rows), panels = panels_of(scratch, rows, I), kind = part / parts;
  part -= kind * parts;
  if (kind == 0) {
    const from = begin_of(part, parts, O, UNIT), shift = <usize>from << 2;
    pack_and_sum(
      dy + shift, ldy, rows, begin_of(part + 1, parts, O, UNIT) - from, mask ? mask + shift : 0,
      panels + shift * rows, <usize>rows << 5, dbias + shift,
    );
  } else if (kind == 1) {
    const from = begin_of(part, parts, rows, UNIT);
    transpose(x + <usize>from * ldx, ldx, begin_of(part + 1, parts, rows, UNIT) - from, I, scratch + (<usize>from << 2), rowBytes);
  } else if (dx) weights_part(part, parts);
}

/** Transposes weights. */
function weights_part(part: i32, parts: i32): void {
  const rows = argument<i32>(0), I = argument<i32>(1), O = argument<i32>(2);
  const w = argument<usize>(9), scratch = argument<usize>(13);
  // Panels of 4 outputs or inputs lie otherwise: such weights are transposed in one part.
  const whole = ((O | I) & 7) == 0;
  if (!whole && part > 0) return;
  const from = whole ? begin_of(part, parts, O, UNIT) : 0, to = whole ? begin_of(part + 1, parts, O, UNIT) : O;
  const shift = <usize>from << 5;
  transpose_weights(w + (<usize>from << 2) * I, to - from, I, transposed_of(scratch, rows, I, O) + shift, panel_step(O));
}

/** Gradients of weights, then of inputs. */
function products_part(part: i32): void {
  const rows = argument<i32>(0), I = argument<i32>(1), O = argument<i32>(2), dx = argument<usize>(12);
  const parts = dx ? argument<i32>(3) / 2 : argument<i32>(3);
  const scratch = argument<usize>(13);
  if (part < parts) {
    const from = begin_of(part, parts, O, UNIT), shift = <usize>from << 2;
    gemm(
      I, rows, begin_of(part + 1, parts, O, UNIT) - from, scratch, row_bytes(rows),
      panels_of(scratch, rows, I) + shift * rows, <usize>rows << 5,
      argument<usize>(10) + shift * I, 32, 16, <usize>I << 5, ZEROS, 0, -Infinity,
    );
    return;
  }
  inputs_part(part - parts, parts);
}

/** Gradients of inputs. */
function inputs_part(part: i32, parts: i32): void {
  const rows = argument<i32>(0), I = argument<i32>(1), O = argument<i32>(2);
  const ldx = argument<usize>(5), dy = argument<usize>(6), ldy = argument<usize>(7), dx = argument<usize>(12);
  const from = begin_of(part, parts, I, UNIT), shift = <usize>from << 2, step = panel_step(O);
  gemm(
    rows, O, begin_of(part + 1, parts, I, UNIT) - from, dy, ldy,
    transposed_of(argument<usize>(13), rows, I, O) + (<usize>from >> 3) * step, step,
    dx + shift, ldx, ldx, 32, ZEROS, 0, -Infinity,
  );
}

// Of a frozen layer.
function frozen_weights_part(part: i32): void { weights_part(part, argument<i32>(3)); }
function frozen_inputs_part(part: i32): void { inputs_part(part, argument<i32>(3)); }

export function dense_backward(
  rows: i32, I: i32, O: i32,
  x: usize, ldx: usize, y: usize, z: usize, dy: usize, ldy: usize,
  w: usize, activation: i32,
  dw: usize, dbias: usize, dx: usize, scratch: usize,
): void {
  const parts = O <= 4 ? 1 : parts_of(2 * <f64>rows * I * O, 1 << 20);
  if (parts == 1) {
    backward_alone(rows, I, O, x, ldx, y, z, dy, ldy, w, activation, dw, dbias, dx, scratch);
    return;
  }
  if (activation != RELU || !dw) activation_backward(activation, dy, y, z, rows * <i32>(ldy >> 2));
  if (!dw && !dx) return;
  set_argument(0, rows); set_argument(1, I); set_argument(2, O); set_argument(3, parts);
  set_argument(4, x); set_argument(5, ldx); set_argument(6, dy); set_argument(7, ldy);
  set_argument<usize>(8, activation == RELU ? y : 0); set_argument(9, w); set_argument(10, dw); set_argument(11, dbias);
  set_argument(12, dx); set_argument(13, scratch);
  if (!dw) {
    fork(frozen_weights_part.index, parts);
    fork(frozen_inputs_part.index, parts);
    return;
  }
  if (!dx && I <= 4 && (O & 7) == 0) {
    fork(first_layer_part.index, parts);
    return;
  }
  set_argument(3, 3 * parts);
  fork(pack_part.index, 3 * parts);
  set_argument(3, dx ? 2 * parts : parts);
  fork(products_part.index, dx ? 2 * parts : parts);
}

/** Bytes of a row of the transposed inputs. */
function row_bytes(rows: i32): usize { return <usize>((rows + 3) & ~3) << 2; }

/** Bytes of a panel of transposed weights. */
function panel_step(O: i32): usize { return <usize>((O + 3) & ~3) << 5; }

// Parts of the scratch: the inputs transposed, the slopes in panels, the weights transposed.
function panels_of(scratch: usize, rows: i32, I: i32): usize { return scratch + <usize>((I + 7) & ~7) * row_bytes(rows); }
function transposed_of(scratch: usize, rows: i32, I: i32, O: i32): usize {
  return panels_of(scratch, rows, I) + <usize>((O + 7) & ~7) * row_bytes(rows);
}

/** As kernels/dense.ts has it, and transposed weights beside what it packs. */
export function dense_scratch_bytes(rows: i32, I: i32, O: i32): i32 {
  const inputs = (I + 7) & ~7, outputs = (O + 7) & ~7, batch = (rows + 3) & ~3;
  return max(scratch_alone(rows, I, O), ((inputs + outputs) * batch + inputs * outputs) * 4 + 256);
}
