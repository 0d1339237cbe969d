// Arithmetic on tensors, row by row: what networks' outputs go through between a pass and a loss.
//
// Letters: B rows, A columns, N a count within a row. "in lanes" is an order of summation: lane l of 4 takes numbers
// l, l + 4, ... from 0; then (l0 + l2) + (l1 + l3).

import type { Tensor } from "./handles.ts";

export interface RowOperations {
  /** y[b, to + c] = x[b, from + c], c = 0 .. count - 1: joins tensors side by side, or takes them apart. */
  copyColumns(rows: number, x: Tensor, from: number, y: Tensor, to: number, count: number): void;

  /**
   * Numbers first, first + 1, ... of y, counted row by row, become x[0, 0], x[1, 0], ...: the first column of x takes its place
   * in a grid.
   */
  place(rows: number, x: Tensor, first: number, y: Tensor): void;

  /**
   * The largest number of every row of x, placed as `place` does. A NaN counts in column 0 only, and then nothing exceeds it.
   * @param x [B, A]
   */
  maximum(rows: number, x: Tensor, first: number, y: Tensor): void;

  /**
   * Picks records: row b of y = record order[first + b] of x, b = 0 .. rows - 1. A record has as many numbers as a row of y; a
   * row of x holds one record ([n, C]) or E of them ([n / E, E C]).
   * @param order [1, n], each a whole number below the records of x
   * @param y [B, C], written
   */
  gather(rows: number, order: Tensor, first: number, x: Tensor, y: Tensor): void;

  /** y[b times + n] = x[b], n = 0 .. times - 1: every row several times. @param y [B times, columns of x], written */
  repeat(rows: number, times: number, x: Tensor, y: Tensor): void;

  /** y[b, a] = mean of x[b, a N] .. x[b, a N + N - 1], summed in lanes. @param count N @param y [B, A], written */
  mean(rows: number, x: Tensor, count: number, y: Tensor): void;

  /** Transposes groups of rows into columns: y[b, a N + n] = x[b N + n, a]. @param x [B N, A] @param y [B, A N], written */
  fold(rows: number, count: number, x: Tensor, y: Tensor): void;

  /** The way back: y[b N + n, a] = x[b, a N + n]. @param x [B, A N] @param y [B N, A], written */
  unfold(rows: number, count: number, x: Tensor, y: Tensor): void;

  /** Multiplies groups of rows by a row each: y[b N + n] = scale[b] x[b N + n], elementwise. @param y [B N, A], written; may be x */
  scaleGroups(rows: number, count: number, scale: Tensor, x: Tensor, y: Tensor): void;

  /**
   * dX = dY scale; dScale[b] = sum over n of dY x, in order from 0.
   * @param dX [B N, A], written; may be dY @param dScale [B, A], written; null where nobody needs it
   */
  scaleGroupsBackward(
    rows: number,
    count: number,
    scale: Tensor,
    x: Tensor,
    dY: Tensor,
    dX: Tensor,
    dScale: Tensor | null,
  ): void;

  /** y += scale x, elementwise; scale is rounded to f32 first, and finite. */
  addScaled(rows: number, x: Tensor, scale: number, y: Tensor): void;

  /**
   * x = (x - mean) / (deviation + 1e-8) over the rows, the deviation unbiased (B - 1 in the denominator), computed in float64 and
   * rounded at the end; a single row is left alone.
   * @param x [B, 1]
   */
  standardize(rows: number, x: Tensor): void;

  /** Row-wise softmax; the maximum is subtracted first. y may be x. */
  softmax(rows: number, x: Tensor, y: Tensor): void;
  logSoftmax(rows: number, x: Tensor, y: Tensor): void;

  /**
   * First index of the largest value in a row, among entries whose mask is not 0.
   * @param mask [1, columns], or null for all
   * @returns -1 when the mask allows none
   */
  argmax(row: number, x: Tensor, mask: Tensor | null): number;
}
