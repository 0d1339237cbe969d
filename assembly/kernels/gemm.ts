// C = max(init + A B, floor), the one matrix product of the engine. A is row-major, B lies in panels of 8 columns (see
// backends/parameter-layout.ts), the last one 8 or 4 wide. Register tiles of 5 x 8 and 4 x 8; the K loop takes 4 steps,
// row pointers advance once per 4, so that all splat loads of a row share three offsets.
//
// Every element of C starts at its init value and takes the products in order k = 0, 1, ..., whatever the tile: the
// result does not depend on shapes, and equals the naive loop bit for bit in the strict engine.
//
// Compile with asc -O2 and without --converge: at -O3, or when converging, Binaryen sinks the loads of the unrolled steps
// into one expression per accumulator, which makes V8 spill (measured, 5 x 8 x K 256 on Zen 3: 47 against 34 GFLOP/s).

import { madd } from "../math/madd";

function rows_5x8(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: v128): void {
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
    v128.store(c, f32x4.pmax(c00, floor)); v128.store(c, f32x4.pmax(c01, floor), 16); c += ldc;
    v128.store(c, f32x4.pmax(c10, floor)); v128.store(c, f32x4.pmax(c11, floor), 16); c += ldc;
    v128.store(c, f32x4.pmax(c20, floor)); v128.store(c, f32x4.pmax(c21, floor), 16); c += ldc;
    v128.store(c, f32x4.pmax(c30, floor)); v128.store(c, f32x4.pmax(c31, floor), 16); c += ldc;
    v128.store(c, f32x4.pmax(c40, floor)); v128.store(c, f32x4.pmax(c41, floor), 16); c += ldc;
    a += 5 * lda;
  }
}

function rows_4x8(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: v128): void {
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
    v128.store(c, f32x4.pmax(c00, floor)); v128.store(c, f32x4.pmax(c01, floor), 16); c += ldc;
    v128.store(c, f32x4.pmax(c10, floor)); v128.store(c, f32x4.pmax(c11, floor), 16); c += ldc;
    v128.store(c, f32x4.pmax(c20, floor)); v128.store(c, f32x4.pmax(c21, floor), 16); c += ldc;
    v128.store(c, f32x4.pmax(c30, floor)); v128.store(c, f32x4.pmax(c31, floor), 16); c += ldc;
    a += 4 * lda;
  }
}

function rows_1x8(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: v128): void {
  for (; tiles > 0; tiles--) {
    let a0 = a;
    let c00 = v128.load(init); let c01 = v128.load(init, 16);
    let q = b, k = K;
    let x: v128, b0: v128, b1: v128;
    for (; k >= 4; k -= 4) {
      b0 = v128.load(q); b1 = v128.load(q, 16);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      b0 = v128.load(q, 32); b1 = v128.load(q, 48);
      x = v128.load32_splat(a0, 4); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      b0 = v128.load(q, 64); b1 = v128.load(q, 80);
      x = v128.load32_splat(a0, 8); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      b0 = v128.load(q, 96); b1 = v128.load(q, 112);
      x = v128.load32_splat(a0, 12); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      a0 += 16; q += 128;
    }
    for (; k > 0; k--) {
      b0 = v128.load(q); b1 = v128.load(q, 16);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0); c01 = madd(c01, x, b1);
      a0 += 4; q += 32;
    }
    v128.store(c, f32x4.pmax(c00, floor)); v128.store(c, f32x4.pmax(c01, floor), 16); c += ldc;
    a += lda;
  }
}

function row_1x32(a: usize, K: i32, b: usize, bps: usize, ldb: usize, c: usize, cps: usize, init: usize, initStep: usize, floor: v128): void {
  let q0 = b, q1 = q0 + bps, q2 = q1 + bps, q3 = q2 + bps;
  let c0 = v128.load(init), c1 = v128.load(init, 16); init += initStep;
  let c2 = v128.load(init), c3 = v128.load(init, 16); init += initStep;
  let c4 = v128.load(init), c5 = v128.load(init, 16); init += initStep;
  let c6 = v128.load(init), c7 = v128.load(init, 16);
  for (let k = K; k > 0; k--) {
    const x = v128.load32_splat(a);
    c0 = madd(c0, x, v128.load(q0)); c1 = madd(c1, x, v128.load(q0, 16));
    c2 = madd(c2, x, v128.load(q1)); c3 = madd(c3, x, v128.load(q1, 16));
    c4 = madd(c4, x, v128.load(q2)); c5 = madd(c5, x, v128.load(q2, 16));
    c6 = madd(c6, x, v128.load(q3)); c7 = madd(c7, x, v128.load(q3, 16));
    a += 4; q0 += ldb; q1 += ldb; q2 += ldb; q3 += ldb;
  }
  v128.store(c, f32x4.pmax(c0, floor)); v128.store(c, f32x4.pmax(c1, floor), 16); c += cps;
  v128.store(c, f32x4.pmax(c2, floor)); v128.store(c, f32x4.pmax(c3, floor), 16); c += cps;
  v128.store(c, f32x4.pmax(c4, floor)); v128.store(c, f32x4.pmax(c5, floor), 16); c += cps;
  v128.store(c, f32x4.pmax(c6, floor)); v128.store(c, f32x4.pmax(c7, floor), 16);
}

