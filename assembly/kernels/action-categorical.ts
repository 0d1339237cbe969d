// Policies of P choices among numbered options, the logits of one choice side by side in a row. Rows of logits, masks and
// gradients are ld bytes apart, of actions lda; results of a row 16 bytes (tensors of one column). Mask 0: all allowed.

import { exp_scalar } from "../math/exp";
import { log } from "../math/exp-log-pow";
import { rows_argmax } from "./argmax";
import { few_evaluate, few_gradient, is_few } from "./action-categorical-few";
import { random_categorical } from "./random-categorical";

// @ts-ignore: decorator
@inline
function allows(mask: usize, j: usize): bool {
  return !mask || load<f32>(mask + j) != 0;
}

// What `normalize` found: the largest allowed logit and the sum of exp(x - largest); and its logarithm, by `take_logarithm`.
let largest: f32 = 0;
let sum: f32 = 0;
let logSum: f32 = 0;

/** @param size bytes of one choice's logits */
function normalize(x: usize, mask: usize, size: usize): void {
  let top: f32 = NaN;
  let isFirst = true;
  for (let j: usize = 0; j < size; j += 4) {
    if (!allows(mask, j)) continue;
    const value = load<f32>(x + j);
    if (isFirst || top < value) top = value;
    isFirst = false;
  }
  let total: f32 = 0;
  for (let j: usize = 0; j < size; j += 4) if (allows(mask, j)) total += exp_scalar(load<f32>(x + j) - top);
  largest = top;
  sum = total;
}

/** For `log_probability`, after `normalize`. */
// @ts-ignore: decorator
@inline
function take_logarithm(): void {
  logSum = <f32>log(<f64>sum);
}

// @ts-ignore: decorator
@inline
function log_probability(x: usize): f32 {
  return (load<f32>(x) - largest) - logSum;
}

// @ts-ignore: decorator
@inline
function probability(x: usize): f32 {
  return exp_scalar(load<f32>(x) - largest) / sum;
}

/** Entropy of the choice that was normalised. */
function choice_entropy(x: usize, mask: usize, size: usize): f32 {
  let negative: f32 = 0;
  for (let j: usize = 0; j < size; j += 4) {
    if (!allows(mask, j)) continue;
    const p = probability(x + j);
    if (p != 0) negative += p * log_probability(x + j);
  }
  return -negative;
}

/** @param stream 0: the most probable options */
export function action_categorical_sample(
  stream: usize, B: i32, P: i32, choices: usize, x: usize, mask: usize, ld: usize, action: usize, lda: usize,
): void {
  for (let b = 0; b < B; b++, x += ld, action += lda) {
    let start: usize = 0;
    for (let c: usize = 0; c < <usize>P << 2; c += 4) {
      const n = <i32>load<f32>(choices + c);
      const logits = x + start, allowed = mask ? mask + start : 0;
      const index = stream ? random_categorical(stream, logits, n, 1, allowed) : rows_argmax(logits, n, allowed);
      store<f32>(action + c, <f32>index);
      start += <usize>n << 2;
    }
    if (mask) mask += ld;
  }
}

export function action_categorical_evaluate(
  B: i32, P: i32, choices: usize, x: usize, mask: usize, ld: usize, action: usize, lda: usize,
  logProbability: usize, entropy: usize,
): void {
  if (is_few(P, choices, mask)) {
    const fours = B & ~3, at = <usize>fours << 4;
    few_evaluate(fours, choices, x, ld, action, lda, logProbability, entropy);
    B -= fours; x += <usize>fours * ld; action += <usize>fours * lda; logProbability += at; entropy += at;
  }
  for (let b = 0; b < B; b++, x += ld, action += lda, logProbability += 16, entropy += 16) {
    let logs: f32 = 0, H: f32 = 0;
    let start: usize = 0;
    for (let c: usize = 0; c < <usize>P << 2; c += 4) {
      const size = <usize>load<f32>(choices + c) << 2;
      const logits = x + start, allowed = mask ? mask + start : 0;
      normalize(logits, allowed, size);
      take_logarithm();
      logs += log_probability(logits + (<usize>load<f32>(action + c) << 2));
      H += choice_entropy(logits, allowed, size);
      start += size;
    }
    store<f32>(logProbability, logs);
    store<f32>(entropy, H);
    if (mask) mask += ld;
  }
}

