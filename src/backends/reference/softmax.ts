// Row-wise softmax and its logarithm. The row's maximum is subtracted first; the sum runs over the columns in order.

import { log } from "../../engine/math.ts";
import { exp } from "./exp.ts";

const f = Math.fround;

export function maximum(x: Float32Array, start: number, columns: number): number {
  let m = x[start];
  for (let j = start + 1; j < start + columns; j++) if (m < x[j]) m = x[j];
  return m;
}

/** Softmax of each row; y may be x. */
export function softmax(rows: number, columns: number, x: Float32Array, y: Float32Array): void {
  for (let start = 0; start < rows * columns; start += columns) {
    const m = maximum(x, start, columns);
    let sum = 0;
    for (let j = start; j < start + columns; j++) {
      y[j] = exp(f(x[j] - m));
      sum = f(sum + y[j]);
    }
    for (let j = start; j < start + columns; j++) y[j] = f(y[j] / sum);
  }
}

/** Logarithm of the softmax of each row; y may be x. The logarithm of the sum is taken in float64, once per row. */
export function logSoftmax(rows: number, columns: number, x: Float32Array, y: Float32Array): void {
  for (let start = 0; start < rows * columns; start += columns) {
    const m = maximum(x, start, columns);
    let sum = 0;
    for (let j = start; j < start + columns; j++) sum = f(sum + exp(f(x[j] - m)));
    const logSum = f(log(sum));
    for (let j = start; j < start + columns; j++) y[j] = f(f(x[j] - m) - logSum);
  }
}