function rows_5x4(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: v128): void {
  for (; tiles > 0; tiles--) {
    let a0 = a, a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda;
    let c00 = v128.load(init);
    let c10 = c00, c20 = c00, c30 = c00, c40 = c00;
    let q = b, k = K;
    let x: v128, b0: v128;
    for (; k >= 4; k -= 4) {
      b0 = v128.load(q);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0);
      x = v128.load32_splat(a1); c10 = madd(c10, x, b0);
      x = v128.load32_splat(a2); c20 = madd(c20, x, b0);
      x = v128.load32_splat(a3); c30 = madd(c30, x, b0);
      x = v128.load32_splat(a4); c40 = madd(c40, x, b0);
      b0 = v128.load(q, 16);
      x = v128.load32_splat(a0, 4); c00 = madd(c00, x, b0);
      x = v128.load32_splat(a1, 4); c10 = madd(c10, x, b0);
      x = v128.load32_splat(a2, 4); c20 = madd(c20, x, b0);
      x = v128.load32_splat(a3, 4); c30 = madd(c30, x, b0);
      x = v128.load32_splat(a4, 4); c40 = madd(c40, x, b0);
      b0 = v128.load(q, 32);
      x = v128.load32_splat(a0, 8); c00 = madd(c00, x, b0);
      x = v128.load32_splat(a1, 8); c10 = madd(c10, x, b0);
      x = v128.load32_splat(a2, 8); c20 = madd(c20, x, b0);
      x = v128.load32_splat(a3, 8); c30 = madd(c30, x, b0);
      x = v128.load32_splat(a4, 8); c40 = madd(c40, x, b0);
      b0 = v128.load(q, 48);
      x = v128.load32_splat(a0, 12); c00 = madd(c00, x, b0);
      x = v128.load32_splat(a1, 12); c10 = madd(c10, x, b0);
      x = v128.load32_splat(a2, 12); c20 = madd(c20, x, b0);
      x = v128.load32_splat(a3, 12); c30 = madd(c30, x, b0);
      x = v128.load32_splat(a4, 12); c40 = madd(c40, x, b0);
      a0 += 16; a1 += 16; a2 += 16; a3 += 16; a4 += 16; q += 64;
    }
    for (; k > 0; k--) {
      b0 = v128.load(q);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0);
      x = v128.load32_splat(a1); c10 = madd(c10, x, b0);
      x = v128.load32_splat(a2); c20 = madd(c20, x, b0);
      x = v128.load32_splat(a3); c30 = madd(c30, x, b0);
      x = v128.load32_splat(a4); c40 = madd(c40, x, b0);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; q += 16;
    }
    v128.store(c, f32x4.pmax(c00, floor)); c += ldc;
    v128.store(c, f32x4.pmax(c10, floor)); c += ldc;
    v128.store(c, f32x4.pmax(c20, floor)); c += ldc;
    v128.store(c, f32x4.pmax(c30, floor)); c += ldc;
    v128.store(c, f32x4.pmax(c40, floor)); c += ldc;
    a += 5 * lda;
  }
}

function rows_4x4(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: v128): void {
  for (; tiles > 0; tiles--) {
    let a0 = a, a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
    let c00 = v128.load(init);
    let c10 = c00, c20 = c00, c30 = c00;
    let q = b, k = K;
    let x: v128, b0: v128;
    for (; k >= 4; k -= 4) {
      b0 = v128.load(q);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0);
      x = v128.load32_splat(a1); c10 = madd(c10, x, b0);
      x = v128.load32_splat(a2); c20 = madd(c20, x, b0);
      x = v128.load32_splat(a3); c30 = madd(c30, x, b0);
      b0 = v128.load(q, 16);
      x = v128.load32_splat(a0, 4); c00 = madd(c00, x, b0);
      x = v128.load32_splat(a1, 4); c10 = madd(c10, x, b0);
      x = v128.load32_splat(a2, 4); c20 = madd(c20, x, b0);
      x = v128.load32_splat(a3, 4); c30 = madd(c30, x, b0);
      b0 = v128.load(q, 32);
      x = v128.load32_splat(a0, 8); c00 = madd(c00, x, b0);
      x = v128.load32_splat(a1, 8); c10 = madd(c10, x, b0);
      x = v128.load32_splat(a2, 8); c20 = madd(c20, x, b0);
      x = v128.load32_splat(a3, 8); c30 = madd(c30, x, b0);
      b0 = v128.load(q, 48);
      x = v128.load32_splat(a0, 12); c00 = madd(c00, x, b0);
      x = v128.load32_splat(a1, 12); c10 = madd(c10, x, b0);
      x = v128.load32_splat(a2, 12); c20 = madd(c20, x, b0);
      x = v128.load32_splat(a3, 12); c30 = madd(c30, x, b0);
      a0 += 16; a1 += 16; a2 += 16; a3 += 16; q += 64;
    }
    for (; k > 0; k--) {
      b0 = v128.load(q);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0);
      x = v128.load32_splat(a1); c10 = madd(c10, x, b0);
      x = v128.load32_splat(a2); c20 = madd(c20, x, b0);
      x = v128.load32_splat(a3); c30 = madd(c30, x, b0);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; q += 16;
    }
    v128.store(c, f32x4.pmax(c00, floor)); c += ldc;
    v128.store(c, f32x4.pmax(c10, floor)); c += ldc;
    v128.store(c, f32x4.pmax(c20, floor)); c += ldc;
    v128.store(c, f32x4.pmax(c30, floor)); c += ldc;
    a += 4 * lda;
  }
}

