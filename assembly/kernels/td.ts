// The temporal-difference update of a batch in one pass: targets, absolute errors, loss and output gradient.
//
// target = reward + discount nextQ[a*], a* = argmax of selection (Mnih et al. 2015; with the online network's values as
// selection: van Hasselt et al. 2016, eq. 4). Letters: B rows, A actions. Rows of q, next, selection and dq are ld bytes.

const MSE = 0;

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
    if (gamma != 0) {
      let best: usize = 0;
      for (let a: usize = 4; a < <usize>A << 2; a += 4) {
        if (load<f32>(selection + a) > load<f32>(selection + best)) best = a;
      }
      y += gamma * load<f32>(next + best);
    }
    const taken = <usize>load<f32>(action + b) << 2;
    const value = load<f32>(q + taken);
    const w = load<f32>(weight + b);
    const error = value - y;
    const size = abs(error);
    let term: f32, slope: f32;
    if (loss == MSE) {
      term = error * error * w;
      slope = 2 * error * w / batch;
    } else if (size <= 1) {
      term = <f32>0.5 * error * error * w;
      slope = error * w / batch;
    } else {
      term = (size - <f32>0.5) * w;
      // Not copysign: a NaN must stay NaN, and WebAssembly leaves its sign open.
      const sign: f32 = error > 0 ? 1 : error < 0 ? -1 : error;
      slope = sign * w / batch;
    }
    for (let a: usize = 0; a < ld; a += 16) v128.store(dq + a, f32x4.splat(0));
    store<f32>(dq + taken, slope);
    store<f32>(target + b, y);
    store<f32>(absError + b, size);
    lossSum += <f64>term;
    qSum += <f64>value;
  }
  store<f32>(metrics, <f32>(lossSum / <f64>B));
  store<f32>(metrics, <f32>(qSum / <f64>B), 4);
}
