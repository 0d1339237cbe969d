// Sums of products of pixels and weights, in tiles of 5 rows by 8 columns: a convolution forward, and gradients of its weights.
// Pixels are read where they lie, through a table of offsets (conv2d.ts).

import { madd } from "../math/madd";

/**
 * out[r, 0 .. 7] = max(start[r] + sum over the pixels of x[r, pixel] q[pixel, 0 .. 7], floor) for 5 rows r a tile: row r
 * reads from image + offsets[r], `planes` times `lines` times n pixels `step` bytes apart; q is two vectors a pixel.
 * @param lineSkip, planeSkip bytes from the end of a line, a plane, to the next
 * @param startStep bytes from one row's start values to the next, 0 where all begin alike
 */
export function tiles_5x8(
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
