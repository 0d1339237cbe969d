// Returns and advantages of a rollout, four environments at a time and backwards in time. Arrays are [steps, environments],
// rows ld bytes apart; the padding's zeros give zeros. Where an episode ended, what would be read past it is replaced, not
// multiplied by 0: the networks may say anything there.

import { exp4 } from "../math/exp";
import { madd } from "../math/madd";

// @ts-ignore: decorator
@inline
function is_set(flags: usize): v128 {
  return f32x4.ne(v128.load(flags), f32x4.splat(0));
}

/**
 * G = reward + discount (rest nextMaxQ + lambda G'), rest = 1 - lambda; reward + discount nextMaxQ where truncated and in
 * the last step; reward where terminated (Gallici et al. 2025)
 */
export function rollout_lambda_returns(
  steps: i32, ld: usize, reward: usize, nextMaxQ: usize, terminated: usize, truncated: usize,
  discount: f32, lambda: f32, rest: f32, returns: usize,
): void {
  const discounts = f32x4.splat(discount), lambdas = f32x4.splat(lambda), rests = f32x4.splat(rest);
  for (let column: usize = 0; column < ld; column += 16) {
    let G = f32x4.splat(0);
    let last = i32x4.splat(-1);
    for (let t = steps - 1; t >= 0; t--) {
      const k = <usize>t * ld + column;
      const q = v128.load(nextMaxQ + k);
      const mixed = madd(f32x4.mul(rests, q), lambdas, G);
      const next = v128.bitselect(q, mixed, v128.or(last, is_set(truncated + k)));
      const r = v128.load(reward + k);
      G = v128.bitselect(r, madd(r, discounts, next), is_set(terminated + k));
      v128.store(returns + k, G);
      last = i32x4.splat(0);
    }
  }
}

/**
 * A = delta + decay A', delta = (reward + discount nextValue) - value, decay = discount lambda; delta alone where an episode
 * ended and in the last step, without nextValue where it terminated (Schulman et al. 2016, eq. 16); returns = A + value
 */
export function rollout_gae(
  steps: i32, ld: usize, reward: usize, value: usize, nextValue: usize, terminated: usize, truncated: usize,
  discount: f32, decay: f32, advantage: usize, returns: usize,
): void {
  const discounts = f32x4.splat(discount), decays = f32x4.splat(decay);
  for (let column: usize = 0; column < ld; column += 16) {
    let A = f32x4.splat(0);
    let last = i32x4.splat(-1);
    for (let t = steps - 1; t >= 0; t--) {
      const k = <usize>t * ld + column;
      const isTerminal = is_set(terminated + k);
      const r = v128.load(reward + k);
      const v = v128.load(value + k);
      const target = v128.bitselect(r, madd(r, discounts, v128.load(nextValue + k)), isTerminal);
      const delta = f32x4.sub(target, v);
      const isLast = v128.or(last, v128.or(isTerminal, is_set(truncated + k)));
      A = v128.bitselect(delta, madd(delta, decays, A), isLast);
      v128.store(advantage + k, A);
      v128.store(returns + k, f32x4.add(A, v));
      last = i32x4.splat(0);
    }
  }
}

/**
 * G = the next `horizon` rewards, discounted, and the value after them; fewer where an episode ends and in the last steps,
 * without a value where it terminated (Mnih et al. 2016); returns = G, advantage = G - value
 */
export function rollout_n_step(
  steps: i32, ld: usize, horizon: i32, reward: usize, value: usize, nextValue: usize, terminated: usize, truncated: usize,
  discount: f32, advantage: usize, returns: usize,
): void {
  const discounts = f32x4.splat(discount);
  for (let column: usize = 0; column < ld; column += 16) {
    for (let t = 0; t < steps; t++) {
      let G = f32x4.splat(0);
      let last = i32x4.splat(-1);
      // Not t + horizon: it may overflow.
      for (let i = min(horizon, steps - t) - 1; i >= 0; i--) {
        const k = <usize>(t + i) * ld + column;
        const next = v128.bitselect(v128.load(nextValue + k), G, v128.or(last, is_set(truncated + k)));
        const r = v128.load(reward + k);
        G = v128.bitselect(r, madd(r, discounts, next), is_set(terminated + k));
        last = i32x4.splat(0);
      }
      const k = <usize>t * ld + column;
      v128.store(returns + k, G);
      v128.store(advantage + k, f32x4.sub(G, v128.load(value + k)));
    }
  }
}

/**
 * V-trace (Espeholt et al. 2018): rho = min(rhoBar, pi / mu), c = min(cBar, pi / mu), delta as in rollout_gae;
 * D = rho delta + decay c D', decay = discount lambda; returns v = value + D; advantage = rho (reward + discount v' - value);
 * both rho delta where an episode ended and in the last step
 */
export function rollout_v_trace(
  steps: i32, ld: usize, reward: usize, value: usize, nextValue: usize, terminated: usize, truncated: usize,
  logProbability: usize, behaviourLogProbability: usize,
  discount: f32, decay: f32, rhoBar: f32, cBar: f32, advantage: usize, returns: usize,
): void {
  const discounts = f32x4.splat(discount), decays = f32x4.splat(decay);
  const rhoBars = f32x4.splat(rhoBar), cBars = f32x4.splat(cBar);
  for (let column: usize = 0; column < ld; column += 16) {
    let D = f32x4.splat(0);
    let nextReturn = D;
    let last = i32x4.splat(-1);
    for (let t = steps - 1; t >= 0; t--) {
      const k = <usize>t * ld + column;
      const ratio = exp4(f32x4.sub(v128.load(logProbability + k), v128.load(behaviourLogProbability + k)));
      const rho = f32x4.min(rhoBars, ratio);
      const c = f32x4.min(cBars, ratio);
      const isTerminal = is_set(terminated + k);
      const isLast = v128.or(last, v128.or(isTerminal, is_set(truncated + k)));
      const r = v128.load(reward + k);
      const v = v128.load(value + k);
      const target = v128.bitselect(r, madd(r, discounts, v128.load(nextValue + k)), isTerminal);
      const correction = f32x4.mul(rho, f32x4.sub(target, v));
      const onward = f32x4.mul(rho, f32x4.sub(madd(r, discounts, nextReturn), v));
      v128.store(advantage + k, v128.bitselect(correction, onward, isLast));
      D = v128.bitselect(correction, madd(correction, f32x4.mul(decays, c), D), isLast);
      nextReturn = f32x4.add(v, D);
      v128.store(returns + k, nextReturn);
      last = i32x4.splat(0);
    }
  }
}
