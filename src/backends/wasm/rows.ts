// Arithmetic on rows on the engine: addresses for assembly/kernels/rows.ts, softmax.ts and argmax.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { Tensor } from "../../operations/handles.ts";
import type { RowOperations } from "../../operations/rows.ts";
import { addressOf, strideOf, type WasmTensor } from "./handles.ts";

export class WasmRows implements RowOperations {
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#kernel = engine.exports;
  }

  copyColumns(rows: number, x: Tensor, from: number, y: Tensor, to: number, count: number): void {
    this.#kernel.rows_copy_columns(
      rows,
      addressOf(x) + from * 4,
      strideOf(x),
      addressOf(y) + to * 4,
      strideOf(y),
      count,
    );
  }

  /** A single column is its own maximum, so that `maximum` does the work of `place`. */
  place(rows: number, x: Tensor, first: number, y: Tensor): void {
    this.#kernel.rows_maximum(rows, 1, addressOf(x), strideOf(x), first, y.columns, addressOf(y), strideOf(y));
  }

  maximum(rows: number, x: Tensor, first: number, y: Tensor): void {
    this.#kernel.rows_maximum(rows, x.columns, addressOf(x), strideOf(x), first, y.columns, addressOf(y), strideOf(y));
  }

  gather(rows: number, order: Tensor, first: number, x: Tensor, y: Tensor): void {
    const { columns } = y;
    this.#kernel.rows_gather(
      rows,
      addressOf(order) + first * 4,
      columns,
      x.columns / columns,
      addressOf(x),
      strideOf(x),
      addressOf(y),
      strideOf(y),
    );
  }

  repeat(rows: number, times: number, x: Tensor, y: Tensor): void {
    this.#kernel.rows_repeat(rows, times, addressOf(x), addressOf(y), strideOf(x));
  }

  mean(rows: number, x: Tensor, count: number, y: Tensor): void {
    this.#kernel.rows_mean(rows, y.columns, count, addressOf(x), strideOf(x), addressOf(y), strideOf(y));
  }

  fold(rows: number, count: number, x: Tensor, y: Tensor): void {
    this.#kernel.rows_fold(rows, count, x.columns, addressOf(x), strideOf(x), addressOf(y), strideOf(y));
  }

  unfold(rows: number, count: number, x: Tensor, y: Tensor): void {
    this.#kernel.rows_unfold(rows, count, y.columns, addressOf(x), strideOf(x), addressOf(y), strideOf(y));
  }

  scaleGroups(rows: number, count: number, scale: Tensor, x: Tensor, y: Tensor): void {
    this.#kernel.rows_scale_groups(rows, count, addressOf(scale), addressOf(x), addressOf(y), strideOf(scale));
  }

  scaleGroupsBackward(
    rows: number,
    count: number,
    scale: Tensor,
    x: Tensor,
    dY: Tensor,
    dX: Tensor,
    dScale: Tensor | null,
  ): void {
    this.#kernel.rows_scale_groups_backward(
      rows,
      count,
      addressOf(scale),
      addressOf(x),
      addressOf(dY),
      addressOf(dX),
      addressOf(dScale),
      strideOf(scale),
    );
  }

  addScaled(rows: number, x: Tensor, scale: number, y: Tensor): void {
    const t = x as WasmTensor;
    this.#kernel.rows_add_scaled(t.address, scale, addressOf(y), (rows * t.stride) / 4);
  }

  standardize(rows: number, x: Tensor): void {
    this.#kernel.rows_standardize(rows, addressOf(x));
  }

  softmax(rows: number, x: Tensor, y: Tensor): void {
    const t = x as WasmTensor;
    this.#kernel.rows_softmax(rows, t.columns, t.address, addressOf(y), t.stride);
  }

  logSoftmax(rows: number, x: Tensor, y: Tensor): void {
    const t = x as WasmTensor;
    this.#kernel.rows_log_softmax(rows, t.columns, t.address, addressOf(y), t.stride);
  }

  argmax(row: number, x: Tensor, mask: Tensor | null): number {
    const t = x as WasmTensor;
    return this.#kernel.rows_argmax(t.address + row * t.stride, t.columns, addressOf(mask));
  }
}
