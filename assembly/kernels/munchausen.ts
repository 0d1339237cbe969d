// Targets of Munchausen-DQN (Vieillard et al. 2020, section 2), from the target network's values alone. With tau the
// temperature, pi = softmax(q / tau), m = max q and S = sum over a of exp((q[a] - m) / tau):
//
//   tau ln pi(a) = (q[a] - m) - tau ln S
//   sum over a of pi(a) (q[a] - tau ln pi(a)) = m + tau ln S
//
// Letters: B rows, A actions.

import { exp4 } from "../math/exp";
import { log_scalar } from "../math/log";
import { row_max } from "./softmax";

/** tau ln S; the sum runs over the actions in order, and is at least 1 or, of values that are not finite, NaN. */
function scaled_log_sum(q: usize, A: i32, max: f32, temperature: f32): f32 {
  let sum: f32 = 0;
  for (let a = 0; a < A; a += 4) {
    const distance = f32x4.sub(v128.load(q + (<usize>a << 2)), f32x4.splat(max));
    const e = exp4(f32x4.div(distance, f32x4.splat(temperature)));
    sum += f32x4.extract_lane(e, 0);
    if (a + 1 < A) sum += f32x4.extract_lane(e, 1);
    if (a + 2 < A) sum += f32x4.extract_lane(e, 2);
    if (a + 3 < A) sum += f32x4.extract_lane(e, 3);
  }
  return sum == sum ? temperature * log_scalar(sum) : sum;
}

/**
 * target = reward + alpha max(tau ln pi(action), clip) + discount (m' + tau ln S')
 *
 * @param policy, next values of the observations and of the next ones, rows ld bytes apart
 * @param action, reward, discount, target [B] floats, 16 bytes apart (tensors of one column)
 */
export function munchausen_targets(
  B: i32, A: i32, ld: usize, policy: usize, next: usize,
  action: usize, reward: usize, discount: usize,
  alpha: f32, temperature: f32, clip: f32, target: usize,
): void {
  for (let b: usize = 0, end = <usize>B << 4; b < end; b += 16, policy += ld, next += ld) {
    const max = row_max(policy, A);
    const taken = load<f32>(policy + (<usize>load<f32>(action + b) << 2));
    let logPolicy = (taken - max) - scaled_log_sum(policy, A, max, temperature);
    if (logPolicy < clip) logPolicy = clip;
    let y = load<f32>(reward + b) + alpha * logPolicy;
    const gamma = load<f32>(discount + b);
    // Not even a product with 0: past a terminal state the network may say anything.
    if (gamma != 0) {
      const nextMax = row_max(next, A);
      y += gamma * (nextMax + scaled_log_sum(next, A, nextMax, temperature));
    }
    store<f32>(target + b, y);
  }
}
