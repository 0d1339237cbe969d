// Backward products of thin layers, for which register tiles would spend their time on entering, leaving and packing:
// layers of at most 4 outputs, which every value head is, and first layers of at most 4 inputs.
// (measured, batch 64: backward of 64 -> 2 2.58 -> 1.39 us, of 4 -> 64 1.70 -> 1.47 us)

import { madd } from "../math/madd";
import { gemm_rows } from "./gemm";
import { transpose } from "./transpose";

const ZEROS = memory.data(32, 16);

/** dw[i, o] = sum over b of x[b, i] dz[b, o], into the one panel of 4 columns. */
export function narrow_weight_gradient(
  rows: i32, I: i32, O: i32, x: usize, ldx: usize, dz: usize, ldz: usize, dw: usize, scratch: usize,
): void {
  const rowBytes = <usize>((rows + 3) & ~3) << 2;
  const products = scratch + 4 * rowBytes;
  transpose(dz, ldz, rows, O, scratch, rowBytes);
  gemm_rows(O, rows, I, scratch, rowBytes, x, ldx, products, ldx, ZEROS);
  for (let i: usize = 0; i < <usize>I; i++) {
    const p = products + (i << 2);
    let column = v128.load32_zero(p);
    if (O > 1) column = v128.load_lane<f32>(p + ldx, column, 1);
    if (O > 2) column = v128.load_lane<f32>(p + 2 * ldx, column, 2);
    if (O > 3) column = v128.load_lane<f32>(p + 3 * ldx, column, 3);
    v128.store(dw + (i << 4), column);
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
      let v = v128.load32_splat(a); w00 = madd(w00, v, d0); w01 = madd(w01, v, d1);
      v = v128.load32_splat(a, 4); w10 = madd(w10, v, d0); w11 = madd(w11, v, d1);
      v = v128.load32_splat(a, 8); w20 = madd(w20, v, d0); w21 = madd(w21, v, d1);
      v = v128.load32_splat(a, 12); w30 = madd(w30, v, d0); w31 = madd(w31, v, d1);
    }
    v128.store(dbias, s0); v128.store(dbias, s1, 16);
    v128.store(dw, w00); v128.store(dw, w01, 16);
    if (I > 1) { v128.store(dw, w10, 32); v128.store(dw, w11, 48); }
    if (I > 2) { v128.store(dw, w20, 64); v128.store(dw, w21, 80); }
    if (I > 3) { v128.store(dw, w30, 96); v128.store(dw, w31, 112); }
  }
}
