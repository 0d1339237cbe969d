// Returns as probabilities of N fixed numbers (Bellemare et al. 2017, algorithm 1). Letters: B rows, A actions, N atoms;
// a row of outputs is A times N floats, its rows ld bytes apart. Atom i stands for low + i step. Sums over atoms: lane l of
// 4 takes atoms l, l + 4, ...; then (l0 + l2) + (l1 + l3).

import { exp4 } from "../math/exp";
import { log } from "../math/exp-log-pow";
import { log4 } from "../math/log";
import { keep_part, lane_sum, load_part, select_offset, store_part } from "./lanes";

const COUNT = memory.data<f32>([0, 1, 2, 3], 16);
const LEAST_NORMAL: f32 = 1.1754943508222875e-38;

// @ts-ignore: decorator
@inline
function row_max(x: usize, N: i32): f32 {
  let m = v128.load32_splat(x);
  let n = N;
  for (; n >= 4; n -= 4, x += 16) m = f32x4.pmax(m, v128.load(x));
  let best = max(
    max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1)),
    max(f32x4.extract_lane(m, 2), f32x4.extract_lane(m, 3)),
  );
  for (; n > 0; n--, x += 4) best = max(best, load<f32>(x));
  return best;
}

// What `mean` found beside the mean: softmax(x)_i = exp(x_i - rowMax) / rowSum.
let rowMax: f32 = 0;
let rowSum: f32 = 0;

/** Expected return under softmax(x). */
function mean(x: usize, N: i32, low: f32, step: f32): f32 {
  const top = row_max(x, N);
  const tops = f32x4.splat(top), lows = f32x4.splat(low), steps = f32x4.splat(step), four = f32x4.splat(4);
  let i = v128.load(COUNT), sum = f32x4.splat(0), weighted = sum;
  for (let n = N; n > 0; n -= 4, x += 16) {
    const e = keep_part(exp4(f32x4.sub(load_part(x, n), tops)), n);
    sum = f32x4.add(sum, e);
    weighted = f32x4.add(weighted, f32x4.mul(e, f32x4.add(lows, f32x4.mul(i, steps))));
    i = f32x4.add(i, four);
  }
  rowMax = top;
  rowSum = lane_sum(sum);
  return lane_sum(weighted) / rowSum;
}

/** @param q [B, A], rows of ldq bytes */
export function return_categorical_values(
  B: i32, A: i32, N: i32, low: f32, high: f32, logits: usize, ld: usize, q: usize, ldq: usize,
): void {
  const step = (high - low) / <f32>(N - 1);
  const width = <usize>N << 2;
  for (let b = 0; b < B; b++, logits += ld, q += ldq) {
    let x = logits;
    for (let a: usize = 0; a < <usize>A << 2; a += 4, x += width) store<f32>(q + a, mean(x, N, low, step));
  }
}

/** Offset in bytes of the action whose mean is the largest; as select_offset. */
function select_by_mean(logits: usize, A: i32, N: i32, low: f32, step: f32): usize {
  const width = <usize>N << 2;
  let best: usize = 0;
  if (A == 1) return best;
  let bestMean = mean(logits, N, low, step);
  for (let a = width; a < <usize>A * width; a += width) {
    const value = mean(logits + a, N, low, step);
    if (value > bestMean) {
      best = a;
      bestMean = value;
    }
  }
  return best;
}

/** Where among the atoms a return lies, in 0 .. N - 1. */
// @ts-ignore: decorator
@inline
function position4(value: v128, low: v128, high: v128, step: v128, last: v128): v128 {
  const clipped = f32x4.pmax(f32x4.pmin(high, value), low);
  return f32x4.pmin(f32x4.div(f32x4.sub(clipped, low), step), last);
}

/** A mass between atoms `lower` (bytes into m) and the next one, of which share goes to the next. */
// @ts-ignore: decorator
@inline
function add(m: usize, last: usize, mass: f32, lower: usize, share: f32): void {
  const upper = min(lower + 4, last);
  store<f32>(m + lower, load<f32>(m + lower) + mass * (1 - share));
  store<f32>(m + upper, load<f32>(m + upper) + mass * share);
}

