// Transpositions in 4 x 4 blocks: the products of the backward pass then run on the one gemm kernel, thin layers apart
// (narrow.ts).

/** a[0] b[0] a[1] b[1] */
// @ts-ignore: decorator
@inline
export function pairs_low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}

/** a[2] b[2] a[3] b[3] */
// @ts-ignore: decorator
@inline
export function pairs_high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}

/** a[0] a[1] b[0] b[1] */
// @ts-ignore: decorator
@inline
export function halves_low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** a[2] a[3] b[2] b[3] */
// @ts-ignore: decorator
@inline
export function halves_high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

/** Rows of four to columns: out[c] = r0[c], r1[c], r2[c], r3[c], rows of ld bytes. */
// @ts-ignore: decorator
@inline
export function block(r0: v128, r1: v128, r2: v128, r3: v128, out: usize, ld: usize): void {
  const a = pairs_low(r0, r1), b = pairs_high(r0, r1), c = pairs_low(r2, r3), d = pairs_high(r2, r3);
  v128.store(out, halves_low(a, c));
  v128.store(out + ld, halves_high(a, c));
  v128.store(out + 2 * ld, halves_low(b, d));
  v128.store(out + 3 * ld, halves_high(b, d));
}

/**
 * out[c, r] = x[r, c]; reads rows and columns up to the next multiple of 4, writes as many. Strides in bytes.
 * At most 16 x 16 at a time: what lies in one cache line is written before the cache needs its place.
 */
export function transpose(x: usize, ldx: usize, rows: i32, columns: i32, out: usize, ldo: usize): void {
  for (let r = (rows + 3) >> 2; r > 0; r -= 4, x += 16 * ldx, out += 64) {
    let p = x, o = out;
    for (let c = (columns + 3) >> 2; c > 0; c -= 4, p += 64, o += 16 * ldo) {
      const end = <usize>min<i32>(c, 4) << 4;
      let q = p, t = o;
      for (let k = min<i32>(r, 4); k > 0; k--, q += 4 * ldx, t += 16) {
        const q1 = q + ldx, q2 = q1 + ldx, q3 = q2 + ldx;
        for (let j: usize = 0, at = t; j < end; j += 16, at += 4 * ldo) {
          block(v128.load(q + j), v128.load(q1 + j), v128.load(q2 + j), v128.load(q3 + j), at, ldo);
        }
      }
    }
  }
}

/**
 * Weights [O, I] in panels of outputs to panels of inputs: out panel p holds W[o, 8p .. 8p + 7] for o = 0, 1, ...
 * Panel p of `out` starts at p * ops; its width is 8, the last one 8 or 4, zero padded.
 */
export function transpose_weights(w: usize, O: i32, I: i32, out: usize, ops: usize): void {
  const whole = (O | I) & 7 ? 0 : I;
  for (let i = 0; i < whole; i += 8) {
    let from = w + (<usize>i << 5), to = out + <usize>(i >> 3) * ops;
    for (let o = 0; o < O; o += 8, from += <usize>I << 5, to += 256) {
      block(v128.load(from), v128.load(from, 32), v128.load(from, 64), v128.load(from, 96), to, 32);
      block(v128.load(from, 16), v128.load(from, 48), v128.load(from, 80), v128.load(from, 112), to + 128, 32);
      block(v128.load(from, 128), v128.load(from, 160), v128.load(from, 192), v128.load(from, 224), to + 16, 32);
      block(v128.load(from, 144), v128.load(from, 176), v128.load(from, 208), v128.load(from, 240), to + 144, 32);
    }
  }
  const zero = f32x4.splat(0);
  const outputs = (O + 3) & ~3;
  for (let i = whole; i < I; i += 4) {
    const panelWidth = <usize>min<i32>(((I + 3) & ~3) - (i & ~7), 8) << 2;
    let target = out + <usize>(i >> 3) * ops + (<usize>(i & 7) << 2);
    const left = I - i;
    for (let o = 0; o < outputs; o += 4, target += 4 * panelWidth) {
      const width = <usize>min<i32>(outputs - (o & ~7), 8) << 2;
      const p = w + ((<usize>(o & ~7) * <usize>I) << 2) + <usize>i * width + (<usize>(o & 7) << 2);
      const p1 = left > 1 ? v128.load(p + width) : zero;
      const p2 = left > 2 ? v128.load(p + 2 * width) : zero;
      const p3 = left > 3 ? v128.load(p + 3 * width) : zero;
      block(v128.load(p), p1, p2, p3, target, panelWidth);
    }
  }
}

// x where mask > 0, else 0, written back.
// @ts-ignore: decorator
@inline
function masked(x: usize, shift: usize): v128 {
  const v = v128.and(v128.load(x), f32x4.gt(v128.load(x + shift), f32x4.splat(0)));
  v128.store(x, v);
  return v;
}

/**
 * Row-major [rows, columns] to panels [p][rows][8] (the last 8 or 4 wide), and the column sums in row order.
 * With `mask` (0: none; rows as in x) x first becomes 0, in place, where mask is not above 0: the derivative of ReLU.
 * Two panels at a time, which are a cache line of x.
 * @param sums [columns], written
 */
export function pack_and_sum(
  x: usize, ldx: usize, rows: i32, columns: i32, mask: usize, out: usize, ops: usize, sums: usize,
): void {
  const shift = mask - x;
  let n = (columns + 3) & ~3;
  for (; n >= 16; n -= 16, x += 64, out += 2 * ops, sums += 64) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let p = x, q = out, t = out + ops, r = rows;
    for (; r > 0; r--, p += ldx, q += 32, t += 32) {
      const a0 = mask ? masked(p, shift) : v128.load(p), a1 = mask ? masked(p + 16, shift) : v128.load(p, 16);
      const a2 = mask ? masked(p + 32, shift) : v128.load(p, 32), a3 = mask ? masked(p + 48, shift) : v128.load(p, 48);
      s0 = f32x4.add(s0, a0); s1 = f32x4.add(s1, a1); s2 = f32x4.add(s2, a2); s3 = f32x4.add(s3, a3);
      v128.store(q, a0); v128.store(q, a1, 16); v128.store(t, a2); v128.store(t, a3, 16);
    }
    v128.store(sums, s0); v128.store(sums, s1, 16); v128.store(sums, s2, 32); v128.store(sums, s3, 48);
  }
  if (n >= 8) {
    let s0 = f32x4.splat(0), s1 = s0;
    for (let p = x, q = out, r = rows; r > 0; r--, p += ldx, q += 32) {
      const a0 = mask ? masked(p, shift) : v128.load(p), a1 = mask ? masked(p + 16, shift) : v128.load(p, 16);
      s0 = f32x4.add(s0, a0); s1 = f32x4.add(s1, a1);
      v128.store(q, a0); v128.store(q, a1, 16);
    }
    v128.store(sums, s0); v128.store(sums, s1, 16);
    n -= 8; x += 32; out += ops; sums += 32;
  }
  if (n > 0) {
    let s0 = f32x4.splat(0);
    for (let p = x, q = out, r = rows; r > 0; r--, p += ldx, q += 16) {
      const a0 = mask ? masked(p, shift) : v128.load(p);
      s0 = f32x4.add(s0, a0);
      v128.store(q, a0);
    }
    v128.store(sums, s0);
  }
}
