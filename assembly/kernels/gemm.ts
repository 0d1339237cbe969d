// C = max(init + A B, floor), the one matrix product of the engine. A is row-major, B lies in panels of 8 columns (see
// backends/parameter-layout.ts), the last one 8 or 4 wide.
//
// Every element of C starts at its init value and takes the products in order k = 0, 1, ..., whatever the tile: the
// result does not depend on shapes, and equals the naive loop bit for bit in the strict engine.

import { madd } from "../math/madd";
import { rows_4x8_blocks, rows_4x8_step } from "./gemm-short";
import { row_1x32, rows_of_4 } from "./gemm-strips";
import { rows_6x8, rows_5x8, rows_4x8, rows_1x8, rows_5x4, rows_4x4, rows_1x4 } from "./gemm-tiles";

// Forms of tiles: 4 rows in loops of one step, or of several that are basic blocks; rows of 5, or of 6, which the strict engine
// takes for 5. Codes are those of src/engine/compiler.ts.
const ONE_STEP = 0, BLOCKS = 1, SIX_ROWS = 3;

let form = SIX_ROWS;

/** Which tiles keep all sums in registers depends on the compiler, and the host knows it. Bits are the same. */
export function gemm_tile_form(chosen: i32): void {
  form = chosen;
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
  let n = (N + 3) & ~3;
  if (rows == 1) {
    for (; n >= 32; n -= 32, b += 4 * bps, c += 4 * cps, init += 4 * initStep) {
      row_1x32(a, K, b, bps, 32, c, cps, init, initStep, floor);
    }
  }
  if (K == 4 && rows > 1) {
    for (; n >= 8; n -= 8, b += bps, c += cps, init += initStep) rows_of_4(rows, a, lda, b, c, ldc, init, floor);
  }
  if (form <= BLOCKS) {
    const short = rows >> 2, a1 = a + <usize>short * 4 * lda;
    for (; n >= 8; n -= 8, b += bps, c += cps, init += initStep) {
      if (form == ONE_STEP) rows_4x8_step(short, a, lda, K, b, c, ldc, init, floor);
      else rows_4x8_blocks(short, a, lda, K, b, c, ldc, init, floor);
      rows_1x8(rows & 3, a1, lda, K, b, c + <usize>short * 4 * ldc, ldc, init, floor);
    }
  }
  const sixes = sixes_of(rows);
  const below = rows - 6 * sixes, fours = fours_of(below), fives = fives_of(below, fours), ones = below - 5 * fives - 4 * fours;
  const a5 = a + <usize>sixes * 6 * lda, a4 = a5 + <usize>fives * 5 * lda, a1 = a4 + <usize>fours * 4 * lda;
  for (; n >= 8; n -= 8, b += bps, c += cps, init += initStep) {
    const c5 = c + <usize>sixes * 6 * ldc, c4 = c5 + <usize>fives * 5 * ldc, c1 = c4 + <usize>fours * 4 * ldc;
    if (ASC_FEATURE_RELAXED_SIMD) rows_6x8(sixes, a, lda, K, b, c, ldc, init, floor);
    rows_5x8(fives, a5, lda, K, b, c5, ldc, init, floor);
    rows_4x8(fours, a4, lda, K, b, c4, ldc, init, floor);
    rows_1x8(ones, a1, lda, K, b, c1, ldc, init, floor);
  }
  if (n > 0) {
    const fours = fours_of(rows), fives = fives_of(rows, fours), ones = rows - 5 * fives - 4 * fours;
    const a4 = a + <usize>fives * 5 * lda, a1 = a4 + <usize>fours * 4 * lda;
    const c4 = c + <usize>fives * 5 * ldcLast, c1 = c4 + <usize>fours * 4 * ldcLast;
    rows_5x4(fives, a, lda, K, b, c, ldcLast, init, floor);
    rows_4x4(fours, a4, lda, K, b, c4, ldcLast, init, floor);
    rows_1x4(ones, a1, lda, K, b, c1, ldcLast, init, floor);
  }
}

/** Tiles of 6 rows: as many as leave rows that split into fives and fours. None in the strict engine. */
// @ts-ignore: decorator
@inline
function sixes_of(rows: i32): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD || form < SIX_ROWS) return 0;
  const left = rows % 6;
  return max<i32>(0, rows / 6 - (left == 1 ? 2 : left == 2 || left == 3 ? 1 : 0));
}

/** Tiles of 4 rows beside those of 5: any count from 12 on splits into both; smaller ones may leave single rows. */
// @ts-ignore: decorator
@inline
function fours_of(rows: i32): i32 {
  const fours = (5 - rows % 5) % 5;
  return rows < 4 * fours ? rows >> 2 : fours;
}

// @ts-ignore: decorator
@inline
function fives_of(rows: i32, fours: i32): i32 {
  return (rows - 4 * fours) / 5;
}

/**
 * C[rows, N] = init + A[rows, K] B[K, N] for few rows and a row-major B: 32 columns side by side, and all rows of C before
 * the next columns, so that those of B stay in the cache.
 * @param ldb, ldc row strides in bytes, multiples of 16; all columns start from the same 8 values at init
 */
export function gemm_rows(
  rows: i32, K: i32, N: i32, a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, init: usize,
): void {
  let n = (N + 3) & ~3;
  for (; n >= 32; n -= 32, b += 128, c += 128) {
    for (let r = rows, p = a, q = c; r > 0; r--, p += lda, q += ldc) row_1x32(p, K, b, 32, ldb, q, 32, init, 0, -Infinity);
  }
  for (; n > 0; n -= 4, b += 16, c += 16) {
    for (let r = rows, p = a, q = c; r > 0; r--, p += lda, q += ldc) {
      let sum = v128.load(init);
      let x = p, y = b;
      for (let k = K; k > 0; k--, x += 4, y += ldb) sum = madd(sum, v128.load32_splat(x), v128.load(y));
      v128.store(q, sum);
    }
  }
}
