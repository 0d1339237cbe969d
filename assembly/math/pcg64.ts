// NumPy's default random stream: PCG64 (XSL-RR 128/64) seeded by SeedSequence, bit for bit, so that an environment's
// `reset({ seed })` starts where Gymnasium's does. One generator is worked on at a time, in a fixed scratch that the host
// copies in and out (src/engine/random.ts); nothing survives here between calls.
//
//   scratch, 40 bytes, little endian: [state low u64][state high u64][inc low u64][inc high u64][has u32][buffered u32]
//
// "has" and "buffered" are NumPy's spare half of a 64-bit draw, used by its 32-bit integers.
// Sources: O'Neill 2014, https://www.pcg-random.org; NumPy's SeedSequence (after O'Neill's seed_seq_fe) and its bounded
// integers (Lemire 2019, https://arxiv.org/abs/1805.10941). Checked against NumPy 2.4 in test/engine/random.test.ts.

import { multiply_high } from "./multiply-high";

const SCRATCH: usize = memory.data(40, 8);
const POOL: usize = memory.data(16, 8);

const STATE_LOW: usize = 0;
const STATE_HIGH: usize = 8;
const INC_LOW: usize = 16;
const INC_HIGH: usize = 24;
const HAS_UINT32: usize = 32;
const UINTEGER: usize = 36;

const MULTIPLIER_LOW: u64 = 0x4385DF649FCCF645;
const MULTIPLIER_HIGH: u64 = 0x2360ED051FC65DA4;

/** state = state * multiplier + inc, modulo 2^128. */
function advance(): void {
  const low = load<u64>(SCRATCH, STATE_LOW);
  const high = load<u64>(SCRATCH, STATE_HIGH);
  const productLow = low * MULTIPLIER_LOW;
  const productHigh = multiply_high(low, MULTIPLIER_LOW) + high * MULTIPLIER_LOW + low * MULTIPLIER_HIGH;
  const newLow = productLow + load<u64>(SCRATCH, INC_LOW);
  const carry = u64(newLow < productLow);
  store<u64>(SCRATCH, newLow, STATE_LOW);
  store<u64>(SCRATCH, productHigh + load<u64>(SCRATCH, INC_HIGH) + carry, STATE_HIGH);
}

function next64(): u64 {
  advance();
  const high = load<u64>(SCRATCH, STATE_HIGH);
  return rotr<u64>(high ^ load<u64>(SCRATCH, STATE_LOW), high >> 58);
}

/** The low half of a fresh draw, then its high half: the order NumPy spends them in. */
function next32(): u32 {
  if (load<u32>(SCRATCH, HAS_UINT32) != 0) {
    store<u32>(SCRATCH, 0, HAS_UINT32);
    return load<u32>(SCRATCH, UINTEGER);
  }
  const draw = next64();
  store<u32>(SCRATCH, 1, HAS_UINT32);
  store<u32>(SCRATCH, u32(draw >> 32), UINTEGER);
  return u32(draw);
}

/** Address of the scratch: 10 words of 32 bits. */
export function pcg64_scratch(): usize { return SCRATCH; }

/**
 * Seeds the scratch as `numpy.random.default_rng(seed)` does.
 * @param seed a whole number in 0 .. 2^53 - 1 (host only checks); NumPy reads it as one or two 32-bit words
 */
export function pcg64_seed(seed: f64): void {
  const entropy = u64(seed);
  // SeedSequence, first half: spread the words over a pool of four, then mix every word into every other.
  let hash: u32 = 0x43B0D7E5;
  for (let i: u32 = 0; i < 4; i++) {
    let word: u32 = i == 0 ? u32(entropy) : i == 1 ? u32(entropy >> 32) : 0;
    word ^= hash;
    hash *= 0x931E8875;
    word *= hash;
    store<u32>(POOL + (i << 2), word ^ (word >> 16));
  }
  for (let source: u32 = 0; source < 4; source++) {
    for (let target: u32 = 0; target < 4; target++) {
      if (source == target) continue;
      let word = load<u32>(POOL + (source << 2)) ^ hash;
      hash *= 0x931E8875;
      word *= hash;
      word ^= word >> 16;
      const mixed: u32 = 0xCA01F9DD * load<u32>(POOL + (target << 2)) - 0x4973F715 * word;
      store<u32>(POOL + (target << 2), mixed ^ (mixed >> 16));
    }
  }
  // Second half: eight words out of the pool. NumPy takes them as 64-bit [high, low] of the state, then of the sequence.
  let out: u32 = 0x8B51F9DD;
  for (let i: u32 = 0; i < 8; i++) {
    let word = load<u32>(POOL + ((i & 3) << 2)) ^ out;
    out *= 0x58F38DED;
    word *= out;
    word ^= word >> 16;
    const position = (i >> 1) ^ 1; // low and high change places
    store<u32>(SCRATCH + (usize(position) << 3) + (usize(i & 1) << 2), word);
  }
  const initialLow = load<u64>(SCRATCH, STATE_LOW);
  const initialHigh = load<u64>(SCRATCH, STATE_HIGH);
  const sequenceLow = load<u64>(SCRATCH, INC_LOW);
  const sequenceHigh = load<u64>(SCRATCH, INC_HIGH);
  store<u64>(SCRATCH, (sequenceLow << 1) | 1, INC_LOW);
  store<u64>(SCRATCH, (sequenceHigh << 1) | (sequenceLow >> 63), INC_HIGH);
  store<u64>(SCRATCH, 0, STATE_LOW);
  store<u64>(SCRATCH, 0, STATE_HIGH);
  store<u64>(SCRATCH, 0, HAS_UINT32); // and UINTEGER beside it
  advance();
  const low = load<u64>(SCRATCH, STATE_LOW) + initialLow;
  store<u64>(SCRATCH, load<u64>(SCRATCH, STATE_HIGH) + initialHigh + u64(low < initialLow), STATE_HIGH);
  store<u64>(SCRATCH, low, STATE_LOW);
  advance();
}

/** A double in [0, 1) of 53 random bits. */
export function pcg64_random(): f64 {
  return f64(next64() >> 11) * (1.0 / 9007199254740992.0);
}

/**
 * A whole number in low .. high - 1, as `Generator.integers` draws it for int64: nothing for a single choice, 32-bit
 * Lemire up to 2^32 choices, 64-bit beyond.
 * @param low, high whole numbers within +-2^53, low < high (host only checks)
 */
export function pcg64_integers(low: f64, high: f64): f64 {
  const offset = i64(low);
  const range = u64(i64(high) - offset) - 1;
  if (range == 0) return low;
  if (range == 0xFFFFFFFF) return f64(offset + i64(next32()));
  if (range < 0xFFFFFFFF) {
    const choices = range + 1;
    let product = u64(next32()) * choices;
    if ((product & 0xFFFFFFFF) < choices) {
      const threshold = (0xFFFFFFFF - range) % choices;
      while ((product & 0xFFFFFFFF) < threshold) product = u64(next32()) * choices;
    }
    return f64(offset + i64(product >> 32));
  }
  const choices = range + 1;
  let draw = next64();
  if (draw * choices < choices) {
    const threshold = (u64.MAX_VALUE - range) % choices;
    while (draw * choices < threshold) draw = next64();
  }
  return f64(offset + i64(multiply_high(draw, choices)));
}
