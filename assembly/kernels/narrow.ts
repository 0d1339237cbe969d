// Backward products of thin layers, for which register tiles would spend their time on entering, leaving and packing:
// last layers, which have an output for every action, and first layers of at most 4 inputs.
// (measured: backward of 64 -> 2, batch 64, 2.58 -> 1.39 us; of 4 -> 64 1.70 -> 1.47 us; of 512 -> 8, batch 256, 192 -> 143)

import { madd } from "../math/madd";
import { gemm_rows } from "./gemm";
import { block, halves_high, halves_low, pairs_high, pairs_low, transpose } from "./transpose";

const ZEROS = memory.data(32, 16);

/**
 * y = max(bias + x W', floor) for at most 2 outputs, 8 rows at a time: a vector holds one output of four rows, where gemm's
 * thin tiles would leave half of it empty and wait for their sums. (measured, 64 -> 2, batch 64: 1.07 -> 0.55 us)
 * @param rows a multiple of 8 @param I a multiple of 4 @param w the one panel of 4 columns
 */
export function narrow_forward(
  rows: i32, I: i32, x: usize, ldx: usize, w: usize, bias: usize, y: usize, ldy: usize, floor: f32,
): void {
  const zero = f32x4.splat(0), floors = f32x4.splat(floor);
  const bias0 = v128.load32_splat(bias), bias1 = v128.load32_splat(bias, 4);
  const end = w + (<usize>I << 4);
  for (; rows > 0; rows -= 8, x += ldx << 3) {
    let a0 = bias0, a1 = bias1, b0 = bias0, b1 = bias1;
    for (let q = w, p = x; q < end; q += 64, p += 16) {
      let r = p + ldx, s = r + ldx, t = s + ldx;
      let low = v128.load(p), high = v128.load(r), u = v128.load(s), v = v128.load(t);
      const a01 = pairs_low(low, high), a23 = pairs_low(u, v), a45 = pairs_high(low, high), a67 = pairs_high(u, v);
      r = t + ldx; s = r + ldx; t = s + ldx;
      low = v128.load(r); high = v128.load(s); u = v128.load(t); v = v128.load(t + ldx);
      const b01 = pairs_low(low, high), b23 = pairs_low(u, v), b45 = pairs_high(low, high), b67 = pairs_high(u, v);
      let k = v128.load(q);
      u = splat_0(k); v = splat_1(k); low = halves_low(a01, a23); high = halves_low(b01, b23);
      a0 = madd(a0, low, u); a1 = madd(a1, low, v); b0 = madd(b0, high, u); b1 = madd(b1, high, v);
      k = v128.load(q, 16);
      u = splat_0(k); v = splat_1(k); low = halves_high(a01, a23); high = halves_high(b01, b23);
      a0 = madd(a0, low, u); a1 = madd(a1, low, v); b0 = madd(b0, high, u); b1 = madd(b1, high, v);
      k = v128.load(q, 32);
      u = splat_0(k); v = splat_1(k); low = halves_low(a45, a67); high = halves_low(b45, b67);
      a0 = madd(a0, low, u); a1 = madd(a1, low, v); b0 = madd(b0, high, u); b1 = madd(b1, high, v);
      k = v128.load(q, 48);
      u = splat_0(k); v = splat_1(k); low = halves_high(a45, a67); high = halves_high(b45, b67);
      a0 = madd(a0, low, u); a1 = madd(a1, low, v); b0 = madd(b0, high, u); b1 = madd(b1, high, v);
    }
    block(f32x4.pmax(a0, floors), f32x4.pmax(a1, floors), zero, zero, y, ldy); y += ldy << 2;
    block(f32x4.pmax(b0, floors), f32x4.pmax(b1, floors), zero, zero, y, ldy); y += ldy << 2;
  }
}

// @ts-ignore: decorator
@inline
function splat_2(x: v128): v128 {
  return i8x16.shuffle(x, x, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11);
}

