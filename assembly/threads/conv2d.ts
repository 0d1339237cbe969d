// Convolutions: a batch forward is cut by images; backward, gradients of weights are cut by filters, each part a convolution
// of its own with fewer of them, and gradients of images by images.

import {
  add_taps, channelBytes, channelsOf, columnsOf, conv2d_backward as backward_alone, conv2d_forward as forward_alone,
  conv2d_scratch_bytes as scratch_alone, filterBytes, fives, positions, rowsOf, scaled, TABLE, taps, transposedOf, word,
} from "../kernels/conv2d";
import { gemm } from "../kernels/gemm";
import { transpose, transpose_weights } from "../kernels/transpose";
import { activation_backward } from "./elementwise";
import { argument, begin_of, fork, member_count, parts_of, set_argument, this_member } from "./team";

const ZEROS = memory.data(32, 16);
const IDENTITY = 0;
const OUTPUTS: usize = 12;

function planBytes(plan: usize): usize { return TABLE + (<usize>(fives(positions(plan)) + fives(taps(plan))) << 2); }

/** What one member works in: the kernel's scratch, then a plan of fewer filters. */
function memberBytes(plan: usize): usize { return (scratch_alone(plan) + planBytes(plan) + 63) & ~63; }
function scratchOf(plan: usize, scratch: usize): usize { return scratch + <usize>this_member() * memberBytes(plan); }

export function conv2d_scratch_bytes(plan: usize): usize { return <usize>member_count() * memberBytes(plan); }

function work(plan: usize, rows: i32): f64 { return <f64>rows * positions(plan) * taps(plan) * word(plan, 3); }

function forward_part(part: i32): void {
  const plan = argument<usize>(0), rows = argument<i32>(1), parts = argument<i32>(2);
  const x = argument<usize>(3), ldx = argument<usize>(4), w = argument<usize>(5), bias = argument<usize>(6);
  const y = argument<usize>(8), z = argument<usize>(9), ldy = argument<usize>(10), scratch = argument<usize>(11);
  const from = begin_of(part, parts, rows, 1), shift = <usize>from * ldy;
  forward_alone(
    plan, begin_of(part + 1, parts, rows, 1) - from, x + <usize>from * ldx, ldx, w, bias, argument<i32>(7),
    y + shift, z ? z + shift : 0, ldy, scratchOf(plan, scratch),
  );
}

export function conv2d_forward(
  plan: usize, rows: i32, x: usize, ldx: usize, w: usize, bias: usize, activation: i32,
  y: usize, z: usize, ldy: usize, scratch: usize,
): void {
  const parts = parts_of(work(plan, rows), rows);
  if (parts == 1) {
    forward_alone(plan, rows, x, ldx, w, bias, activation, y, z, ldy, scratch);
    return;
  }
  set_argument(0, plan); set_argument(1, rows); set_argument(2, parts); set_argument(3, x); set_argument(4, ldx);
  set_argument(5, w); set_argument(6, bias); set_argument(7, activation); set_argument(8, y); set_argument(9, z);
  set_argument(10, ldy); set_argument(11, scratch);
  fork(forward_part.index, parts);
}

/** Filters first, then images. */
function backward_part(part: i32): void {
  const plan = argument<usize>(0), rows = argument<i32>(1), parts = argument<i32>(2);
  const filters = argument<i32>(12), dx = argument<usize>(10);
  if (part >= filters) {
    const from = begin_of(part - filters, parts, rows, 1);
    image_gradients(from, begin_of(part - filters + 1, parts, rows, 1) - from, dx);
    return;
  }
  const O = word(plan, 3), from = begin_of(part, filters, O, 8), scratch = scratchOf(plan, argument<usize>(11));
  const own = scratch + scratch_alone(plan);
  memory.copy(own, plan, planBytes(plan));
  store<i32>(own, begin_of(part + 1, filters, O, 8) - from, OUTPUTS);
  const dy = argument<usize>(5) + (<usize>(from * positions(plan)) << 2), shift = <usize>from << 2;
  backward_alone(
    own, rows, argument<usize>(3), argument<usize>(4), 0, 0, dy, argument<usize>(6), 0, IDENTITY,
    argument<usize>(8) + shift * taps(plan), argument<usize>(9) + shift, 0, scratch,
  );
}

/** As conv2d_backward has it, of `rows` images from image `from` on. */
function image_gradients(from: i32, rows: i32, dx: usize): void {
  const plan = argument<usize>(0), ldx = argument<usize>(4), ldy = argument<usize>(6), w = argument<usize>(7);
  const scratch = scratchOf(plan, argument<usize>(11)), scale = load<f32>(plan, 24);
  const O = word(plan, 3), P = positions(plan), K = taps(plan), bytes = filterBytes(plan), channel = channelBytes(plan);
  const slopes = rowsOf(plan, scratch), channels = channelsOf(plan, scratch);
  const transposed = transposedOf(plan, scratch), columns = columnsOf(plan, scratch);
  const columnBytes = <usize>((K + 3) & ~3) << 2, step = <usize>((O + 3) & ~3) << 5;
  transpose_weights(w, O, K, transposed, step);
  let dy = argument<usize>(5) + <usize>from * ldy;
  dx += <usize>from * ldx;
  for (; rows > 0; rows--, dy += ldy, dx += ldx) {
    if ((P | O) & 3) {
      for (let o: usize = 0; o < <usize>O; o++) memory.copy(channels + o * channel, dy + o * (P << 2), <usize>P << 2);
      transpose(channels, channel, O, P, slopes, bytes);
    } else transpose(dy, channel, O, P, slopes, bytes);
    gemm(P, O, K, slopes, bytes, transposed, step, columns, columnBytes, columnBytes, 32, ZEROS, 0, -Infinity);
    memory.fill(dx, 0, ldx);
    add_taps(plan, columns, columnBytes, dx);
    if (scale != 1) scaled(dx, scale, word(plan, 0) * word(plan, 1) * word(plan, 2), dx);
  }
}

export function conv2d_backward(
  plan: usize, rows: i32, x: usize, ldx: usize, y: usize, z: usize, dy: usize, ldy: usize, w: usize, activation: i32,
  dw: usize, dbias: usize, dx: usize, scratch: usize,
): void {
  const parts = parts_of(2 * work(plan, rows), rows), panels = (word(plan, 3) + 7) >> 3;
  // At most one panel and no images to give gradients to: nothing to share.
  if (parts == 1 || (!dx && (panels == 1 || !dw))) {
    backward_alone(plan, rows, x, ldx, y, z, dy, ldy, w, activation, dw, dbias, dx, scratch);
    return;
  }
  activation_backward(activation, dy, y, z, rows * <i32>(ldy >> 2));
  // More parts than these would scale images, where that is asked for, more often than it gains.
  const filters = dw ? min(panels, 2 * member_count()) : 0;
  set_argument(0, plan); set_argument(1, rows); set_argument(2, parts); set_argument(3, x); set_argument(4, ldx);
  set_argument(5, dy); set_argument(6, ldy); set_argument(7, w); set_argument(8, dw); set_argument(9, dbias);
  set_argument(10, dx); set_argument(11, scratch); set_argument(12, filters);
  fork(backward_part.index, dx ? filters + parts : filters);
}
