// Gaussian policies of D independent dimensions, squashed by tanh or not. u is the number drawn, s the logarithm of the
// standard deviation. Rows of means, actions and the means' gradients are ld bytes apart; rows of s and of its gradient lds
// bytes, 0 where all rows share one, whose gradient is then a sum over rows. Results of a row 16 bytes apart.

import { exp_scalar } from "../math/exp";
import { random_fill_normal } from "../math/random";
import { softplus } from "../math/softplus";

const LN_2: f32 = 0.6931471805599453;
const HALF_LN_2_PI: f32 = 0.9189385332046727;
const HALF_LN_2_PI_E: f32 = 1.4189385332046727;

/** @param stream 0: the means */
export function action_gaussian_sample(
  stream: usize, B: i32, D: i32, mean: usize, ld: usize, s: usize, lds: usize, action: usize,
): void {
  for (let b = 0; b < B; b++, mean += ld, s += lds, action += ld) {
    if (stream) random_fill_normal(stream, action, 1, D, ld, 0, 1);
    for (let d: usize = 0; d < <usize>D << 2; d += 4) {
      let u = load<f32>(mean + d);
      if (stream) u += exp_scalar(load<f32>(s + d)) * load<f32>(action + d);
      store<f32>(action + d, u);
    }
  }
}

/** ln of the derivative of tanh at u */
function squashing(u: f32): f32 {
  return 2 * ((LN_2 - u) - softplus(-2 * u));
}

export function action_gaussian_evaluate(
  B: i32, D: i32, squashed: bool, mean: usize, ld: usize, s: usize, lds: usize, action: usize,
  logProbability: usize, entropy: usize,
): void {
  for (let b = 0; b < B; b++, mean += ld, s += lds, action += ld, logProbability += 16, entropy += 16) {
    let logs: f32 = 0, H: f32 = 0;
    for (let d: usize = 0; d < <usize>D << 2; d += 4) {
      const u = load<f32>(action + d), deviation = load<f32>(s + d);
      const z = (u - load<f32>(mean + d)) / exp_scalar(deviation);
      let log = (<f32>-0.5 * (z * z) - deviation) - HALF_LN_2_PI;
      let h = deviation + HALF_LN_2_PI_E;
      if (squashed) {
        const c = squashing(u);
        log -= c;
        h += c;
      }
      logs += log;
      H += h;
    }
    store<f32>(logProbability, logs);
    store<f32>(entropy, H);
  }
}

/**
 * dMean = dLogProbability z / exp(s), ds = dLogProbability (z^2 - 1) + dEntropy; squashed, -2 dEntropy tanh(u) and the same
 * times (u - mean) beside them; tanh(u) = 1 - 2 / (exp(2 u) + 1).
 */
export function action_gaussian_gradient(
  B: i32, D: i32, squashed: bool, mean: usize, ld: usize, s: usize, lds: usize, action: usize,
  dLogProbability: usize, dEntropy: f32, dMean: usize, ds: usize,
): void {
  const size = <usize>D << 2;
  if (!lds) for (let d: usize = 0; d < size; d += 4) store<f32>(ds + d, 0);
  for (let b = 0; b < B; b++, mean += ld, s += lds, action += ld, dLogProbability += 16, dMean += ld, ds += lds) {
    const dLog = load<f32>(dLogProbability);
    for (let d: usize = 0; d < size; d += 4) {
      const u = load<f32>(action + d);
      const deviation = exp_scalar(load<f32>(s + d));
      const distance = u - load<f32>(mean + d);
      const z = distance / deviation;
      let ofMean = dLog * (z / deviation);
      let ofDeviation = dLog * (z * z - 1) + dEntropy;
      if (squashed) {
        const slope: f32 = -2 * (dEntropy * (1 - 2 / (exp_scalar(2 * u) + 1)));
        ofMean += slope;
        ofDeviation += slope * distance;
      }
      store<f32>(dMean + d, ofMean);
      store<f32>(ds + d, lds ? ofDeviation : load<f32>(ds + d) + ofDeviation);
    }
  }
}

/** sum of (t - s) + (exp(s)^2 + (x - y)^2) / (2 exp(t)^2) - 1/2: from means x, deviations s to means y, deviations t */
export function action_gaussian_divergence(
  B: i32, D: i32, x: usize, y: usize, ld: usize, s: usize, lds: usize, t: usize, ldt: usize, divergence: usize,
): void {
  for (let b = 0; b < B; b++, x += ld, y += ld, s += lds, t += ldt, divergence += 16) {
    let total: f32 = 0;
    for (let d: usize = 0; d < <usize>D << 2; d += 4) {
      const logFrom = load<f32>(s + d), logTo = load<f32>(t + d);
      const from = exp_scalar(logFrom), to = exp_scalar(logTo);
      const distance = load<f32>(x + d) - load<f32>(y + d);
      total += ((logTo - logFrom) + (from * from + distance * distance) / (2 * (to * to))) - <f32>0.5;
    }
    store<f32>(divergence, total);
  }
}

/** t = t / exp(s)^2 / B for the means, ts = 2 ts / B for s; a ts that all rows share: 2 ts */
export function action_gaussian_fisher(B: i32, D: i32, t: usize, ld: usize, s: usize, lds: usize, ts: usize): void {
  const rows = <f32>B;
  for (let b = 0; b < B; b++, t += ld, s += lds, ts += lds) {
    for (let d: usize = 0; d < <usize>D << 2; d += 4) {
      const deviation = exp_scalar(load<f32>(s + d));
      store<f32>(t + d, load<f32>(t + d) / (deviation * deviation) / rows);
      if (lds) store<f32>(ts + d, 2 * load<f32>(ts + d) / rows);
      else if (!b) store<f32>(ts + d, 2 * load<f32>(ts + d));
    }
  }
}
