// Returns as quantiles (Dabney et al. 2018a, algorithm 1). Letters: B rows, A actions, N quantiles of the online network, M of
// the target network; a row of outputs is A times N (M) floats. Sums over j run in order; over i, lane l of 4 takes
// quantiles l, l + 4, ...; then (l0 + l2) + (l1 + l3).

import { keep_part, lane_mean, lane_sum, load_part, select_offset, store_part } from "./lanes";

const ZERO = memory.data(16, 16);
const HALVES = memory.data<f32>([0.5, 1.5, 2.5, 3.5], 16);

/** Offset in bytes of the action whose mean is the largest; as select_offset. */
function select_by_mean(x: usize, A: i32, N: i32): usize {
  const width = <usize>N << 2;
  let best: usize = 0;
  if (A == 1) return best;
  let bestMean = lane_mean(x, N);
  for (let a = width; a < <usize>A * width; a += width) {
    const value = lane_mean(x + a, N);
    if (value > bestMean) {
      best = a;
      bestMean = value;
    }
  }
  return best;
}

// Slope of Huber_kappa(u) / kappa by |u|, kappa = 1 / inverse.
// @ts-ignore: decorator
@inline
function steepness(u: v128, inverse: v128): v128 {
  return f32x4.pmin(f32x4.mul(f32x4.abs(u), inverse), f32x4.splat(1));
}

// The derivative by the quantile: a target above pulls it up by tau, one below pulls it down by 1 - tau.
// @ts-ignore: decorator
@inline
function pull(u: v128, tau: v128, slope: v128): v128 {
  const below = v128.and(f32x4.lt(u, f32x4.splat(0)), f32x4.splat(1));
  return f32x4.mul(f32x4.sub(below, tau), slope);
}

// The loss of one pair, from its pull. @param half kappa / 2
// @ts-ignore: decorator
@inline
function cost(u: v128, pull: v128, slope: v128, half: v128): v128 {
  return f32x4.mul(f32x4.abs(pull), f32x4.sub(f32x4.abs(u), f32x4.mul(half, slope)));
}

/**
 * @param fractions [B, N], rows of ldf bytes; 0: midpoints
 * @param selection [B, A], rows of lds bytes; 0: the next quantiles' own means choose
 * @param action, reward, discount, weight, absError [B] floats, 16 bytes apart (tensors of one column)
 * @param metrics loss and mean taken q, summed in float64 in batch order
 */
export function return_quantile_update(
  B: i32, A: i32, N: i32, M: i32, kappa: f32,
  quantiles: usize, ld: usize, next: usize, ldn: usize, fractions: usize, ldf: usize, selection: usize, lds: usize,
  action: usize, reward: usize, discount: usize, weight: usize,
  dquantiles: usize, absError: usize, metrics: usize,
): void {
  const width = <usize>N << 2, nextWidth = <usize>M << 2;
  const zero = f32x4.splat(0);
  const half = f32x4.splat(<f32>0.5 * kappa);
  // Finite for kappa 0 too, where it makes every slope 1 but that of 0.
  const inverse = f32x4.splat(min<f32>(1 / kappa, f32.MAX_VALUE));
  const counts = f32x4.splat(<f32>N), fours = f32x4.splat(4);
  let lossSum: f64 = 0;
  let qSum: f64 = 0;
  for (let b: usize = 0, end = <usize>B << 4; b < end; b += 16, quantiles += ld, next += ldn, dquantiles += ld) {
    const gamma = load<f32>(discount + b);
    const gammas = f32x4.splat(gamma), rewards = v128.load32_splat(reward + b);
    // Past a terminal state the networks may say anything: one number is read over and over, and it is 0.
    let targets: usize = ZERO, targetStep: usize = 0;
    if (gamma != 0) {
      targets = next;
      targetStep = 4;
      targets += selection ? (select_offset(selection, A) >> 2) * nextWidth : select_by_mean(next, A, M);
    }
    for (let a: usize = 0; a < ld; a += 16) v128.store(dquantiles + a, zero);
    const taken = <usize>load<f32>(action + b) * width;
    const w = load<f32>(weight + b);
    const scale = f32x4.splat(w / <f32>B / <f32>M);
    let theta = quantiles + taken, slopes = dquantiles + taken, tau = fractions, halves = v128.load(HALVES);
    qSum += <f64>lane_mean(theta, N);
    let loss = zero, n = N;
    // Two vectors a turn, which share the target. (measured: bench/kernels, 97 -> 76 us for 32 x 64 x 64)
    for (; n >= 8; n -= 8, theta += 32, slopes += 32) {
      const v0 = v128.load(theta), v1 = v128.load(theta, 16);
      let t0: v128, t1: v128;
      if (fractions) {
        t0 = v128.load(tau); t1 = v128.load(tau, 16);
        tau += 32;
      } else {
        t0 = f32x4.div(halves, counts);
        halves = f32x4.add(halves, fours);
        t1 = f32x4.div(halves, counts);
        halves = f32x4.add(halves, fours);
      }
      let s0 = zero, s1 = zero, l0 = zero, l1 = zero, p = targets;
      for (let j = M; j > 0; j--, p += targetStep) {
        const y = f32x4.add(rewards, f32x4.mul(gammas, v128.load32_splat(p)));
        const u0 = f32x4.sub(y, v0), u1 = f32x4.sub(y, v1);
        const g0 = steepness(u0, inverse), g1 = steepness(u1, inverse);
        const p0 = pull(u0, t0, g0), p1 = pull(u1, t1, g1);
        s0 = f32x4.add(s0, p0); s1 = f32x4.add(s1, p1);
        l0 = f32x4.add(l0, cost(u0, p0, g0, half)); l1 = f32x4.add(l1, cost(u1, p1, g1, half));
      }
      v128.store(slopes, f32x4.mul(s0, scale)); v128.store(slopes, f32x4.mul(s1, scale), 16);
      loss = f32x4.add(f32x4.add(loss, l0), l1);
    }
    for (; n > 0; n -= 4, theta += 16, slopes += 16, tau += 16) {
      const v0 = load_part(theta, n);
      const t0 = fractions ? load_part(tau, n) : f32x4.div(halves, counts);
      halves = f32x4.add(halves, fours);
      let s0 = zero, l0 = zero, p = targets;
      for (let j = M; j > 0; j--, p += targetStep) {
        const u0 = f32x4.sub(f32x4.add(rewards, f32x4.mul(gammas, v128.load32_splat(p))), v0);
        const g0 = steepness(u0, inverse), p0 = pull(u0, t0, g0);
        s0 = f32x4.add(s0, p0);
        l0 = f32x4.add(l0, cost(u0, p0, g0, half));
      }
      store_part(slopes, f32x4.mul(s0, scale), n);
      loss = f32x4.add(loss, keep_part(l0, n));
    }
    const sample = lane_sum(loss) / <f32>M;
    store<f32>(absError + b, sample);
    lossSum += <f64>(sample * w);
    if (fractions) fractions += ldf;
    if (selection) selection += lds;
  }
  store<f32>(metrics, <f32>(lossSum / <f64>B));
  store<f32>(metrics, <f32>(qSum / <f64>B), 4);
}
