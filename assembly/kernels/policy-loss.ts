// Losses of a policy and its values over B rows. Arrays are [B] floats, 16 bytes apart (tensors of one column); metrics
// are columns as src/operations/policy-loss.ts numbers them. Sums run in float64, in batch order.

import { exp_scalar } from "../math/exp";

// Bytes into the metrics.
const LOSS: usize = 0;
const ENTROPY: usize = 4;
const APPROXIMATE_KL: usize = 8;
const CLIP_FRACTION: usize = 12;

/**
 * The clipped surrogate (Schulman et al. 2017, eq. 7); the plain policy gradient where `old` is 0.
 * @param dLogProbability written: the gradient of the loss
 */
export function policy_loss_surrogate(
  B: i32, logProbability: usize, old: usize, advantage: usize, entropy: usize, clip: f32, dLogProbability: usize,
  metrics: usize,
): void {
  const low: f32 = 1 - clip, high: f32 = 1 + clip;
  let loss: f64 = 0, kl: f64 = 0, entropies: f64 = 0;
  let clipped = 0;
  for (let b: usize = 0, end = <usize>B << 4; b < end; b += 16) {
    const A = load<f32>(advantage + b), log = load<f32>(logProbability + b);
    let term: f32, slope: f32;
    if (old) {
      const d = log - load<f32>(old + b);
      const ratio = exp_scalar(d);
      const limited: f32 = (ratio < low ? low : ratio > high ? high : ratio) * A;
      term = ratio * A;
      slope = term;
      if (!(term <= limited)) {
        term = limited;
        slope = 0;
      }
      const excess = ratio - 1;
      kl += <f64>(excess - d);
      if (abs(excess) > clip) clipped++;
    } else {
      term = A * log;
      slope = A;
    }
    loss -= <f64>term;
    entropies += <f64>load<f32>(entropy + b);
    store<f32>(dLogProbability + b, -slope / <f32>B);
  }
  store<f32>(metrics, <f32>(loss / <f64>B), LOSS);
  store<f32>(metrics, <f32>(entropies / <f64>B), ENTROPY);
  store<f32>(metrics, <f32>(kl / <f64>B), APPROXIMATE_KL);
  store<f32>(metrics, <f32>(<f64>clipped / <f64>B), CLIP_FRACTION);
}

/**
 * Mean of error^2; where a value moved further than `clip` from the old one (0: no matter how far), of the larger of it and
 * the one at the limit.
 * @param factor 2 x weight
 */
export function policy_loss_value(
  B: i32, value: usize, target: usize, old: usize, clip: f32, factor: f32, dValue: usize, metrics: usize,
): void {
  let loss: f64 = 0;
  for (let b: usize = 0, end = <usize>B << 4; b < end; b += 16) {
    const v = load<f32>(value + b), goal = load<f32>(target + b);
    const error = v - goal;
    let square = error * error;
    let slope = factor * error / <f32>B;
    if (old) {
      const before = load<f32>(old + b);
      const change = v - before;
      if (abs(change) > clip) {
        const limited = (change > 0 ? before + clip : before - clip) - goal;
        const limitedSquare = limited * limited;
        if (limitedSquare > square) {
          square = limitedSquare;
          slope = 0;
        }
      }
    }
    loss += <f64>square;
    store<f32>(dValue + b, slope);
  }
  store<f32>(metrics, <f32>(loss / <f64>B), LOSS);
}
