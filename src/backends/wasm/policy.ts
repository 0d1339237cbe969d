// Policies on the engine: addresses for assembly/kernels/action-*.ts, state-noise.ts, policy-loss.ts and vectors.ts.

import type { EngineExports } from "#engine";
import type { Parameters, RandomStream, Tensor } from "../../backend.ts";
import type { Engine } from "../../engine/engine.ts";
import type {
  ActionDistribution,
  GaussianDistribution,
  PolicyLoss,
  PolicyOperations,
  StateNoise,
  ValueLoss,
} from "../../policy-operations.ts";
import {
  addressOf,
  blockAddressOf,
  lengthOf,
  matrixShapeOf,
  parameterAddressOf,
  streamAddressOf,
  strideOf,
} from "./handles.ts";

/** Bytes between the deviations of two rows: 0 where all rows share them. */
function deviationStride({ logDeviation }: GaussianDistribution): number {
  return logDeviation.rows === 1 ? 0 : strideOf(logDeviation);
}

export class WasmPolicy implements PolicyOperations {
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

  drawExploration(stream: RandomStream, noise: StateNoise, matrices: Parameters, index: number): void {
    const { parameters, logStd } = noise;
    const [features, dimensions] = matrixShapeOf(matrices, index);
    this.#kernel.state_noise_draw(
      streamAddressOf(stream),
      features,
      dimensions,
      matrixShapeOf(parameters, logStd)[1],
      parameterAddressOf(parameters, logStd),
      parameterAddressOf(matrices, index),
    );
  }

  explore(rows: number, features: Tensor, matrices: Parameters, first: number, action: Tensor): void {
    this.#kernel.state_noise_add(
      rows,
      features.columns,
      action.columns,
      addressOf(features),
      strideOf(features),
      blockAddressOf(matrices),
      first,
      matrices.specs.length,
      addressOf(action),
      strideOf(action),
    );
  }

  stateDeviations(rows: number, features: Tensor, noise: StateNoise): void {
    const { parameters, logStd, variances, logDeviation } = noise;
    this.#kernel.state_noise_deviations(
      rows,
      features.columns,
      logDeviation.columns,
      matrixShapeOf(parameters, logStd)[1],
      addressOf(features),
      strideOf(features),
      parameterAddressOf(parameters, logStd),
      blockAddressOf(variances),
      addressOf(logDeviation),
      strideOf(logDeviation),
    );
  }

  stateDeviationsGradient(rows: number, features: Tensor, noise: StateNoise): void {
    const { parameters, logStd, variances, logDeviation, dLogDeviation, gradients } = noise;
    this.#kernel.state_noise_gradient(
      rows,
      features.columns,
      logDeviation.columns,
      matrixShapeOf(parameters, logStd)[1],
      addressOf(features),
      strideOf(features),
      blockAddressOf(variances),
      addressOf(logDeviation),
      addressOf(dLogDeviation),
      strideOf(logDeviation),
      parameterAddressOf(gradients!, logStd),
    );
  }

  stateDeviationsTangent(rows: number, features: Tensor, noise: StateNoise, direction: Parameters): void {
    const { parameters, logStd, variances, logDeviation, dLogDeviation } = noise;
    this.#kernel.state_noise_tangent(
      rows,
      features.columns,
      logDeviation.columns,
      matrixShapeOf(parameters, logStd)[1],
      addressOf(features),
      strideOf(features),
      blockAddressOf(variances),
      parameterAddressOf(direction, logStd),
      addressOf(logDeviation),
      addressOf(dLogDeviation),
      strideOf(logDeviation),
    );
  }

  combine(y: Parameters, scaleY: number, x: Parameters, scaleX: number): void {
    this.#kernel.vectors_combine(blockAddressOf(y), scaleY, blockAddressOf(x), scaleX, lengthOf(y));
  }

  dot(x: Parameters, y: Parameters, result: Tensor, column: number): void {
    this.#kernel.vectors_dot(blockAddressOf(x), blockAddressOf(y), lengthOf(x), addressOf(result) + 4 * column);
  }

  standardize(rows: number, x: Tensor): void {
    this.#kernel.rows_standardize(rows, addressOf(x));
  }

  policyLoss(rows: number, loss: PolicyLoss): void {
    this.#kernel.policy_loss_surrogate(
      rows,
      addressOf(loss.logProbability),
      addressOf(loss.oldLogProbability),
      addressOf(loss.advantage),
      addressOf(loss.entropy),
      loss.clip,
      addressOf(loss.dLogProbability),
      addressOf(loss.metrics),
    );
  }

  valueLoss(rows: number, loss: ValueLoss): void {
    this.#kernel.policy_loss_value(
      rows,
      addressOf(loss.value),
      addressOf(loss.target),
      addressOf(loss.oldValue),
      loss.clip,
      2 * loss.weight,
      addressOf(loss.dValue),
      addressOf(loss.metrics),
    );
  }
}