// @ts-ignore: decorator
@inline
function splat_3(x: v128): v128 {
  return i8x16.shuffle(x, x, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
}

// @ts-ignore: decorator
@inline
function splat_0(x: v128): v128 {
  return i8x16.shuffle(x, x, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
}

// @ts-ignore: decorator
@inline
function splat_1(x: v128): v128 {
  return i8x16.shuffle(x, x, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
}

/**
 * dw[i, o] = sum over b of x[b, i] dz[b, o], into panels of 8 columns, the last one 8 or 4 wide. x stays as it lies: the
 * product is taken with outputs for rows, and transposed.
 */
export function narrow_weight_gradient(
  rows: i32, I: i32, O: i32, x: usize, ldx: usize, dz: usize, ldz: usize, dw: usize, scratch: usize,
): void {
  const rowBytes = <usize>((rows + 3) & ~3) << 2;
  const outputs = (O + 3) & ~3, ldp = <usize>((I + 3) & ~3) << 2;
  let products = scratch + <usize>outputs * rowBytes;
  transpose(dz, ldz, rows, O, scratch, rowBytes);
  gemm_rows(O, rows, I, scratch, rowBytes, x, ldx, products, ldp, ZEROS);
  memory.fill(products + <usize>O * ldp, 0, <usize>(outputs - O) * ldp);
  for (let n = outputs; n > 0; n -= 8, products += 8 * ldp, dw += <usize>I << 5) {
    const width = min<i32>(n, 8), ldw = <usize>width << 2;
    transpose(products, ldp, width, I & ~3, dw, ldw);
    // The next four rows of dw may be another parameter's.
    for (let i = I & ~3; i < I; i++) {
      for (let o = 0; o < width; o++) {
        store<f32>(dw + <usize>i * ldw + (<usize>o << 2), load<f32>(products + <usize>o * ldp + (<usize>i << 2)));
      }
    }
  }
}

/** dx[b, i] = sum over o of dz[b, o] W[o, i]; columns up to the next multiple of 4 are written. */
export function narrow_input_gradient(
  rows: i32, I: i32, O: i32, dz: usize, ldz: usize, w: usize, dx: usize, ldx: usize, scratch: usize,
): void {
  // W lies as [I][4]; its rows are wanted. Rows past I are the next parameter's, and would only reach padding columns.
  const rowBytes = <usize>((I + 3) & ~3) << 2;
  transpose(w, 16, I & ~3, 4, scratch, rowBytes);
  for (let o = 0; o < 4; o++) {
    for (let i = I & ~3; i < ((I + 3) & ~3); i++) {
      const value = i < I ? load<f32>(w + (<usize>i << 4) + (<usize>o << 2)) : 0;
      store<f32>(scratch + <usize>o * rowBytes + (<usize>i << 2), value);
    }
  }
  const zero = f32x4.splat(0);
  const w1 = scratch + rowBytes, w2 = w1 + rowBytes, w3 = w2 + rowBytes;
  for (let r = rows; r > 0; r--, dz += ldz, dx += ldx) {
    // Outputs that are not there count as 0 x 0: adding +0 to a sum that began at +0 changes nothing.
    const d0 = v128.load32_splat(dz), d1 = O > 1 ? v128.load32_splat(dz, 4) : zero;
    if (O <= 2) {
      let j: usize = 0;
      for (; j + 64 <= rowBytes; j += 64) {
        const p = scratch + j, q = w1 + j, out = dx + j;
        v128.store(out, pair(d0, d1, v128.load(p), v128.load(q)));
        v128.store(out, pair(d0, d1, v128.load(p, 16), v128.load(q, 16)), 16);
        v128.store(out, pair(d0, d1, v128.load(p, 32), v128.load(q, 32)), 32);
        v128.store(out, pair(d0, d1, v128.load(p, 48), v128.load(q, 48)), 48);
      }
      for (; j < rowBytes; j += 16) v128.store(dx + j, pair(d0, d1, v128.load(scratch + j), v128.load(w1 + j)));
    } else {
      const d2 = v128.load32_splat(dz, 8), d3 = O > 3 ? v128.load32_splat(dz, 12) : zero;
      for (let j: usize = 0; j < rowBytes; j += 16) {
        const sum = pair(d0, d1, v128.load(scratch + j), v128.load(w1 + j));
        v128.store(dx + j, madd(madd(sum, d2, v128.load(w2 + j)), d3, v128.load(w3 + j)));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function pair(d0: v128, d1: v128, w0: v128, w1: v128): v128 {
  return madd(madd(f32x4.splat(0), d0, w0), d1, w1);
}

/**
 * Gradients of a first layer of at most 4 inputs and a multiple of 8 outputs, in one pass over dz: per panel, the four
 * rows of dw and the sums for dbias stay in registers. @param mask as in pack_and_sum
 */
export function narrow_first_layer(
  rows: i32, I: i32, O: i32, x: usize, ldx: usize, dz: usize, ldz: usize, mask: usize, dw: usize, dbias: usize,
): void {
  const zero = f32x4.splat(0);
  const shift = mask - dz;
  for (let n = O; n > 0; n -= 8, dz += 32, dbias += 32, dw += <usize>I << 5) {
    let s0 = zero, s1 = zero, w00 = zero, w01 = zero, w10 = zero, w11 = zero, w20 = zero, w21 = zero, w30 = zero, w31 = zero;
    let p = dz, a = x;
    for (let r = rows; r > 0; r--, p += ldz, a += ldx) {
      let d0 = v128.load(p), d1 = v128.load(p, 16);
      if (mask) {
        d0 = v128.and(d0, f32x4.gt(v128.load(p + shift), zero));
        d1 = v128.and(d1, f32x4.gt(v128.load(p + shift, 16), zero));
        v128.store(p, d0);
        v128.store(p, d1, 16);
      }
      s0 = f32x4.add(s0, d0); s1 = f32x4.add(s1, d1);
      const v = v128.load(a);
      let k = splat_0(v); w00 = madd(w00, k, d0); w01 = madd(w01, k, d1);
      k = splat_1(v); w10 = madd(w10, k, d0); w11 = madd(w11, k, d1);
      k = splat_2(v); w20 = madd(w20, k, d0); w21 = madd(w21, k, d1);
      k = splat_3(v); w30 = madd(w30, k, d0); w31 = madd(w31, k, d1);
    }
    v128.store(dbias, s0); v128.store(dbias, s1, 16);
    v128.store(dw, w00); v128.store(dw, w01, 16);
    if (I > 1) { v128.store(dw, w10, 32); v128.store(dw, w11, 48); }
    if (I > 2) { v128.store(dw, w20, 64); v128.store(dw, w21, 80); }
    if (I > 3) { v128.store(dw, w30, 96); v128.store(dw, w31, 112); }
  }
}
