// Policies of one choice among at most four options, all allowed: four rows side by side, one vector an option. The bits are
// those of action-categorical.ts, row by row (measured, Node 24, 256 rows of 2: evaluate 17 -> 4.2 us, gradient 7.6 -> 2.0).

import { exp4 } from "../math/exp";
import { log4_rounded } from "../math/log";
import { block } from "./transpose";

// Of the four rows: logits and exp(x - largest), an option every 16 bytes; the largest logits, the sums, their logarithms.
const LOGITS = memory.data(64, 16);
const TERMS = memory.data(64, 16);
const LARGEST = memory.data(16, 16);
const SUMS = memory.data(16, 16);
const LOGARITHMS = memory.data(16, 16);

export function is_few(P: i32, choices: usize, mask: usize): bool {
  return P == 1 && !mask && load<f32>(choices) <= 4;
}

/** One number of each row. */
function gathered(from: usize, step: usize): v128 {
  return f32x4(load<f32>(from), load<f32>(from + step), load<f32>(from + 2 * step), load<f32>(from + 3 * step));
}

/** One number to each row of results. */
function scatter(x: v128, to: usize): void {
  store<f32>(to, f32x4.extract_lane(x, 0)); store<f32>(to, f32x4.extract_lane(x, 1), 16);
  store<f32>(to, f32x4.extract_lane(x, 2), 32); store<f32>(to, f32x4.extract_lane(x, 3), 48);
}

function normalize(x: usize, ld: usize, size: usize): void {
  block(v128.load(x), v128.load(x + ld), v128.load(x + 2 * ld), v128.load(x + 3 * ld), LOGITS, 16);
  let largest = v128.load(LOGITS);
  for (let j: usize = 16; j < size; j += 16) largest = f32x4.pmax(largest, v128.load(LOGITS + j));
  let sum = f32x4.splat(0);
  for (let j: usize = 0; j < size; j += 16) {
    const term = exp4(f32x4.sub(v128.load(LOGITS + j), largest));
    v128.store(TERMS + j, term);
    sum = f32x4.add(sum, term);
  }
  v128.store(LARGEST, largest);
  v128.store(SUMS, sum);
}

// @ts-ignore: decorator
@inline
function log_probability(x: v128): v128 {
  return f32x4.sub(f32x4.sub(x, v128.load(LARGEST)), v128.load(LOGARITHMS));
}

// @ts-ignore: decorator
@inline
function probability(j: usize): v128 {
  return f32x4.div(v128.load(TERMS + j), v128.load(SUMS));
}

/** Entropies, and LOGARITHMS. */
function entropy_of(size: usize): v128 {
  v128.store(LOGARITHMS, log4_rounded(v128.load(SUMS)));
  const zero = f32x4.splat(0);
  let negative = zero;
  for (let j: usize = 0; j < size; j += 16) {
    const p = probability(j);
    const term = f32x4.mul(p, log_probability(v128.load(LOGITS + j)));
    negative = f32x4.add(negative, v128.and(term, f32x4.ne(p, zero)));
  }
  return f32x4.sub(zero, negative);
}

/** @param B a multiple of 4 */
export function few_evaluate(
  B: i32, choices: usize, x: usize, ld: usize, action: usize, lda: usize, logProbability: usize, entropy: usize,
): void {
  const size = <usize>load<f32>(choices) << 4;
  for (; B > 0; B -= 4, x += 4 * ld, action += 4 * lda, logProbability += 64, entropy += 64) {
    normalize(x, ld, size);
    const H = entropy_of(size);
    const actions = gathered(action, lda);
    let chosen = v128.load(LOGITS);
    let option: f32 = 1;
    for (let j: usize = 16; j < size; j += 16, option++) {
      chosen = v128.bitselect(v128.load(LOGITS + j), chosen, f32x4.eq(actions, f32x4.splat(option)));
    }
    scatter(log_probability(chosen), logProbability);
    scatter(H, entropy);
  }
}

/** @param B a multiple of 4 */
export function few_gradient(
  B: i32, choices: usize, x: usize, ld: usize, action: usize, lda: usize, dLogProbability: usize, dEntropy: f32, dx: usize,
): void {
  const size = <usize>load<f32>(choices) << 4;
  const zero = f32x4.splat(0), one = f32x4.splat(1), dEntropies = f32x4.splat(dEntropy);
  for (let j = size; j < 64; j += 16) v128.store(TERMS + j, zero);
  for (; B > 0; B -= 4, x += 4 * ld, dx += 4 * ld, action += 4 * lda, dLogProbability += 64) {
    normalize(x, ld, size);
    const H = dEntropy != 0 ? entropy_of(size) : zero;
    const actions = gathered(action, lda), dLogs = gathered(dLogProbability, 16);
    let option: f32 = 0;
    for (let j: usize = 0; j < size; j += 16, option++) {
      const p = probability(j);
      let ofEntropy = zero;
      if (dEntropy != 0) {
        const term = f32x4.mul(p, f32x4.add(log_probability(v128.load(LOGITS + j)), H));
        ofEntropy = v128.and(term, f32x4.ne(p, zero));
      }
      const taken = v128.and(one, f32x4.eq(actions, f32x4.splat(option)));
      v128.store(TERMS + j, f32x4.sub(f32x4.mul(dLogs, f32x4.sub(taken, p)), f32x4.mul(dEntropies, ofEntropy)));
    }
    block(v128.load(TERMS), v128.load(TERMS, 16), v128.load(TERMS, 32), v128.load(TERMS, 48), dx, ld);
  }
}
