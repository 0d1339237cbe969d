// Policies of n independent bits, one logit each. Rows of logits and gradients are ld bytes apart, as actions are; results
// of a row 16 bytes (tensors of one column).

import { sigmoid_scalar } from "../math/exp";
import { random_uniform } from "../math/random";
import { softplus } from "../math/softplus";

/** @param stream 0: the more probable bits */
export function action_bernoulli_sample(stream: usize, B: i32, n: i32, x: usize, ld: usize, action: usize): void {
  for (let b = 0; b < B; b++, x += ld, action += ld) {
    for (let j: usize = 0; j < <usize>n << 2; j += 4) {
      const logit = load<f32>(x + j);
      const isSet = stream ? random_uniform(stream) < <f64>sigmoid_scalar(logit) : logit > 0;
      store<f32>(action + j, isSet ? 1 : 0);
    }
  }
}

export function action_bernoulli_evaluate(
  B: i32, n: i32, x: usize, ld: usize, action: usize, logProbability: usize, entropy: usize,
): void {
  for (let b = 0; b < B; b++, x += ld, action += ld, logProbability += 16, entropy += 16) {
    let logs: f32 = 0, H: f32 = 0;
    for (let j: usize = 0; j < <usize>n << 2; j += 4) {
      const logit = load<f32>(x + j);
      const s = softplus(logit);
      logs += load<f32>(action + j) != 0 ? logit - s : -s;
      H += s - logit * sigmoid_scalar(logit);
    }
    store<f32>(logProbability, logs);
    store<f32>(entropy, H);
  }
}

/** dx = dLogProbability (action - p) - dEntropy x p (1 - p) */
export function action_bernoulli_gradient(
  B: i32, n: i32, x: usize, ld: usize, action: usize, dLogProbability: usize, dEntropy: f32, dx: usize,
): void {
  for (let b = 0; b < B; b++, x += ld, action += ld, dx += ld, dLogProbability += 16) {
    const dLog = load<f32>(dLogProbability);
    for (let j: usize = 0; j < <usize>n << 2; j += 4) {
      const logit = load<f32>(x + j);
      const p = sigmoid_scalar(logit);
      store<f32>(dx + j, dLog * (load<f32>(action + j) - p) - dEntropy * ((logit * p) * (1 - p)));
    }
  }
}

/** sum of p (x - y) - softplus(x) + softplus(y), p = sigmoid(x) */
export function action_bernoulli_divergence(B: i32, n: i32, x: usize, y: usize, ld: usize, divergence: usize): void {
  for (let b = 0; b < B; b++, x += ld, y += ld, divergence += 16) {
    let total: f32 = 0;
    for (let j: usize = 0; j < <usize>n << 2; j += 4) {
      const from = load<f32>(x + j), to = load<f32>(y + j);
      total += (sigmoid_scalar(from) * (from - to) - softplus(from)) + softplus(to);
    }
    store<f32>(divergence, total);
  }
}

/** t = p (1 - p) t / B */
export function action_bernoulli_fisher(B: i32, n: i32, x: usize, ld: usize, t: usize): void {
  for (let b = 0; b < B; b++, x += ld, t += ld) {
    for (let j: usize = 0; j < <usize>n << 2; j += 4) {
      const p = sigmoid_scalar(load<f32>(x + j));
      store<f32>(t + j, p * (1 - p) * load<f32>(t + j) / <f32>B);
    }
  }
}
