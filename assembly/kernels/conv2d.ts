// Convolution without padding (src/operations/convolution.ts). Images are [C, H, W] before and after, weights [O, C k k] in
// panels of 8 filters (src/backends/parameter-layout.ts). No image is unfolded: products read pixels where they lie, through
// a table of offsets, image by image, so that what they work in stays in the first cache.
//
// A plan, written by the host; letters as in the contract, K = C k k taps. Words of 4 bytes, offsets in bytes:
//   C H W O k s scale H' W' and 3 unused | offsets of the P positions | offsets of the K taps
// Both tables repeat their last offset up to the multiple of 5 that a tile takes.

import { madd } from "../math/madd";
import { RELU, activation_backward, activation_forward } from "./activation";
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

/**
 * out[r, 0 .. 7] = max(start[r] + sum over the pixels of x[r, pixel] q[pixel, 0 .. 7], floor) for 5 rows r a tile: row r
 * reads from image + offsets[r], `planes` times `lines` times n pixels `step` bytes apart; q is two vectors a pixel.
 * @param lineSkip, planeSkip bytes from the end of a line, a plane, to the next
 * @param startStep bytes from one row's start values to the next, 0 where all begin alike
 */
function tiles_5x8(
  tiles: i32, image: usize, offsets: usize, planes: i32, lines: i32, n: i32, step: usize, lineSkip: usize,
  planeSkip: usize, weights: usize, ldq: usize, start: usize, startStep: usize, floor: f32, out: usize, ldo: usize,
): void {
  const floors = f32x4.splat(floor);
  // Lines of neighbouring pixels go by threes. Where a line is one three, a plane is a line of threes.
  let threes = step == 4 ? n / 3 : 0, threesStep: usize = 12;
  const ones = n - 3 * threes;
  if (threes == 1 && ones == 0) {
    threes = lines; threesStep = 12 + lineSkip;
    lines = planes; lineSkip = planeSkip;
    planes = 1; planeSkip = 0;
  }
  for (; tiles > 0; tiles--, offsets += 20) {
    let a0 = image + load<u32>(offsets), a1 = image + load<u32>(offsets, 4), a2 = image + load<u32>(offsets, 8);
    let a3 = image + load<u32>(offsets, 12), a4 = image + load<u32>(offsets, 16);
    let q = weights;
    let c00 = v128.load(start), c01 = v128.load(start, 16); start += startStep;
    let c10 = v128.load(start), c11 = v128.load(start, 16); start += startStep;
    let c20 = v128.load(start), c21 = v128.load(start, 16); start += startStep;
    let c30 = v128.load(start), c31 = v128.load(start, 16); start += startStep;
    let c40 = v128.load(start), c41 = v128.load(start, 16); start += startStep;
    let x: v128, b0: v128, b1: v128;
    for (let plane = planes; plane > 0; plane--) {
      for (let line = lines; line > 0; line--) {
        for (let m = threes; m > 0; m--) {
          b0 = v128.load(q); b1 = v128.load(q, 16); q += ldq;
          x = v128.load32_splat(a0); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
          x = v128.load32_splat(a1); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
          x = v128.load32_splat(a2); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
          x = v128.load32_splat(a3); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
          x = v128.load32_splat(a4); c40 = madd(c40, x, b0); c41 = madd(c41, x, b1);
          b0 = v128.load(q); b1 = v128.load(q, 16); q += ldq;
          x = v128.load32_splat(a0, 4); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
          x = v128.load32_splat(a1, 4); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
          x = v128.load32_splat(a2, 4); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
          x = v128.load32_splat(a3, 4); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
          x = v128.load32_splat(a4, 4); c40 = madd(c40, x, b0); c41 = madd(c41, x, b1);
          b0 = v128.load(q); b1 = v128.load(q, 16); q += ldq;
          x = v128.load32_splat(a0, 8); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
          x = v128.load32_splat(a1, 8); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
          x = v128.load32_splat(a2, 8); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
          x = v128.load32_splat(a3, 8); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
          x = v128.load32_splat(a4, 8); c40 = madd(c40, x, b0); c41 = madd(c41, x, b1);
          a0 += threesStep; a1 += threesStep; a2 += threesStep; a3 += threesStep; a4 += threesStep;
        }
        for (let m = ones; m > 0; m--) {
          b0 = v128.load(q); b1 = v128.load(q, 16); q += ldq;
          x = v128.load32_splat(a0); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
          x = v128.load32_splat(a1); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
          x = v128.load32_splat(a2); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
          x = v128.load32_splat(a3); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
          x = v128.load32_splat(a4); c40 = madd(c40, x, b0); c41 = madd(c41, x, b1);
          a0 += step; a1 += step; a2 += step; a3 += step; a4 += step;
        }
        a0 += lineSkip; a1 += lineSkip; a2 += lineSkip; a3 += lineSkip; a4 += lineSkip;
      }
      a0 += planeSkip; a1 += planeSkip; a2 += planeSkip; a3 += planeSkip; a4 += planeSkip;
    }
    v128.store(out, f32x4.pmax(c00, floors)); v128.store(out, f32x4.pmax(c01, floors), 16); out += ldo;
    v128.store(out, f32x4.pmax(c10, floors)); v128.store(out, f32x4.pmax(c11, floors), 16); out += ldo;
    v128.store(out, f32x4.pmax(c20, floors)); v128.store(out, f32x4.pmax(c21, floors), 16); out += ldo;
    v128.store(out, f32x4.pmax(c30, floors)); v128.store(out, f32x4.pmax(c31, floors), 16); out += ldo;
    v128.store(out, f32x4.pmax(c40, floors)); v128.store(out, f32x4.pmax(c41, floors), 16); out += ldo;
  }
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
