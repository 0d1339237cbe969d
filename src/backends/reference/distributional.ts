// The distributional operations of the reference backend. This file only unwraps handles.

import type { Tensor } from "../../backend.ts";
import type { CategoricalUpdate, DistributionalOperations, QuantileUpdate } from "../../distributional-operations.ts";
import { categoricalUpdate, categoricalValues, Support } from "./categorical.ts";
import { dataOf } from "./handles.ts";
import { cosineFeatures, exchange, modulate, modulateBackward } from "./implicit-quantile.ts";
import { quantileUpdate, quantileValues } from "./quantile.ts";

export class ReferenceDistributional implements DistributionalOperations {
  categoricalValues(rows: number, logits: Tensor, low: number, high: number, atoms: number, q: Tensor): void {
    categoricalValues(rows, q.columns, dataOf(logits), new Support(low, high, atoms), dataOf(q));
  }

  categoricalUpdate(rows: number, update: CategoricalUpdate): void {
    const { batch, low, high, atoms } = update;
    categoricalUpdate(rows, update.logits.columns / atoms, new Support(low, high, atoms), {
      logits: dataOf(update.logits),
      nextLogits: dataOf(update.nextLogits),
      selectionQ: dataOf(update.selectionQ),
      action: dataOf(batch.action),
      reward: dataOf(batch.reward),
      discount: dataOf(batch.discount),
      weight: dataOf(batch.weight),
      dLogits: dataOf(update.dLogits),
      absError: dataOf(update.absError),
      metrics: dataOf(update.metrics),
    });
  }

  quantileValues(rows: number, quantiles: Tensor, count: number, q: Tensor): void {
    quantileValues(rows, q.columns, count, dataOf(quantiles), dataOf(q));
  }

  quantileUpdate(rows: number, update: QuantileUpdate): void {
    const { batch, count, nextCount, kappa } = update;
    quantileUpdate(rows, update.quantiles.columns / count, count, nextCount, kappa, {
      quantiles: dataOf(update.quantiles),
      nextQuantiles: dataOf(update.nextQuantiles),
      fractions: dataOf(update.fractions),
      selectionQ: dataOf(update.selectionQ),
      action: dataOf(batch.action),
      reward: dataOf(batch.reward),
      discount: dataOf(batch.discount),
      weight: dataOf(batch.weight),
      dQuantiles: dataOf(update.dQuantiles),
      absError: dataOf(update.absError),
      metrics: dataOf(update.metrics),
    });
  }

  cosineFeatures(rows: number, fractions: Tensor, features: Tensor): void {
    cosineFeatures(rows * fractions.columns, features.columns, dataOf(fractions), dataOf(features));
  }

  modulate(rows: number, count: number, state: Tensor, embedding: Tensor, y: Tensor): void {
    modulate(rows, count, state.columns, dataOf(state), dataOf(embedding), dataOf(y));
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
    modulateBackward(
      rows,
      count,
      state.columns,
      dataOf(state),
      dataOf(embedding),
      dataOf(dy),
      dataOf(dEmbedding),
      dataOf(dState),
    );
  }

  foldFractions(rows: number, count: number, perFraction: Tensor, quantiles: Tensor): void {
    exchange(rows, count, perFraction.columns, dataOf(perFraction), dataOf(quantiles));
  }

  unfoldFractions(rows: number, count: number, quantiles: Tensor, perFraction: Tensor): void {
    exchange(rows, perFraction.columns, count, dataOf(quantiles), dataOf(perFraction));
  }
}
