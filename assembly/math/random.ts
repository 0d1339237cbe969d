// xoshiro128++ (Blackman & Vigna 2019) and what is drawn from it. A stream is 16 bytes of state that the host plans.

import { log } from "./exp-log-pow";
import { cos, sin } from "./sin-cos";

export function random_next(s: usize): u32 {
  const s0 = load<u32>(s), s1 = load<u32>(s, 4), s2 = load<u32>(s, 8), s3 = load<u32>(s, 12);
  const result = rotl<u32>(s0 + s3, 7) + s0;
  const x2 = s2 ^ s0;
  const x3 = s3 ^ s1;
  store<u32>(s, s0 ^ x3);
  store<u32>(s, s1 ^ x2, 4);
  store<u32>(s, x2 ^ (s1 << 9), 8);
  store<u32>(s, rotl<u32>(x3, 11), 12);
  return result;
}

/** Uniform in [0, 1), 24 bits. */
export function random_uniform(s: usize): f64 {
  return <f64>(random_next(s) >>> 8) * (1.0 / 16777216.0);
}

/** Uniform in [0, 1), 53 bits of two words. */
export function random_uniform_53(s: usize): f64 {
  const high = <f64>(random_next(s) >>> 5);
  return (high * 67108864.0 + <f64>(random_next(s) >>> 6)) * (1.0 / 9007199254740992.0);
}

/** Uniform in 0 .. n - 1, n >= 1, without bias: Lemire 2019, https://arxiv.org/abs/1805.10941, algorithm 5. */
export function random_index(s: usize, n: u32): u32 {
  let m = <u64>random_next(s) * <u64>n;
  if (<u32>m < n) {
    const threshold: u32 = (0 - n) % n;
    while (<u32>m < threshold) m = <u64>random_next(s) * <u64>n;
  }
  return <u32>(m >> 32);
}

/** Fills rows of one column (ld bytes apart) with random_index(s, n); the state stays in registers. */
export function random_fill_index(s: usize, out: usize, rows: i32, ld: usize, n: u32): void {
  let s0 = load<u32>(s), s1 = load<u32>(s, 4), s2 = load<u32>(s, 8), s3 = load<u32>(s, 12);
  const threshold: u32 = (0 - n) % n;
  for (; rows > 0; rows--, out += ld) {
    let m: u64;
    do {
      m = <u64>(rotl<u32>(s0 + s3, 7) + s0) * <u64>n;
      const x2 = s2 ^ s0, x3 = s3 ^ s1;
      s0 ^= x3;
      s2 = x2 ^ (s1 << 9);
      s1 ^= x2;
      s3 = rotl<u32>(x3, 11);
    } while (<u32>m < threshold);
    store<f32>(out, <f32><u32>(m >> 32));
  }
  store<u32>(s, s0);
  store<u32>(s, s1, 4);
  store<u32>(s, s2, 8);
  store<u32>(s, s3, 12);
}

/** Fills [rows, columns] (row stride ld bytes) with low + (high - low) u. */
export function random_fill_uniform(s: usize, out: usize, rows: i32, columns: i32, ld: usize, low: f32, high: f32): void {
  const span = high - low;
  for (let r = 0; r < rows; r++, out += ld) {
    for (let c = 0; c < columns; c++) {
      store<f32>(out + (<usize>c << 2), low + span * (<f32>(random_next(s) >>> 8) * (1.0 / 16777216.0)));
    }
  }
}

/** Fills [rows, columns] with mean + deviation z, pairs z by Box & Muller 1958 in float64, row-major. */
export function random_fill_normal(s: usize, out: usize, rows: i32, columns: i32, ld: usize, mean: f64, deviation: f64): void {
  let spare: f64 = 0;
  let hasSpare = false;
  for (let r = 0; r < rows; r++, out += ld) {
    for (let c = 0; c < columns; c++) {
      let z = spare;
      if (!hasSpare) {
        const u1 = <f64>((random_next(s) >>> 8) + 1) * (1.0 / 16777216.0);
        const u2 = <f64>(random_next(s) >>> 8) * (1.0 / 16777216.0);
        const radius = sqrt<f64>(-2.0 * log(u1));
        const angle = 2.0 * NativeMath.PI * u2;
        z = radius * cos(angle);
        spare = radius * sin(angle);
      }
      hasSpare = !hasSpare;
      store<f32>(out + (<usize>c << 2), <f32>(mean + deviation * z));
    }
  }
}

/** Fisher-Yates from the end over n floats. */
export function random_permutation(s: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f32>(out + (<usize>i << 2), <f32>i);
  for (let i = n - 1; i >= 1; i--) {
    const a = out + (<usize>i << 2);
    const b = out + (<usize>random_index(s, i + 1) << 2);
    const x = load<f32>(a);
    store<f32>(a, load<f32>(b));
    store<f32>(b, x);
  }
}
