// Returns distributions. This file only unwraps handles.

import type { Tensor } from "../../operations/handles.ts";
import type {
  CategoricalUpdate,
  QuantileUpdate,
  ReturnDistributionOperations,
} from "../../operations/return-distribution.ts";
import { cosineFeatures } from "./cosine-features.ts";
import { dataOf } from "./handles.ts";
import { categoricalUpdate, categoricalValues, Support } from "./return-categorical.ts";
import { quantileUpdate } from "./return-quantile.ts";

export class ReferenceReturnDistribution implements ReturnDistributionOperations {
  categoricalValues(rows: number, logits: Tensor, low: number, high: number, atoms: number, q: Tensor): void {
    categoricalValues(rows, q.columns, dataOf(logits), new Support(low, high, atoms), dataOf(q));
  }

  categorical(rows: number, update: CategoricalUpdate): void {
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

  quantile(rows: number, update: QuantileUpdate): void {
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
}
