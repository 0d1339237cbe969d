// Register tiles of the matrix product in loops of one step, for compilers that run out of registers in several (see
// gemm_tile_rows): 8 sums, and 6 numbers that are loaded before anything is computed.

import { madd } from "../math/madd";

export function rows_4x8_short(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: f32): void {
  const floors = f32x4.splat(floor);
  for (; tiles > 0; tiles--) {
    let a0 = a, a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
    let c00 = v128.load(init); let c01 = v128.load(init, 16);
    let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
    let q = b;
    let x: v128, b0: v128, b1: v128;
    for (let k = K; k > 0; k--) {
      b0 = v128.load(q); b1 = v128.load(q, 16);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; q += 32;
    }
    v128.store(c, f32x4.pmax(c00, floors)); v128.store(c, f32x4.pmax(c01, floors), 16); c += ldc;
    v128.store(c, f32x4.pmax(c10, floors)); v128.store(c, f32x4.pmax(c11, floors), 16); c += ldc;
    v128.store(c, f32x4.pmax(c20, floors)); v128.store(c, f32x4.pmax(c21, floors), 16); c += ldc;
    v128.store(c, f32x4.pmax(c30, floors)); v128.store(c, f32x4.pmax(c31, floors), 16); c += ldc;
    a += 4 * lda;
  }
}