/** dx = dLogProbability (1[taken] - p) - dEntropy p (ln p + H); 0 where not allowed. Without dEntropy there are no logarithms. */
export function action_categorical_gradient(
  B: i32, P: i32, choices: usize, x: usize, mask: usize, ld: usize, action: usize, lda: usize,
  dLogProbability: usize, dEntropy: f32, dx: usize,
): void {
  if (is_few(P, choices, mask)) {
    const fours = B & ~3, at = <usize>fours * ld;
    few_gradient(fours, choices, x, ld, action, lda, dLogProbability, dEntropy, dx);
    B -= fours; x += at; dx += at; action += <usize>fours * lda; dLogProbability += <usize>fours << 4;
  }
  for (let b = 0; b < B; b++, x += ld, dx += ld, action += lda, dLogProbability += 16) {
    const dLog = load<f32>(dLogProbability);
    let start: usize = 0;
    for (let c: usize = 0; c < <usize>P << 2; c += 4) {
      const size = <usize>load<f32>(choices + c) << 2;
      const logits = x + start, allowed = mask ? mask + start : 0;
      normalize(logits, allowed, size);
      let H: f32 = 0;
      if (dEntropy != 0) {
        take_logarithm();
        H = choice_entropy(logits, allowed, size);
      }
      const chosen = <usize>load<f32>(action + c) << 2;
      for (let j: usize = 0; j < size; j += 4) {
        let slope: f32 = 0;
        if (allows(allowed, j)) {
          const p = probability(logits + j);
          const taken: f32 = j == chosen ? 1 : 0;
          const ofEntropy: f32 = p == 0 || dEntropy == 0 ? 0 : p * (log_probability(logits + j) + H);
          slope = dLog * (taken - p) - dEntropy * ofEntropy;
        }
        store<f32>(dx + start + j, slope);
      }
      start += size;
    }
    if (mask) mask += ld;
  }
}

/** sum of p (ln p - ln q), p = softmax(x), q = softmax(y) over what is allowed */
export function action_categorical_divergence(
  B: i32, P: i32, choices: usize, x: usize, y: usize, mask: usize, ld: usize, divergence: usize,
): void {
  for (let b = 0; b < B; b++, x += ld, y += ld, divergence += 16) {
    let total: f32 = 0;
    let start: usize = 0;
    for (let c: usize = 0; c < <usize>P << 2; c += 4) {
      const size = <usize>load<f32>(choices + c) << 2;
      const from = x + start, to = y + start, allowed = mask ? mask + start : 0;
      normalize(to, allowed, size);
      take_logarithm();
      const toLargest = largest, toLogSum = logSum;
      normalize(from, allowed, size);
      take_logarithm();
      let part: f32 = 0;
      for (let j: usize = 0; j < size; j += 4) {
        if (!allows(allowed, j)) continue;
        const p = probability(from + j);
        if (p != 0) part += p * (log_probability(from + j) - ((load<f32>(to + j) - toLargest) - toLogSum));
      }
      total += part;
      start += size;
    }
    store<f32>(divergence, total);
    if (mask) mask += ld;
  }
}

/** t = p (t - sum of p t) / B; 0 where not allowed */
export function action_categorical_fisher(
  B: i32, P: i32, choices: usize, x: usize, mask: usize, ld: usize, t: usize,
): void {
  for (let b = 0; b < B; b++, x += ld, t += ld) {
    let start: usize = 0;
    for (let c: usize = 0; c < <usize>P << 2; c += 4) {
      const size = <usize>load<f32>(choices + c) << 2;
      const logits = x + start, allowed = mask ? mask + start : 0;
      normalize(logits, allowed, size);
      let mean: f32 = 0;
      for (let j: usize = 0; j < size; j += 4) {
        if (!allows(allowed, j)) continue;
        const p = probability(logits + j);
        if (p != 0) mean += p * load<f32>(t + start + j);
      }
      for (let j: usize = 0; j < size; j += 4) {
        const to = t + start + j;
        store<f32>(to, allows(allowed, j) ? probability(logits + j) * (load<f32>(to) - mean) / <f32>B : 0);
      }
      start += size;
    }
    if (mask) mask += ld;
  }
}
