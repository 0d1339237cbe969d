// Convolution without padding (src/operations/convolution.ts). Images are [C, H, W] before and after, weights [O, C k k] in
// panels of 8 filters (src/backends/parameter-layout.ts). No image is unfolded: products read pixels where they lie, through
// a table of offsets, image by image, so that what they work in stays in the first cache.
//
// A plan, written by the host; letters as in the contract, K = C k k taps. Words of 4 bytes, offsets in bytes:
//   C H W O k s scale H' W' and 3 unused | offsets of the P positions | offsets of the K taps
// Both tables repeat their last offset up to the multiple of 5 that a tile takes.

import { RELU, activation_backward, activation_forward } from "./activation";
import { tiles_5x8 } from "./conv2d-tiles";
import { gemm } from "./gemm";
import { transpose, transpose_weights } from "./transpose";

const ZEROS = memory.data(32, 16);
export const TABLE: usize = 48;

// @ts-ignore: decorator
@inline
export function word(plan: usize, n: usize): i32 { return load<i32>(plan + (n << 2)); }
// @ts-ignore: decorator
@inline
export function fives(n: i32): i32 { return (n + 4) / 5 * 5; }
// @ts-ignore: decorator
@inline
export function positions(plan: usize): i32 { return word(plan, 7) * word(plan, 8); }
// @ts-ignore: decorator
@inline
export function taps(plan: usize): i32 { return word(plan, 0) * word(plan, 4) * word(plan, 4); }
/** Bytes of a row of all filters. */
// @ts-ignore: decorator
@inline
export function filterBytes(plan: usize): usize { return <usize>((word(plan, 3) + 7) & ~7) << 2; }
/** Bytes of a channel of the output, whole vectors. */
// @ts-ignore: decorator
@inline
export function channelBytes(plan: usize): usize { return <usize>((positions(plan) + 3) & ~3) << 2; }

// Parts of the scratch, one after the other: the scaled image; a last panel of 4 filters widened to 8, bias first; rows
// [P, O] of the output or its gradient; channels [O, P], where those of the tensor are not whole vectors; gradients of
// weights, [K, 8] a panel, and of the bias; W transposed in panels of 8 taps; gradients by tap, [P, K].
function widened(plan: usize, scratch: usize): usize {
  return scratch + (<usize>((word(plan, 0) * word(plan, 1) * word(plan, 2) + 3) & ~3) << 2);
}
export function rowsOf(plan: usize, scratch: usize): usize { return widened(plan, scratch) + (<usize>(taps(plan) + 1) << 5); }
export function channelsOf(plan: usize, scratch: usize): usize {
  return rowsOf(plan, scratch) + <usize>(positions(plan) + 4) * filterBytes(plan);
}
function sumsOf(plan: usize, scratch: usize): usize {
  return channelsOf(plan, scratch) + (filterBytes(plan) >> 2) * channelBytes(plan);
}
export function transposedOf(plan: usize, scratch: usize): usize {
  return sumsOf(plan, scratch) + <usize>(fives(taps(plan)) + 1) * filterBytes(plan);
}
export function columnsOf(plan: usize, scratch: usize): usize {
  return transposedOf(plan, scratch) + <usize>((taps(plan) + 7) & ~7) * filterBytes(plan);
}

/** Bytes that passes of this plan work in. */
export function conv2d_scratch_bytes(plan: usize): usize {
  return columnsOf(plan, 0) + <usize>positions(plan) * (<usize>((taps(plan) + 3) & ~3) << 2) + 64;
}

/** out = x scale, n floats and up to 3 more. */
export function scaled(x: usize, scale: f32, n: i32, out: usize): void {
  const factor = f32x4.splat(scale);
  for (; n > 0; n -= 4, x += 16, out += 16) v128.store(out, f32x4.mul(v128.load(x), factor));
}

/** y[b] = activation(conv(x[b])); z (not 0) keeps the value before the activation. @param ldx, ldy bytes of an image */
export function conv2d_forward(
  plan: usize, rows: i32, x: usize, ldx: usize, w: usize, bias: usize, activation: i32,
  y: usize, z: usize, ldy: usize, scratch: usize,
): void {
  const H = word(plan, 1), W = word(plan, 2), O = word(plan, 3), k = word(plan, 4), scale = load<f32>(plan, 24);
  const P = positions(plan), K = taps(plan), bytes = filterBytes(plan), channel = channelBytes(plan);
  const pixels = word(plan, 0) * H * W, floor: f32 = activation == RELU && !z ? 0 : -Infinity;
  const wide = widened(plan, scratch), products = rowsOf(plan, scratch), channels = channelsOf(plan, scratch);
  const panels = (O + 7) >> 3, isNarrow = ((O + 3) & 4) != 0;
  if (isNarrow) {
    const last = <usize>(O & ~7) << 2;
    v128.store(wide, v128.load(bias + last));
    for (let t: usize = 0; t < <usize>K; t++) v128.store(wide + 32 + (t << 5), v128.load(w + last * K + (t << 4)));
  }
  let out = z ? z : y;
  for (; rows > 0; rows--, x += ldx, y += ldy, out += ldy) {
    let image = x;
    if (scale != 1) {
      scaled(x, scale, pixels, scratch);
      image = scratch;
    }
    for (let panel = 0; panel < panels; panel++) {
      const last = isNarrow && panel == panels - 1, shift = <usize>panel << 5;
      const q = last ? wide + 32 : w + shift * K, start = last ? wide : bias + shift;
      tiles_5x8(
        (P + 4) / 5, image, plan + TABLE, word(plan, 0), k, k, 4, <usize>(W - k) << 2, <usize>((H - k) * W) << 2,
        q, 32, start, 0, floor, products + shift, bytes,
      );
    }
    if ((P | O) & 3) {
      transpose(products, bytes, P, O, channels, channel);
      for (let o: usize = 0; o < <usize>O; o++) memory.copy(out + o * (P << 2), channels + o * channel, <usize>P << 2);
    } else transpose(products, bytes, P, O, out, channel);
    if (activation != RELU || z) activation_forward(activation, out, y, <i32>(ldy >> 2));
  }
}

