// Distributions of returns on the engine: addresses for assembly/kernels/return-categorical.ts, return-quantile.ts, cosine-features.ts.

import type { EngineExports } from "#engine";
import type { Tensor } from "../../backend.ts";
import type { CategoricalUpdate, DistributionalOperations, QuantileUpdate } from "../../distributional-operations.ts";
import type { Engine } from "../../engine/engine.ts";
import { addressOf, strideOf } from "./handles.ts";

export class WasmDistributional implements DistributionalOperations {
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

  categoricalUpdate(rows: number, update: CategoricalUpdate): void {
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

  quantileValues(rows: number, quantiles: Tensor, count: number, q: Tensor): void {
    this.#kernel.rows_mean(
      rows,
      q.columns,
      count,
      addressOf(quantiles),
      strideOf(quantiles),
      addressOf(q),
      strideOf(q),
    );
  }

  quantileUpdate(rows: number, update: QuantileUpdate): void {
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

  modulate(rows: number, count: number, state: Tensor, embedding: Tensor, y: Tensor): void {
    this.#kernel.rows_scale_groups(rows, count, addressOf(state), addressOf(embedding), addressOf(y), strideOf(state));
  }

  modulateBackward(
    rows: number,
    count: number,
    state: Tensor,
    embedding: Tensor,
    dy: Tensor,
    dEmbedding: Tensor,
    dState: Tensor | null,
  ): void {
    this.#kernel.rows_scale_groups_backward(
      rows,
      count,
      addressOf(state),
      addressOf(embedding),
      addressOf(dy),
      addressOf(dEmbedding),
      addressOf(dState),
      strideOf(state),
    );
  }

  foldFractions(rows: number, count: number, perFraction: Tensor, quantiles: Tensor): void {
    this.#kernel.rows_fold(
      rows,
      count,
      perFraction.columns,
      addressOf(perFraction),
      strideOf(perFraction),
      addressOf(quantiles),
      strideOf(quantiles),
    );
  }

  unfoldFractions(rows: number, count: number, quantiles: Tensor, perFraction: Tensor): void {
    this.#kernel.rows_unfold(
      rows,
      count,
      perFraction.columns,
      addressOf(quantiles),
      strideOf(quantiles),
      addressOf(perFraction),
      strideOf(perFraction),
    );
  }
}
