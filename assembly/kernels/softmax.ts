// Row-wise softmax and its logarithm. The maximum is subtracted first; the sum runs over the columns in order.

import { exp_scalar } from "../math/exp";
import { log } from "../math/exp-log-pow";

// @ts-ignore: decorator
@inline
export function row_max(x: usize, columns: i32): f32 {
  let best = load<f32>(x);
  for (let j = 1; j < columns; j++) {
    const value = load<f32>(x + (<usize>j << 2));
    if (best < value) best = value;
  }
  return best;
}

// The exponentials of x - max into y, one column at a time; returns their sum.
function exponentials(x: usize, y: usize, columns: i32, max: f32): f32 {
  let sum: f32 = 0;
  for (let j = 0; j < columns; j++) {
    const e = exp_scalar(load<f32>(x + (<usize>j << 2)) - max);
    if (y) store<f32>(y + (<usize>j << 2), e);
    sum += e;
  }
  return sum;
}

export function rows_softmax(rows: i32, columns: i32, x: usize, y: usize, ld: usize): void {
  for (let r = 0; r < rows; r++, x += ld, y += ld) {
    const sum = exponentials(x, y, columns, row_max(x, columns));
    for (let j = 0; j < columns; j++) store<f32>(y + (<usize>j << 2), load<f32>(y + (<usize>j << 2)) / sum);
  }
}

export function rows_log_softmax(rows: i32, columns: i32, x: usize, y: usize, ld: usize): void {
  for (let r = 0; r < rows; r++, x += ld, y += ld) {
    const max = row_max(x, columns);
    const logSum = <f32>log(<f64>exponentials(x, 0, columns, max));
    for (let j = 0; j < columns; j++) store<f32>(y + (<usize>j << 2), load<f32>(x + (<usize>j << 2)) - max - logSum);
  }
}
