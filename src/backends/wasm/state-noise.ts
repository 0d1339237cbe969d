// State-dependent noise on the engine: addresses for assembly/kernels/state-noise.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { Parameters, RandomStream, Tensor } from "../../operations/handles.ts";
import type { StateNoise, StateNoiseOperations } from "../../operations/state-noise.ts";
import { addressOf, blockAddressOf, matrixShapeOf, parameterAddressOf, streamAddressOf, strideOf } from "./handles.ts";

export class WasmStateNoise implements StateNoiseOperations {
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#kernel = engine.exports;
  }

  draw(stream: RandomStream, noise: StateNoise, matrices: Parameters, index: number): void {
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

  deviations(rows: number, features: Tensor, noise: StateNoise): void {
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

  deviationsGradient(rows: number, features: Tensor, noise: StateNoise): void {
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

  deviationsTangent(rows: number, features: Tensor, noise: StateNoise, direction: Parameters): void {
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
}
