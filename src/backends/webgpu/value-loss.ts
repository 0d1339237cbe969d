// Losses of action values.

import type { Tensor } from "../../operations/handles.ts";
import type { MunchausenUpdate, TdUpdate, ValueLossOperations, ValueRegression } from "../../operations/value-loss.ts";
import type { CommandStream } from "./command-stream.ts";
import type { Commands } from "./commands.ts";
import { type Kernel, NONE } from "./kernel.ts";
import { LOSS_CODE, MUNCHAUSEN_UPDATE, TD_UPDATE, VALUE_REGRESSION } from "./kernels/td.ts";

export class WebGpuValueLoss implements ValueLossOperations {
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  td(rows: number, update: TdUpdate): void {
    const { q, nextQ, selectionQ, batch } = update;
    const [next, selection] = [this.#commands.input(nextQ), this.#commands.input(selectionQ ?? nextQ)];
    const [reward, discount] = [this.#commands.input(batch.reward), this.#commands.input(batch.discount)];
    this.#regression(TD_UPDATE, rows, q, batch.action, batch.weight, update, this.#commands.output(update.target))
      .u32(next)
      .u32(selection)
      .u32(reward)
      .u32(discount)
      .dispatch(1);
  }

  munchausen(rows: number, update: MunchausenUpdate): void {
    const { q, nextQ, policyQ, batch } = update;
    const [next, policy] = [this.#commands.input(nextQ), this.#commands.input(policyQ)];
    const [reward, discount] = [this.#commands.input(batch.reward), this.#commands.input(batch.discount)];
    this.#regression(
      MUNCHAUSEN_UPDATE,
      rows,
      q,
      batch.action,
      batch.weight,
      update,
      this.#commands.output(update.target),
    )
      .u32(next)
      .u32(policy)
      .u32(reward)
      .u32(discount)
      .f32(update.alpha)
      .f32(update.temperature)
      .f32(update.clip)
      .dispatch(1);
  }

  regression(rows: number, update: ValueRegression): void {
    const { q, action, weight, target } = update;
    this.#regression(VALUE_REGRESSION, rows, q, action, weight, update, this.#commands.input(target)).dispatch(1);
  }

  /** Begins a kernel of the family with the params that all its kernels have. */
  #regression(
    kernel: Kernel,
    rows: number,
    q: Tensor,
    action: Tensor,
    weight: Tensor | null,
    { loss, dQ, absError, metrics }: Pick<ValueRegression, "loss" | "dQ" | "absError" | "metrics">,
    target: number,
  ): CommandStream {
    const [values, taken] = [this.#commands.input(q), this.#commands.input(action)];
    const importance = weight === null ? NONE : this.#commands.input(weight);
    const [slope, error, sums] = [
      this.#commands.output(dQ),
      this.#commands.output(absError),
      this.#commands.output(metrics),
    ];
    return this.#commands.stream
      .begin(kernel)
      .u32(rows)
      .u32(q.columns)
      .u32(values)
      .u32(taken)
      .u32(importance)
      .u32(LOSS_CODE[loss])
      .u32(slope)
      .u32(target)
      .u32(error)
      .u32(sums);
  }
}