/** Adds exp(x_i - max) at reward + gamma z_i for every atom; m holds N floats. Returns what was added in all. */
function project(
  x: usize, N: i32, low: f32, high: f32, step: f32, reward: f32, gamma: f32, m: usize,
): f32 {
  const tops = f32x4.splat(row_max(x, N)), lows = f32x4.splat(low), highs = f32x4.splat(high), steps = f32x4.splat(step);
  const rewards = f32x4.splat(reward), gammas = f32x4.splat(gamma), lasts = f32x4.splat(<f32>(N - 1));
  const last = <usize>(N - 1) << 2;
  let i = v128.load(COUNT), sum = f32x4.splat(0);
  for (let n = N; n > 0; n -= 4, x += 16) {
    const e = exp4(f32x4.sub(load_part(x, n), tops));
    sum = f32x4.add(sum, keep_part(e, n));
    const z = f32x4.add(lows, f32x4.mul(i, steps));
    const position = position4(f32x4.add(rewards, f32x4.mul(gammas, z)), lows, highs, steps, lasts);
    const lower = f32x4.floor(position);
    const share = f32x4.sub(position, lower);
    const offset = i32x4.shl(i32x4.trunc_sat_f32x4_s(lower), 2);
    add(m, last, f32x4.extract_lane(e, 0), <usize>i32x4.extract_lane(offset, 0), f32x4.extract_lane(share, 0));
    if (n > 1) add(m, last, f32x4.extract_lane(e, 1), <usize>i32x4.extract_lane(offset, 1), f32x4.extract_lane(share, 1));
    if (n > 2) add(m, last, f32x4.extract_lane(e, 2), <usize>i32x4.extract_lane(offset, 2), f32x4.extract_lane(share, 2));
    if (n > 3) add(m, last, f32x4.extract_lane(e, 3), <usize>i32x4.extract_lane(offset, 3), f32x4.extract_lane(share, 3));
    i = f32x4.add(i, f32x4.splat(4));
  }
  return lane_sum(sum);
}

/** The projected distribution of the targets into m, N floats that are 0. @param next logits of the action to come */
// @ts-ignore: decorator
@inline
function target(
  next: usize, N: i32, low: f32, high: f32, step: f32, reward: f32, gamma: f32, m: usize,
): void {
  if (gamma == 0) {
    const position = position4(
      f32x4.splat(reward), f32x4.splat(low), f32x4.splat(high), f32x4.splat(step), f32x4.splat(<f32>(N - 1)),
    );
    const lower = f32x4.floor(position);
    const offset = i32x4.extract_lane(i32x4.trunc_sat_f32x4_s(lower), 0) << 2;
    add(m, <usize>(N - 1) << 2, 1, <usize>offset, f32x4.extract_lane(f32x4.sub(position, lower), 0));
    return;
  }
  const sums = f32x4.splat(project(next, N, low, high, step, reward, gamma, m));
  for (let n = N; n > 0; n -= 4, m += 16) store_part(m, f32x4.div(load_part(m, n), sums), n);
}

/**
 * @param selection [B, A] rows of lds bytes; 0: the next logits' own values choose
 * @param action, reward, discount, weight, absError [B] floats, 16 bytes apart (tensors of one column)
 * @param metrics loss and mean taken q, summed in float64 in batch order
 */
export function return_categorical_update(
  B: i32, A: i32, N: i32, low: f32, high: f32,
  logits: usize, next: usize, ld: usize, selection: usize, lds: usize,
  action: usize, reward: usize, discount: usize, weight: usize,
  dlogits: usize, absError: usize, metrics: usize,
): void {
  const step = (high - low) / <f32>(N - 1);
  const width = <usize>N << 2;
  const zero = f32x4.splat(0);
  let lossSum: f64 = 0;
  let qSum: f64 = 0;
  for (let b: usize = 0, end = <usize>B << 4; b < end; b += 16, logits += ld, next += ld, dlogits += ld) {
    for (let a: usize = 0; a < ld; a += 16) v128.store(dlogits + a, zero);
    const taken = <usize>load<f32>(action + b) * width;
    // The masses lie where their gradient will.
    let m = dlogits + taken;
    const gamma = load<f32>(discount + b);
    let chosen: usize = 0;
    // Past a terminal state the networks may say anything.
    if (gamma != 0) {
      chosen = selection ? (select_offset(selection, A) >> 2) * width : select_by_mean(next, A, N, low, step);
    }
    target(next + chosen, N, low, high, step, load<f32>(reward + b), gamma, m);

    let x = logits + taken;
    qSum += <f64>mean(x, N, low, step);
    const tops = f32x4.splat(rowMax), sums = f32x4.splat(rowSum), logSums = f32x4.splat(<f32>log(<f64>rowSum));
    const w = load<f32>(weight + b);
    const scales = f32x4.splat(w / <f32>B), least = f32x4.splat(LEAST_NORMAL);
    let crossEntropy = zero, divergence = zero;
    for (let n = N; n > 0; n -= 4, x += 16, m += 16) {
      const mass = load_part(m, n);
      const below = f32x4.sub(load_part(x, n), tops);
      const logP = f32x4.sub(below, logSums);
      const p = f32x4.div(exp4(below), sums);
      crossEntropy = f32x4.add(crossEntropy, keep_part(f32x4.mul(mass, logP), n));
      const term = f32x4.mul(mass, f32x4.sub(log4(mass), logP));
      divergence = f32x4.add(divergence, keep_part(v128.andnot(term, f32x4.lt(mass, least)), n));
      store_part(m, f32x4.mul(f32x4.sub(p, mass), scales), n);
    }
    const excess = lane_sum(divergence);
    store<f32>(absError + b, excess < 0 ? 0 : excess);
    lossSum += <f64>((<f32>0 - lane_sum(crossEntropy)) * w);
    if (selection) selection += lds;
  }
  store<f32>(metrics, <f32>(lossSum / <f64>B));
  store<f32>(metrics, <f32>(qSum / <f64>B), 4);
}
