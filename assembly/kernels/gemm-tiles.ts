// Register tiles of the matrix product: C = max(init + A B, floor) for R rows at a time and one panel of 8 or 4 columns.
// Two vectors of a panel's row against one splat per row of A. Loops over K take 4 steps, 2 in 6 x 8; row pointers advance
// once per turn, so that all splat loads share three offsets. On Zen 4, 8 steps gain nothing (2 % slower at K 64), nor do tiles of
// 3 x 12, which load less. Tiles of one row wait for their sums, and of 4 columns are few: they take one. 5 x 8 needs 14 of
// the 15 vector registers that V8 has on x64, 6 x 8 one more than it has: the register of products. Fused there are none, so
// that 6 x 8 fits (measured, relaxed engine, Zen 4: gemm 256^3 53.4 -> 57.3 GFLOP/s).
//
// Compile with asc -O2 and without --converge: at -O3, or when converging, Binaryen sinks the loads of the unrolled steps
// into one expression per accumulator, which makes V8 spill (measured, 5 x 8 x K 256 on Zen 3: 47 against 34 GFLOP/s). The
// passes that asconfig.json runs after that only number locals anew: no speed, but 2.3 kB less of the engine after gzip.

import { madd } from "../math/madd";

/** For the relaxed engine. */
export function rows_6x8(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: f32): void {
  const floors = f32x4.splat(floor);
  for (; tiles > 0; tiles--) {
    let a0 = a, a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda;
    let c00 = v128.load(init); let c01 = v128.load(init, 16);
    let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01, c40 = c00, c41 = c01, c50 = c00, c51 = c01;
    let q = b, k = K;
    let x: v128, b0: v128, b1: v128;
    for (; k >= 2; k -= 2) {
      b0 = v128.load(q); b1 = v128.load(q, 16);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      x = v128.load32_splat(a4); c40 = madd(c40, x, b0); c41 = madd(c41, x, b1);
      x = v128.load32_splat(a5); c50 = madd(c50, x, b0); c51 = madd(c51, x, b1);
      b0 = v128.load(q, 32); b1 = v128.load(q, 48);
      x = v128.load32_splat(a0, 4); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1, 4); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2, 4); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3, 4); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      x = v128.load32_splat(a4, 4); c40 = madd(c40, x, b0); c41 = madd(c41, x, b1);
      x = v128.load32_splat(a5, 4); c50 = madd(c50, x, b0); c51 = madd(c51, x, b1);
      a0 += 8; a1 += 8; a2 += 8; a3 += 8; a4 += 8; a5 += 8; q += 64;
    }
    for (; k > 0; k--) {
      b0 = v128.load(q); b1 = v128.load(q, 16);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      x = v128.load32_splat(a4); c40 = madd(c40, x, b0); c41 = madd(c41, x, b1);
      x = v128.load32_splat(a5); c50 = madd(c50, x, b0); c51 = madd(c51, x, b1);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; a5 += 4; q += 32;
    }
    v128.store(c, f32x4.pmax(c00, floors)); v128.store(c, f32x4.pmax(c01, floors), 16); c += ldc;
    v128.store(c, f32x4.pmax(c10, floors)); v128.store(c, f32x4.pmax(c11, floors), 16); c += ldc;
    v128.store(c, f32x4.pmax(c20, floors)); v128.store(c, f32x4.pmax(c21, floors), 16); c += ldc;
    v128.store(c, f32x4.pmax(c30, floors)); v128.store(c, f32x4.pmax(c31, floors), 16); c += ldc;
    v128.store(c, f32x4.pmax(c40, floors)); v128.store(c, f32x4.pmax(c41, floors), 16); c += ldc;
    v128.store(c, f32x4.pmax(c50, floors)); v128.store(c, f32x4.pmax(c51, floors), 16); c += ldc;
    a += 6 * lda;
  }
}

export function rows_5x8(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: f32): void {
  const floors = f32x4.splat(floor);
  for (; tiles > 0; tiles--) {
    let a0 = a, a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda;
    let c00 = v128.load(init); let c01 = v128.load(init, 16);
    let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01, c40 = c00, c41 = c01;
    let q = b, k = K;
    let x: v128, b0: v128, b1: v128;
    for (; k >= 4; k -= 4) {
      b0 = v128.load(q); b1 = v128.load(q, 16);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      x = v128.load32_splat(a4); c40 = madd(c40, x, b0); c41 = madd(c41, x, b1);
      b0 = v128.load(q, 32); b1 = v128.load(q, 48);
      x = v128.load32_splat(a0, 4); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1, 4); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2, 4); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3, 4); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      x = v128.load32_splat(a4, 4); c40 = madd(c40, x, b0); c41 = madd(c41, x, b1);
      b0 = v128.load(q, 64); b1 = v128.load(q, 80);
      x = v128.load32_splat(a0, 8); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1, 8); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2, 8); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3, 8); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      x = v128.load32_splat(a4, 8); c40 = madd(c40, x, b0); c41 = madd(c41, x, b1);
      b0 = v128.load(q, 96); b1 = v128.load(q, 112);
      x = v128.load32_splat(a0, 12); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1, 12); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2, 12); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3, 12); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      x = v128.load32_splat(a4, 12); c40 = madd(c40, x, b0); c41 = madd(c41, x, b1);
      a0 += 16; a1 += 16; a2 += 16; a3 += 16; a4 += 16; q += 128;
    }
    for (; k > 0; k--) {
      b0 = v128.load(q); b1 = v128.load(q, 16);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      x = v128.load32_splat(a4); c40 = madd(c40, x, b0); c41 = madd(c41, x, b1);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; q += 32;
    }
    v128.store(c, f32x4.pmax(c00, floors)); v128.store(c, f32x4.pmax(c01, floors), 16); c += ldc;
    v128.store(c, f32x4.pmax(c10, floors)); v128.store(c, f32x4.pmax(c11, floors), 16); c += ldc;
    v128.store(c, f32x4.pmax(c20, floors)); v128.store(c, f32x4.pmax(c21, floors), 16); c += ldc;
    v128.store(c, f32x4.pmax(c30, floors)); v128.store(c, f32x4.pmax(c31, floors), 16); c += ldc;
    v128.store(c, f32x4.pmax(c40, floors)); v128.store(c, f32x4.pmax(c41, floors), 16); c += ldc;
    a += 5 * lda;
  }
}

