// Rows whose end or start lies inside a vector: parts of vectors, and the order of sums over lanes. n is how many floats
// are left, from 1; more than 4 mean a whole vector. Nothing past the n-th is read or written.

const KEEP = memory.data<u32>([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0, 0], 16);

/** min(n, 4) floats, then 0. */
// @ts-ignore: decorator
@inline
export function load_part(p: usize, n: i32): v128 {
  return n >= 4 ? v128.load(p) : load_few(p, n);
}

function load_few(p: usize, n: i32): v128 {
  let v = v128.load32_zero(p);
  if (n > 1) v = v128.load_lane<f32>(p, v, 1, 4);
  if (n > 2) v = v128.load_lane<f32>(p, v, 2, 8);
  return v;
}

// @ts-ignore: decorator
@inline
export function store_part(p: usize, v: v128, n: i32): void {
  if (n >= 4) v128.store(p, v);
  else store_few(p, v, n);
}

function store_few(p: usize, v: v128, n: i32): void {
  v128.store_lane<f32>(p, v, 0);
  if (n > 1) v128.store_lane<f32>(p, v, 1, 4);
  if (n > 2) v128.store_lane<f32>(p, v, 2, 8);
}

/** v with 0 past the n-th float. */
// @ts-ignore: decorator
@inline
export function keep_part(v: v128, n: i32): v128 {
  return v128.and(v, v128.load(KEEP + (<usize>(4 - min(n, 4)) << 2)));
}

/** (l0 + l2) + (l1 + l3) */
// @ts-ignore: decorator
@inline
export function lane_sum(s: v128): f32 {
  const pair = f32x4.add(s, i8x16.shuffle(s, s, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1);
}

/** Mean of n floats, summed in lanes: lane l of 4 takes numbers l, l + 4, ... */
// @ts-ignore: decorator
@inline
export function lane_mean(x: usize, n: i32): f32 {
  let sum = f32x4.splat(0);
  for (let left = n; left > 0; left -= 4, x += 16) sum = f32x4.add(sum, load_part(x, left));
  return lane_sum(sum) / <f32>n;
}

/** Byte offset of the first of the largest of n floats; a NaN in front stays, so that a diverged network shows. */
// @ts-ignore: decorator
@inline
export function select_offset(x: usize, n: i32): usize {
  let best: usize = 0;
  for (let a: usize = 4; a < <usize>n << 2; a += 4) {
    // Which of two is larger cannot be predicted: no branch.
    best = select<usize>(a, best, load<f32>(x + a) > load<f32>(x + best));
  }
  return best;
}
