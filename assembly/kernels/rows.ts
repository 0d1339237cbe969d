// Arithmetic on tensors, row by row. Rows are ld bytes apart, a multiple of 16; their padding is 0.
// Letters: B rows, A columns, N a count within a row or a group of rows.

import { madd } from "../math/madd";
import { lane_mean } from "./lanes";

/** Copies `count` floats of each row. */
export function rows_copy_columns(rows: i32, x: usize, ldx: usize, y: usize, ldy: usize, count: i32): void {
  for (let b = 0; b < rows; b++, x += ldx, y += ldy) {
    for (let c: usize = 0; c < <usize>count << 2; c += 4) store<f32>(y + c, load<f32>(x + c));
  }
}

/**
 * Number first + b of y, counted row by row, = max over a of x[b, a]. A NaN counts in column 0 only.
 * @param perRow numbers of a row of y
 */
export function rows_maximum(
  rows: i32, columns: i32, x: usize, ld: usize, first: i32, perRow: i32, y: usize, ldy: usize,
): void {
  for (let b = 0; b < rows; b++) {
    let largest = load<f32>(x);
    for (let a = 1; a < columns; a++) {
      const value = load<f32>(x + (<usize>a << 2));
      if (value > largest) largest = value;
    }
    const k = first + b;
    store<f32>(y + <usize>(k / perRow) * ldy + (<usize>(k % perRow) << 2), largest);
    x += ld;
  }
}

/** Row b of y = record order[b] of x, `columns` numbers each, of which a row of x holds `perRow`. */
export function rows_gather(
  rows: i32, order: usize, columns: i32, perRow: i32, x: usize, ldx: usize, y: usize, ldy: usize,
): void {
  const bytes = <usize>columns << 2;
  for (const end = order + (<usize>rows << 2); order < end; order += 4, y += ldy) {
    const k = <u32>load<f32>(order);
    if (perRow == 1) {
      // Whole rows, the padding's zeros included.
      const from = x + <usize>k * ldx;
      for (let i: usize = 0; i < ldy; i += 16) v128.store(y + i, v128.load(from + i));
    } else {
      const row = k / <u32>perRow;
      const from = x + <usize>row * ldx + <usize>(k - row * <u32>perRow) * bytes;
      for (let c: usize = 0; c < bytes; c += 4) store<f32>(y + c, load<f32>(from + c));
    }
  }
}

/** y[b N + n] = x[b], n = 0 .. N - 1: whole rows, their padding included. */
export function rows_repeat(B: i32, N: i32, x: usize, y: usize, ld: usize): void {
  for (let b = 0; b < B; b++, x += ld) {
    for (let n = 0; n < N; n++, y += ld) {
      for (let h: usize = 0; h < ld; h += 16) v128.store(y + h, v128.load(x + h));
    }
  }
}

/** y[b, a] = mean of x[b, a N] .. x[b, a N + N - 1], in lanes */
export function rows_mean(B: i32, A: i32, N: i32, x: usize, ldx: usize, y: usize, ldy: usize): void {
  const width = <usize>N << 2;
  for (let b = 0; b < B; b++, x += ldx, y += ldy) {
    let from = x;
    for (let a: usize = 0; a < <usize>A << 2; a += 4, from += width) store<f32>(y + a, lane_mean(from, N));
  }
}

/** Per b, y[a N + n] = x[n, a]: N rows of A numbers become one of A groups of N. */
export function rows_fold(B: i32, N: i32, A: i32, x: usize, ldx: usize, y: usize, ldy: usize): void {
  for (let b = 0; b < B; b++, y += ldy) {
    for (let n: usize = 0; n < <usize>N << 2; n += 4, x += ldx) {
      let p = y + n;
      for (let a: usize = 0; a < <usize>A << 2; a += 4, p += <usize>N << 2) store<f32>(p, load<f32>(x + a));
    }
  }
}

/** The way back: per b, y[n, a] = x[a N + n]; padding columns of y become 0. */
export function rows_unfold(B: i32, N: i32, A: i32, x: usize, ldx: usize, y: usize, ldy: usize): void {
  for (let b = 0; b < B; b++, x += ldx) {
    for (let n: usize = 0; n < <usize>N << 2; n += 4, y += ldy) {
      let p = x + n, a: usize = 0;
      for (; a < <usize>A << 2; a += 4, p += <usize>N << 2) store<f32>(y + a, load<f32>(p));
      for (; a < ldy; a += 4) store<f32>(y + a, 0);
    }
  }
}

/** y[b N + n] = scale[b] x[b N + n], elementwise; y may be x. */
export function rows_scale_groups(B: i32, N: i32, scale: usize, x: usize, y: usize, ld: usize): void {
  for (let b = 0; b < B; b++, scale += ld) {
    for (let n = 0; n < N; n++, x += ld, y += ld) {
      for (let h: usize = 0; h < ld; h += 16) {
        v128.store(y + h, f32x4.mul(v128.load(scale + h), v128.load(x + h)));
      }
    }
  }
}

/** @param dx may be dy @param dscale 0: not wanted */
export function rows_scale_groups_backward(
  B: i32, N: i32, scale: usize, x: usize, dy: usize, dx: usize, dscale: usize, ld: usize,
): void {
  const block = <usize>N * ld;
  for (let b = 0; b < B; b++, scale += ld, x += block, dy += block, dx += block) {
    for (let h: usize = 0; h < ld; h += 16) {
      const s = v128.load(scale + h);
      let sum = f32x4.splat(0);
      for (let r = h; r < block; r += ld) {
        const d = v128.load(dy + r);
        sum = f32x4.add(sum, f32x4.mul(d, v128.load(x + r)));
        v128.store(dx + r, f32x4.mul(d, s));
      }
      if (dscale) v128.store(dscale + h, sum);
    }
    if (dscale) dscale += ld;
  }
}

/** y += scale x, over n floats (a multiple of 4). */
export function rows_add_scaled(x: usize, scale: f32, y: usize, n: i32): void {
  const end = x + (<usize>n << 2);
  const scales = f32x4.splat(scale);
  for (; x < end; x += 16, y += 16) v128.store(y, madd(v128.load(y), scales, v128.load(x)));
}

/** x = (x - mean) / (unbiased deviation + 1e-8) in float64; a single row is left alone. Rows of one column. */
export function rows_standardize(B: i32, x: usize): void {
  if (B < 2) return;
  const end = x + (<usize>B << 4);
  let sum: f64 = 0;
  for (let p = x; p < end; p += 16) sum += <f64>load<f32>(p);
  const mean = sum / <f64>B;
  let squares: f64 = 0;
  for (let p = x; p < end; p += 16) {
    const distance = <f64>load<f32>(p) - mean;
    squares += distance * distance;
  }
  const deviation = sqrt<f64>(squares / <f64>(B - 1)) + 1e-8;
  for (let p = x; p < end; p += 16) store<f32>(p, <f32>((<f64>load<f32>(p) - mean) / deviation));
}