/** sums += the columns of x [n, 4 fours], row by row. */
function add_columns(x: usize, ldx: usize, n: i32, fours: i32, sums: usize): void {
  for (; fours >= 2; fours -= 2, x += 32, sums += 32) {
    let s0 = v128.load(sums), s1 = v128.load(sums, 16), p = x;
    for (let r = n; r > 0; r--, p += ldx) {
      s0 = f32x4.add(s0, v128.load(p));
      s1 = f32x4.add(s1, v128.load(p, 16));
    }
    v128.store(sums, s0);
    v128.store(sums, s1, 16);
  }
}

/** dx[pixel] += columns[p, tap] for the taps of every position, in order of the positions. @param bytes of a row of columns */
export function add_taps(plan: usize, columns: usize, bytes: usize, dx: usize): void {
  const P = positions(plan), k = <usize>word(plan, 4), lineBytes = k << 2, end = <usize>taps(plan) << 2;
  const offsets = plan + TABLE + (<usize>fives(P) << 2);
  for (let p: usize = 0; p < <usize>P; p++, columns += bytes) {
    const image = dx + load<u32>(plan + TABLE + (p << 2));
    for (let line: usize = 0; line < end; line += lineBytes) {
      let from = columns + line, to = image + load<u32>(offsets + line), j = k;
      for (; j >= 4; j -= 4, from += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
      if (j & 2) {
        v128.store64_lane(to, f32x4.add(v128.load64_zero(to), v128.load64_zero(from)), 0);
        from += 8; to += 8;
      }
      if (j & 1) store<f32>(to, load<f32>(to) + load<f32>(from));
    }
  }
}

/** dy becomes dz = dy activation'(z); dw and dbias (0: the layer is frozen) are overwritten; dx (0: not wanted) too. */
export function conv2d_backward(
  plan: usize, rows: i32, x: usize, ldx: usize, y: usize, z: usize, dy: usize, ldy: usize, w: usize, activation: i32,
  dw: usize, dbias: usize, dx: usize, scratch: usize,
): void {
  const H = word(plan, 1), W = word(plan, 2), O = word(plan, 3), s = word(plan, 5), scale = load<f32>(plan, 24);
  const outH = word(plan, 7), outW = word(plan, 8);
  const P = positions(plan), K = taps(plan), bytes = filterBytes(plan), channel = channelBytes(plan);
  const pixels = word(plan, 0) * H * W, panels = (O + 7) >> 3, outputs = (O + 3) & ~3;
  const slopes = rowsOf(plan, scratch), channels = channelsOf(plan, scratch);
  const sums = sumsOf(plan, scratch), panelBytes = <usize>fives(K) << 5, biasSums = sums + <usize>panels * panelBytes;
  const transposed = transposedOf(plan, scratch), columns = columnsOf(plan, scratch);
  const columnBytes = <usize>((K + 3) & ~3) << 2, step = <usize>outputs << 5;
  const tapOffsets = plan + TABLE + (<usize>fives(P) << 2);
  if (dw) memory.fill(sums, 0, <usize>panels * panelBytes + bytes);
  // Filters that are not there keep slopes of 0.
  memory.fill(channels, 0, (bytes >> 2) * channel);
  if (dx) transpose_weights(w, O, K, transposed, step);
  for (; rows > 0; rows--, x += ldx, y += ldy, dy += ldy) {
    activation_backward(activation, dy, y, z, <i32>(ldy >> 2));
    if (z) z += ldy;
    if ((P | O) & 3) {
      for (let o: usize = 0; o < <usize>O; o++) memory.copy(channels + o * channel, dy + o * (P << 2), <usize>P << 2);
      transpose(channels, channel, O, P, slopes, bytes);
    } else transpose(dy, channel, O, P, slopes, bytes);
    if (dw) {
      add_columns(slopes, bytes, P, <i32>(bytes >> 4), biasSums);
      let image = x;
      if (scale != 1) {
        scaled(x, scale, pixels, scratch);
        image = scratch;
      }
      for (let panel: usize = 0; panel < <usize>panels; panel++) {
        const sum = sums + panel * panelBytes;
        tiles_5x8(
          (K + 4) / 5, image, tapOffsets, 1, outH, outW, <usize>s << 2, <usize>(s * (W - outW)) << 2, 0,
          slopes + (panel << 5), bytes, sum, 32, -Infinity, sum, 32,
        );
      }
    }
    if (dx) {
      gemm(P, O, K, slopes, bytes, transposed, step, columns, columnBytes, columnBytes, 32, ZEROS, 0, -Infinity);
      memory.fill(dx, 0, ldx);
      add_taps(plan, columns, columnBytes, dx);
      if (scale != 1) scaled(dx, scale, pixels, dx);
      dx += ldx;
    }
  }
  if (!dw) return;
  memory.copy(dbias, biasSums, <usize>outputs << 2);
  for (let panel: usize = 0; panel < <usize>panels; panel++) {
    const from = sums + panel * panelBytes, to = dw + (panel << 5) * K;
    if (outputs - (<i32>panel << 3) >= 8) memory.copy(to, from, <usize>K << 5);
    else for (let t: usize = 0; t < <usize>K; t++) v128.store(to + (t << 4), v128.load(from + (t << 5)));
  }
}
