// Arithmetic on tensors, row by row: the steps between the output of a network and a loss.
//
// Letters: B rows, A columns, N numbers or rows in a group. "in lanes" is an order of summation: lane l of 4 takes numbers
// l, l + 4, ... from 0; then (l0 + l2) + (l1 + l3).

import type { Tensor } from "./handles.ts";

export interface RowOperations {
  /** y[b, to + c] = x[b, from + c], c = 0 .. count - 1: joins tensors side by side, or splits them. */
  copyColumns(rows: number, x: Tensor, from: number, y: Tensor, to: number, count: number): void;

  /**
   * Writes the first column of x, x[0, 0], x[1, 0], ..., into the numbers first, first + 1, ... of y, counted row by row.
   */
  place(rows: number, x: Tensor, first: number, y: Tensor): void;

  /**
   * Writes the largest number of every row of x, in the places of `place`. A NaN in column 0 is the result of its row; a NaN
   * in another column is ignored.
   * @param x [B, A]
   */
  maximum(rows: number, x: Tensor, first: number, y: Tensor): void;

  /**
   * Copies records: row b of y = record order[first + b] of x, b = 0 .. rows - 1. A record has as many numbers as a row of
   * y. A row of x holds one record (x is [n, C]) or E records (x is [n / E, E C]).
   * @param order [1, n], each a whole number below the records of x
   * @param y [B, C], written
   */
  gather(rows: number, order: Tensor, first: number, x: Tensor, y: Tensor): void;

  /** y[b times + n] = x[b], n = 0 .. times - 1: repeats every row. @param y [B times, columns of x], written */
  repeat(rows: number, times: number, x: Tensor, y: Tensor): void;

  /** y[b, a] = mean of x[b, a N] .. x[b, a N + N - 1], summed in lanes. @param count N @param y [B, A], written */
  mean(rows: number, x: Tensor, count: number, y: Tensor): void;

  /** Turns groups of N rows into columns: y[b, a N + n] = x[b N + n, a]. @param x [B N, A] @param y [B, A N], written */
  fold(rows: number, count: number, x: Tensor, y: Tensor): void;

  /** The inverse of `fold`: y[b N + n, a] = x[b, a N + n]. @param x [B, A N] @param y [B N, A], written */
  unfold(rows: number, count: number, x: Tensor, y: Tensor): void;

  /**
   * Multiplies each group of N rows by one row: y[b N + n] = scale[b] x[b N + n], elementwise.
   * @param y [B N, A], written; may be x
   */
  scaleGroups(rows: number, count: number, scale: Tensor, x: Tensor, y: Tensor): void;

  /**
   * Gradients of `scaleGroups`: dX = dY scale; dScale[b] = sum over n of dY x, in order from 0.
   * @param dX [B N, A], written; may be dY @param dScale [B, A], written; null when it is not needed
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

  /** y += scale x, elementwise. The scale is finite and rounded to f32 first. */
  addScaled(rows: number, x: Tensor, scale: number, y: Tensor): void;

  /**
   * x = (x - mean) / (deviation + 1e-8) over the rows. The deviation is the unbiased one (B - 1 in the denominator).
   * Computed in float64 and rounded at the end. A single row is left unchanged.
   * @param x [B, 1]
   */
  standardize(rows: number, x: Tensor): void;

  /** Softmax of each row, with the row's maximum subtracted first. y may be x. */
  softmax(rows: number, x: Tensor, y: Tensor): void;
  /** Logarithm of the softmax of each row, with the row's maximum subtracted first. y may be x. */
  logSoftmax(rows: number, x: Tensor, y: Tensor): void;

  /**
   * Returns the first index of the largest value in a row, among entries whose mask is not 0.
   * @param mask [1, columns]; null: all entries
   * @returns -1 when the mask allows none
   */
  argmax(row: number, x: Tensor, mask: Tensor | null): number;
}
