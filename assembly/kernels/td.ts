// The temporal-difference update of a batch in one pass: targets, absolute errors, loss and output gradient.
//
// target = reward + discount nextQ[a*], a* = argmax of selection (Mnih et al. 2015; with the online network's values as
// selection: van Hasselt et al. 2016, eq. 4). Letters: B rows, A actions. Rows of q, next, selection and dq are ld bytes.

import { select_offset } from "./lanes";
import { regress_row } from "./value-regression";

/**
 * @param action, reward, discount, weight, target, absError [B] floats, 16 bytes apart (tensors of one column)
 * @param loss 0 mean squared error, 1 Huber with delta 1
 * @param metrics loss and mean taken q, summed in float64 in batch order
 */
export function td_update(
  B: i32, A: i32, ld: usize,
  q: usize, next: usize, selection: usize,
  action: usize, reward: usize, discount: usize, weight: usize,
  loss: i32, dq: usize, target: usize, absError: usize, metrics: usize,
): void {
  const batch = <f32>B;
  let lossSum: f64 = 0;
  let qSum: f64 = 0;
  for (let b: usize = 0, end = <usize>B << 4; b < end; b += 16, q += ld, next += ld, selection += ld, dq += ld) {
    let y = load<f32>(reward + b);
    const gamma = load<f32>(discount + b);
    // Not even a product with 0: past a terminal state the networks may say anything.
    if (gamma != 0) y += gamma * load<f32>(next + select_offset(selection, A));
    const taken = <usize>load<f32>(action + b) << 2;
    const value = load<f32>(q + taken);
    store<f32>(target + b, y);
    lossSum += <f64>regress_row(ld, value, taken, y, load<f32>(weight + b), batch, loss, dq, absError + b);
    qSum += <f64>value;
  }
  store<f32>(metrics, <f32>(lossSum / <f64>B));
  store<f32>(metrics, <f32>(qSum / <f64>B), 4);
}
