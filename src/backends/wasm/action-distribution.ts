// Action distributions on the engine: addresses for assembly/kernels/action-*.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type {
  ActionDistribution,
  ActionDistributionOperations,
  GaussianDistribution,
} from "../../operations/action-distribution.ts";
import type { RandomStream, Tensor } from "../../operations/handles.ts";
import { addressOf, streamAddressOf, strideOf } from "./handles.ts";

/** Bytes between the deviations of two rows: 0 where all rows share them. */
function deviationStride({ deviations, logDeviation }: GaussianDistribution): number {
  return deviations === "shared" ? 0 : strideOf(logDeviation);
}

export class WasmActionDistribution implements ActionDistributionOperations {
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#kernel = engine.exports;
  }

  sample(stream: RandomStream | null, rows: number, distribution: ActionDistribution, action: Tensor): void {
    const draws = stream === null ? 0 : streamAddressOf(stream);
    const { columns } = action;
    const to = addressOf(action);
    if (distribution.family === "categorical") {
      const { logits, choices, mask } = distribution;
      this.#kernel.action_categorical_sample(
        draws,
        rows,
        columns,
        addressOf(choices),
        addressOf(logits),
        addressOf(mask),
        strideOf(logits),
        to,
        strideOf(action),
      );
    } else if (distribution.family === "bernoulli") {
      const { logits } = distribution;
      this.#kernel.action_bernoulli_sample(draws, rows, columns, addressOf(logits), strideOf(logits), to);
    } else {
      const { mean, logDeviation } = distribution;
      this.#kernel.action_gaussian_sample(
        draws,
        rows,
        columns,
        addressOf(mean),
        strideOf(mean),
        addressOf(logDeviation),
        deviationStride(distribution),
        to,
      );
    }
  }

  evaluate(
    rows: number,
    distribution: ActionDistribution,
    action: Tensor,
    logProbability: Tensor,
    entropy: Tensor,
  ): void {
    const { columns } = action;
    const actions = addressOf(action);
    const logs = addressOf(logProbability);
    const entropies = addressOf(entropy);
    if (distribution.family === "categorical") {
      const { logits, choices, mask } = distribution;
      this.#kernel.action_categorical_evaluate(
        rows,
        columns,
        addressOf(choices),
        addressOf(logits),
        addressOf(mask),
        strideOf(logits),
        actions,
        strideOf(action),
        logs,
        entropies,
      );
    } else if (distribution.family === "bernoulli") {
      const { logits } = distribution;
      this.#kernel.action_bernoulli_evaluate(
        rows,
        columns,
        addressOf(logits),
        strideOf(logits),
        actions,
        logs,
        entropies,
      );
    } else {
      const { mean, logDeviation, squashed } = distribution;
      this.#kernel.action_gaussian_evaluate(
        rows,
        columns,
        squashed ? 1 : 0,
        addressOf(mean),
        strideOf(mean),
        addressOf(logDeviation),
        deviationStride(distribution),
        actions,
        logs,
        entropies,
      );
    }
  }

  gradient(
    rows: number,
    distribution: ActionDistribution,
    action: Tensor,
    dLogProbability: Tensor,
    dEntropy: number,
  ): void {
    const { columns } = action;
    const actions = addressOf(action);
    const dLogs = addressOf(dLogProbability);
    if (distribution.family === "categorical") {
      const { logits, choices, mask, dLogits } = distribution;
      this.#kernel.action_categorical_gradient(
        rows,
        columns,
        addressOf(choices),
        addressOf(logits),
        addressOf(mask),
        strideOf(logits),
        actions,
        strideOf(action),
        dLogs,
        dEntropy,
        addressOf(dLogits),
      );
    } else if (distribution.family === "bernoulli") {
      const { logits, dLogits } = distribution;
      this.#kernel.action_bernoulli_gradient(
        rows,
        columns,
        addressOf(logits),
        strideOf(logits),
        actions,
        dLogs,
        dEntropy,
        addressOf(dLogits),
      );
    } else {
      const { mean, logDeviation, squashed, dMean, dLogDeviation } = distribution;
      this.#kernel.action_gaussian_gradient(
        rows,
        columns,
        squashed ? 1 : 0,
        addressOf(mean),
        strideOf(mean),
        addressOf(logDeviation),
        deviationStride(distribution),
        actions,
        dLogs,
        dEntropy,
        addressOf(dMean),
        addressOf(dLogDeviation),
      );
    }
  }

  divergence(rows: number, from: ActionDistribution, to: ActionDistribution, divergence: Tensor): void {
    const target = addressOf(divergence);
    if (from.family === "categorical" && to.family === "categorical") {
      const { logits, choices, mask } = from;
      this.#kernel.action_categorical_divergence(
        rows,
        choices.columns,
        addressOf(choices),
        addressOf(logits),
        addressOf(to.logits),
        addressOf(mask),
        strideOf(logits),
        target,
      );
    } else if (from.family === "bernoulli" && to.family === "bernoulli") {
      const { logits } = from;
      this.#kernel.action_bernoulli_divergence(
        rows,
        logits.columns,
        addressOf(logits),
        addressOf(to.logits),
        strideOf(logits),
        target,
      );
    } else if (from.family === "gaussian" && to.family === "gaussian") {
      const { mean, logDeviation } = from;
      this.#kernel.action_gaussian_divergence(
        rows,
        mean.columns,
        addressOf(mean),
        addressOf(to.mean),
        strideOf(mean),
        addressOf(logDeviation),
        deviationStride(from),
        addressOf(to.logDeviation),
        deviationStride(to),
        target,
      );
    }
  }

  fisherProduct(rows: number, distribution: ActionDistribution): void {
    if (distribution.family === "categorical") {
      const { logits, choices, mask, dLogits } = distribution;
      this.#kernel.action_categorical_fisher(
        rows,
        choices.columns,
        addressOf(choices),
        addressOf(logits),
        addressOf(mask),
        strideOf(logits),
        addressOf(dLogits),
      );
    } else if (distribution.family === "bernoulli") {
      const { logits, dLogits } = distribution;
      this.#kernel.action_bernoulli_fisher(
        rows,
        logits.columns,
        addressOf(logits),
        strideOf(logits),
        addressOf(dLogits),
      );
    } else {
      const { mean, logDeviation, dMean, dLogDeviation } = distribution;
      this.#kernel.action_gaussian_fisher(
        rows,
        mean.columns,
        addressOf(dMean),
        strideOf(mean),
        addressOf(logDeviation),
        deviationStride(distribution),
        addressOf(dLogDeviation),
      );
    }
  }
}
