// Returns distributions on the engine: addresses for assembly/kernels/return-categorical.ts, return-quantile.ts and
// cosine-features.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { Tensor } from "../../operations/handles.ts";
import type {
  CategoricalUpdate,
  QuantileUpdate,
  ReturnDistributionOperations,
} from "../../operations/return-distribution.ts";
import { addressOf, strideOf } from "./handles.ts";

export class WasmReturnDistribution implements ReturnDistributionOperations {
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#kernel = engine.exports;
  }

  categoricalValues(rows: number, logits: Tensor, low: number, high: number, atoms: number, q: Tensor): void {
    this.#kernel.return_categorical_values(
      rows,
      q.columns,
      atoms,
      low,
      high,
      addressOf(logits),
      strideOf(logits),
      addressOf(q),
      strideOf(q),
    );
  }

  categorical(rows: number, update: CategoricalUpdate): void {
    const { logits, selectionQ, batch, atoms } = update;
    this.#kernel.return_categorical_update(
      rows,
      logits.columns / atoms,
      atoms,
      update.low,
      update.high,
      addressOf(logits),
      addressOf(update.nextLogits),
      strideOf(logits),
      addressOf(selectionQ),
      selectionQ === null ? 0 : strideOf(selectionQ),
      addressOf(batch.action),
      addressOf(batch.reward),
      addressOf(batch.discount),
      addressOf(batch.weight),
      addressOf(update.dLogits),
      addressOf(update.absError),
      addressOf(update.metrics),
    );
  }

  quantile(rows: number, update: QuantileUpdate): void {
    const { quantiles, nextQuantiles, fractions, selectionQ, batch, count } = update;
    this.#kernel.return_quantile_update(
      rows,
      quantiles.columns / count,
      count,
      update.nextCount,
      update.kappa,
      addressOf(quantiles),
      strideOf(quantiles),
      addressOf(nextQuantiles),
      strideOf(nextQuantiles),
      addressOf(fractions),
      fractions === null ? 0 : strideOf(fractions),
      addressOf(selectionQ),
      selectionQ === null ? 0 : strideOf(selectionQ),
      addressOf(batch.action),
      addressOf(batch.reward),
      addressOf(batch.discount),
      addressOf(batch.weight),
      addressOf(update.dQuantiles),
      addressOf(update.absError),
      addressOf(update.metrics),
    );
  }

  cosineFeatures(rows: number, fractions: Tensor, features: Tensor): void {
    this.#kernel.cosine_features(
      rows,
      fractions.columns,
      features.columns,
      addressOf(fractions),
      strideOf(fractions),
      addressOf(features),
      strideOf(features),
    );
  }
}
