// Losses of action values. This file only unwraps handles.

import type { MunchausenUpdate, TdUpdate, ValueLossOperations, ValueRegression } from "../../operations/value-loss.ts";
import { dataOf } from "./handles.ts";
import { munchausenUpdate } from "./munchausen.ts";
import { tdUpdate } from "./td.ts";
import { valueRegression } from "./value-regression.ts";

export class ReferenceValueLoss implements ValueLossOperations {
  td(rows: number, update: TdUpdate): void {
    const { batch } = update;
    tdUpdate(rows, update.q.columns, update.loss, {
      q: dataOf(update.q),
      nextQ: dataOf(update.nextQ),
      selectionQ: dataOf(update.selectionQ ?? update.nextQ),
      action: dataOf(batch.action),
      reward: dataOf(batch.reward),
      discount: dataOf(batch.discount),
      weight: dataOf(batch.weight),
      dQ: dataOf(update.dQ),
      target: dataOf(update.target),
      absError: dataOf(update.absError),
      metrics: dataOf(update.metrics),
    });
  }

  munchausen(rows: number, update: MunchausenUpdate): void {
    const { batch } = update;
    munchausenUpdate(rows, update.q.columns, update.loss, update, {
      q: dataOf(update.q),
      nextQ: dataOf(update.nextQ),
      policyQ: dataOf(update.policyQ),
      action: dataOf(batch.action),
      reward: dataOf(batch.reward),
      discount: dataOf(batch.discount),
      weight: dataOf(batch.weight),
      dQ: dataOf(update.dQ),
      target: dataOf(update.target),
      absError: dataOf(update.absError),
      metrics: dataOf(update.metrics),
    });
  }

  regression(rows: number, update: ValueRegression): void {
    valueRegression(rows, update.q.columns, update.loss, {
      q: dataOf(update.q),
      action: dataOf(update.action),
      target: dataOf(update.target),
      weight: dataOf(update.weight),
      dQ: dataOf(update.dQ),
      absError: dataOf(update.absError),
      metrics: dataOf(update.metrics),
    });
  }
}