function rows_1x4(tiles: i32, a: usize, lda: usize, K: i32, b: usize, c: usize, ldc: usize, init: usize, floor: v128): void {
  for (; tiles > 0; tiles--) {
    let a0 = a;
    let c00 = v128.load(init);
    let q = b, k = K;
    let x: v128, b0: v128;
    for (; k >= 4; k -= 4) {
      b0 = v128.load(q);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0);
      b0 = v128.load(q, 16);
      x = v128.load32_splat(a0, 4); c00 = madd(c00, x, b0);
      b0 = v128.load(q, 32);
      x = v128.load32_splat(a0, 8); c00 = madd(c00, x, b0);
      b0 = v128.load(q, 48);
      x = v128.load32_splat(a0, 12); c00 = madd(c00, x, b0);
      a0 += 16; q += 64;
    }
    for (; k > 0; k--) {
      b0 = v128.load(q);
      x = v128.load32_splat(a0); c00 = madd(c00, x, b0);
      a0 += 4; q += 16;
    }
    v128.store(c, f32x4.pmax(c00, floor)); c += ldc;
    a += lda;
  }
}


/**
 * C[rows, N] = max(init + A[rows, K] B[K, N], floor).
 * @param lda, ldc row strides in bytes; ldcLast that of C's last, 4-wide panel
 * @param bps, cps bytes from one panel of 8 columns to the next, in B and C
 * @param init first of the start values of C's columns; initStep 32, or 0 when all panels start from the same 8 values
 * @param floor 0 for ReLU, -Infinity for none; NaN stays
 */
export function gemm(
  rows: i32, K: i32, N: i32,
  a: usize, lda: usize,
  b: usize, bps: usize,
  c: usize, ldc: usize, ldcLast: usize, cps: usize,
  init: usize, initStep: usize, floor: f32,
): void {
  const floors = f32x4.splat(floor);
  let n = (N + 3) & ~3;
  if (rows == 1) {
    for (; n >= 32; n -= 32, b += 4 * bps, c += 4 * cps, init += 4 * initStep) {
      row_1x32(a, K, b, bps, 32, c, cps, init, initStep, floors);
    }
  }
  // Any count of rows from 12 on splits into fives and fours; smaller ones may leave single rows.
  let fours = (5 - rows % 5) % 5;
  if (rows < 4 * fours) fours = rows >> 2;
  const fives = (rows - 4 * fours) / 5;
  const ones = rows - 5 * fives - 4 * fours;
  const a4 = a + <usize>fives * 5 * lda, a1 = a4 + <usize>fours * 4 * lda;
  for (; n >= 8; n -= 8, b += bps, c += cps, init += initStep) {
    const c4 = c + <usize>fives * 5 * ldc, c1 = c4 + <usize>fours * 4 * ldc;
    rows_5x8(fives, a, lda, K, b, c, ldc, init, floors);
    rows_4x8(fours, a4, lda, K, b, c4, ldc, init, floors);
    rows_1x8(ones, a1, lda, K, b, c1, ldc, init, floors);
  }
  if (n > 0) {
    const c4 = c + <usize>fives * 5 * ldcLast, c1 = c4 + <usize>fours * 4 * ldcLast;
    rows_5x4(fives, a, lda, K, b, c, ldcLast, init, floors);
    rows_4x4(fours, a4, lda, K, b, c4, ldcLast, init, floors);
    rows_1x4(ones, a1, lda, K, b, c1, ldcLast, init, floors);
  }
}

/**
 * C[rows, N] = init + A[rows, K] B[K, N] for few rows and a row-major B: one row at a time, 32 columns side by side.
 * @param ldb, ldc row strides in bytes, multiples of 16; all columns start from the same 8 values at init
 */
export function gemm_rows(
  rows: i32, K: i32, N: i32, a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, init: usize,
): void {
  const floors = f32x4.splat(-Infinity);
  for (; rows > 0; rows--, a += lda, c += ldc) {
    let n = (N + 3) & ~3;
    let p = b, q = c;
    for (; n >= 32; n -= 32, p += 128, q += 128) row_1x32(a, K, p, 32, ldb, q, 32, init, 0, floors);
    for (; n > 0; n -= 4, p += 16, q += 16) {
      let sum = v128.load(init);
      let x = a, y = p;
      for (let k = K; k > 0; k--, x += 4, y += ldb) sum = madd(sum, v128.load32_splat(x), v128.load(y));
      v128.store(q, sum);
    }
  }
}
