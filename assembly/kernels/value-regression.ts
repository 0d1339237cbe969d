// The values of the actions taken move towards targets: loss, absolute errors and output gradient in one pass.
// Letters: B rows, A actions.

const MSE = 0;

/**
 * One row's share: its gradient at dq, its error at absError.
 * @param w importance weight; batch B as a float
 * @returns the row's weighted loss
 */
// @ts-ignore: decorator
@inline
export function regress_row(
  ld: usize, value: f32, taken: usize, target: f32, w: f32, batch: f32, loss: i32, dq: usize, absError: usize,
): f32 {
  const error = value - target;
  const size = abs(error);
  let term: f32, slope: f32;
  if (loss == MSE) {
    term = error * error * w;
    slope = 2 * error * w / batch;
  } else {
    // Whether an error is larger than 1 cannot be predicted: no branch. A NaN stays NaN.
    const one = f32x4.splat(1), errors = f32x4.splat(error);
    const within = f32x4.extract_lane(f32x4.pmin(f32x4.splat(size), one), 0);
    term = within * (size - <f32>0.5 * within) * w;
    slope = f32x4.extract_lane(f32x4.pmax(f32x4.pmin(errors, one), f32x4.splat(-1)), 0) * w / batch;
  }
  for (let a: usize = 0; a < ld; a += 16) v128.store(dq + a, f32x4.splat(0));
  store<f32>(dq + taken, slope);
  store<f32>(absError, size);
  return term;
}

/**
 * @param q, dq rows ld bytes apart
 * @param action, target, weight (0: all 1), absError [B] floats, 16 bytes apart (tensors of one column)
 * @param loss 0 mean squared error, 1 Huber with delta 1
 * @param metrics loss and mean taken q, summed in float64 in batch order
 */
export function value_regression(
  B: i32, ld: usize, q: usize, action: usize, target: usize, weight: usize,
  loss: i32, dq: usize, absError: usize, metrics: usize,
): void {
  const batch = <f32>B;
  let lossSum: f64 = 0;
  let qSum: f64 = 0;
  for (let b: usize = 0, end = <usize>B << 4; b < end; b += 16, q += ld, dq += ld) {
    const taken = <usize>load<f32>(action + b) << 2;
    const value = load<f32>(q + taken);
    const w: f32 = weight ? load<f32>(weight + b) : 1;
    lossSum += <f64>regress_row(ld, value, taken, load<f32>(target + b), w, batch, loss, dq, absError + b);
    qSum += <f64>value;
  }
  store<f32>(metrics, <f32>(lossSum / <f64>B));
  store<f32>(metrics, <f32>(qSum / <f64>B), 4);
}
