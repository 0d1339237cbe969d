// Losses of action values on the engine: addresses for assembly/kernels/td.ts, munchausen.ts and value-regression.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { Tensor } from "../../operations/handles.ts";
import type { MunchausenUpdate, TdUpdate, ValueLossOperations, ValueRegression } from "../../operations/value-loss.ts";
import { addressOf, type WasmTensor } from "./handles.ts";

/** Codes of assembly/kernels/value-regression.ts. */
const LOSS_CODE = { mse: 0, huber: 1 } as const;

export class WasmValueLoss implements ValueLossOperations {
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#kernel = engine.exports;
  }

  td(rows: number, update: TdUpdate): void {
    const q = update.q as WasmTensor;
    const { batch } = update;
    this.#kernel.td_update(
      rows,
      q.columns,
      q.stride,
      q.address,
      addressOf(update.nextQ),
      addressOf(update.selectionQ ?? update.nextQ),
      addressOf(batch.action),
      addressOf(batch.reward),
      addressOf(batch.discount),
      addressOf(batch.weight),
      LOSS_CODE[update.loss],
      addressOf(update.dQ),
      addressOf(update.target),
      addressOf(update.absError),
      addressOf(update.metrics),
    );
  }

  munchausen(rows: number, update: MunchausenUpdate): void {
    const q = update.q as WasmTensor;
    const { batch } = update;
    this.#kernel.munchausen_targets(
      rows,
      q.columns,
      q.stride,
      addressOf(update.policyQ),
      addressOf(update.nextQ),
      addressOf(batch.action),
      addressOf(batch.reward),
      addressOf(batch.discount),
      update.alpha,
      update.temperature,
      update.clip,
      addressOf(update.target),
    );
    this.#regress(rows, q, batch.action, batch.weight, update);
  }

  regression(rows: number, update: ValueRegression): void {
    this.#regress(rows, update.q as WasmTensor, update.action, update.weight, update);
  }

  #regress(
    rows: number,
    q: WasmTensor,
    action: Tensor,
    weight: Tensor | null,
    update: Omit<ValueRegression, "q" | "action" | "weight">,
  ): void {
    this.#kernel.value_regression(
      rows,
      q.stride,
      q.address,
      addressOf(action),
      addressOf(update.target),
      addressOf(weight),
      LOSS_CODE[update.loss],
      addressOf(update.dQ),
      addressOf(update.absError),
      addressOf(update.metrics),
    );
  }
}