export function rows_4x8(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: f32): void {
  const floors = f32x4.splat(floor);
  for (; tiles > 0; tiles--) {
    let a0 = a, a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
    let c00 = v128.load(init); let c01 = v128.load(init, 16);
    let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
    let q = b, k = K;
    let x: v128, b0: v128, b1: v128;
    for (; k >= 4; k -= 4) {
      b0 = v128.load(q); b1 = v128.load(q, 16);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      b0 = v128.load(q, 32); b1 = v128.load(q, 48);
      x = v128.load32_splat(a0, 4); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1, 4); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2, 4); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3, 4); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      b0 = v128.load(q, 64); b1 = v128.load(q, 80);
      x = v128.load32_splat(a0, 8); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1, 8); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2, 8); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3, 8); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      b0 = v128.load(q, 96); b1 = v128.load(q, 112);
      x = v128.load32_splat(a0, 12); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      x = v128.load32_splat(a1, 12); c10 = madd(c10, x, b0); c11 = madd(c11, x, b1);
      x = v128.load32_splat(a2, 12); c20 = madd(c20, x, b0); c21 = madd(c21, x, b1);
      x = v128.load32_splat(a3, 12); c30 = madd(c30, x, b0); c31 = madd(c31, x, b1);
      a0 += 16; a1 += 16; a2 += 16; a3 += 16; q += 128;
    }
    for (; k > 0; k--) {
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

export function rows_1x8(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: f32): void {
  const floors = f32x4.splat(floor);
  for (; tiles > 0; tiles--) {
    let a0 = a;
    let c00 = v128.load(init); let c01 = v128.load(init, 16);
    let q = b;
    let x: v128, b0: v128, b1: v128;
    for (let k = K; k > 0; k--) {
      b0 = v128.load(q); b1 = v128.load(q, 16);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      a0 += 4; q += 32;
    }
    v128.store(c, f32x4.pmax(c00, floors)); v128.store(c, f32x4.pmax(c01, floors), 16); c += ldc;
    a += lda;
  }
}

export function rows_5x4(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: f32): void {
  const floors = f32x4.splat(floor);
  for (; tiles > 0; tiles--) {
    let a0 = a, a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda;
    let c00 = v128.load(init);
    let c10 = c00, c20 = c00, c30 = c00, c40 = c00;
    let q = b;
    let x: v128, b0: v128;
    for (let k = K; k > 0; k--) {
      b0 = v128.load(q);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0);
      x = v128.load32_splat(a1); c10 = madd(c10, x, b0);
      x = v128.load32_splat(a2); c20 = madd(c20, x, b0);
      x = v128.load32_splat(a3); c30 = madd(c30, x, b0);
      x = v128.load32_splat(a4); c40 = madd(c40, x, b0);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; q += 16;
    }
    v128.store(c, f32x4.pmax(c00, floors)); c += ldc;
    v128.store(c, f32x4.pmax(c10, floors)); c += ldc;
    v128.store(c, f32x4.pmax(c20, floors)); c += ldc;
    v128.store(c, f32x4.pmax(c30, floors)); c += ldc;
    v128.store(c, f32x4.pmax(c40, floors)); c += ldc;
    a += 5 * lda;
  }
}

export function rows_4x4(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: f32): void {
  const floors = f32x4.splat(floor);
  for (; tiles > 0; tiles--) {
    let a0 = a, a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
    let c00 = v128.load(init);
    let c10 = c00, c20 = c00, c30 = c00;
    let q = b;
    let x: v128, b0: v128;
    for (let k = K; k > 0; k--) {
      b0 = v128.load(q);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0);
      x = v128.load32_splat(a1); c10 = madd(c10, x, b0);
      x = v128.load32_splat(a2); c20 = madd(c20, x, b0);
      x = v128.load32_splat(a3); c30 = madd(c30, x, b0);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; q += 16;
    }
    v128.store(c, f32x4.pmax(c00, floors)); c += ldc;
    v128.store(c, f32x4.pmax(c10, floors)); c += ldc;
    v128.store(c, f32x4.pmax(c20, floors)); c += ldc;
    v128.store(c, f32x4.pmax(c30, floors)); c += ldc;
    a += 4 * lda;
  }
}

export function rows_1x4(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: f32): void {
  const floors = f32x4.splat(floor);
  for (; tiles > 0; tiles--) {
    let a0 = a;
    let c00 = v128.load(init);
    let q = b;
    let x: v128, b0: v128;
    for (let k = K; k > 0; k--) {
      b0 = v128.load(q);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0);
      a0 += 4; q += 16;
    }
    v128.store(c, f32x4.pmax(c00, floors)); c += ldc;
    a += lda;
  }
}
