// The generator xoshiro128++ (Blackman & Vigna 2019, https://prng.di.unimi.it/xoshiro128plusplus.c) and draws from it.
// A stream is its state of 4 words.

import { cos, log, PI, sin } from "../../engine/math.ts";

const f = Math.fround;

const TWO_TO_32 = 4_294_967_296;
const TWO_TO_MINUS_24 = 1 / 16_777_216;

function rotateLeft(x: number, count: number): number {
  return (x << count) | (x >>> (32 - count));
}

/** Draws 32 uniform bits, 0 .. 2^32 - 1. */
export function nextWord(s: Uint32Array): number {
  const result = (rotateLeft(s[0] + s[3], 7) + s[0]) >>> 0;
  const t = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotateLeft(s[3], 11);
  return result;
}

/** Draws a uniform number in [0, 1) with 24 bits: exact in float32. */
export function uniform(s: Uint32Array): number {
  return (nextWord(s) >>> 8) * TWO_TO_MINUS_24;
}

/** Draws a uniform number in [0, 1) with 53 bits: 27 of one word, then 26 of the next. */
export function uniform53(s: Uint32Array): number {
  const high = nextWord(s) >>> 5;
  return (high * 67_108_864 + (nextWord(s) >>> 6)) / 9_007_199_254_740_992;
}

/** floor(a b / 2^32), exact for 32-bit words: b is split so that both products stay below 2^48. */
function highWord(a: number, b: number): number {
  const low = a * (b & 0xffff);
  const high = a * (b >>> 16);
  return Math.floor((high + Math.floor(low / 65_536)) / 65_536);
}

/** Draws a uniform integer in 0 .. n - 1, n = 1 .. 2^32 - 1: Lemire 2019, https://arxiv.org/abs/1805.10941, algorithm 5. */
export function randomIndex(s: Uint32Array, n: number): number {
  let x = nextWord(s);
  let remainder = Math.imul(x, n) >>> 0;
  if (remainder < n) {
    const threshold = (TWO_TO_32 - n) % n;
    while (remainder < threshold) {
      x = nextWord(s);
      remainder = Math.imul(x, n) >>> 0;
    }
  }
  return highWord(x, n);
}

/** Fills `values`, in order, with low + (high - low) u. */
export function fillUniform(s: Uint32Array, values: Float32Array, low: number, high: number): void {
  const from = f(low);
  const span = f(f(high) - from);
  for (let k = 0; k < values.length; k++) values[k] = f(from + f(span * uniform(s)));
}

/**
 * Fills `values`, in order, with mean + deviation z. The normal numbers z are drawn in pairs (Box & Muller 1958), in
 * float64; an odd last number uses half a pair.
 */
export function fillNormal(s: Uint32Array, values: Float32Array, mean: number, deviation: number): void {
  for (let k = 0; k < values.length; k += 2) {
    const u1 = ((nextWord(s) >>> 8) + 1) * TWO_TO_MINUS_24;
    const u2 = uniform(s);
    const radius = Math.sqrt(-2 * log(u1));
    const angle = 2 * PI * u2;
    values[k] = mean + deviation * (radius * cos(angle));
    if (k + 1 < values.length) values[k + 1] = mean + deviation * (radius * sin(angle));
  }
}

/** Draws a uniformly random order of 0 .. n - 1: Fisher-Yates, from the end. */
export function permutation(s: Uint32Array, order: Float32Array): void {
  for (let i = 0; i < order.length; i++) order[i] = i;
  for (let i = order.length - 1; i >= 1; i--) {
    const j = randomIndex(s, i + 1);
    const moved = order[i];
    order[i] = order[j];
    order[j] = moved;
  }
}
