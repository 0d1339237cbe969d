// Steps of optimizers on the engine: addresses for assembly/kernels/adam.ts, rmsprop.ts and sgd.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { Parameters } from "../../operations/handles.ts";
import type { AdamStep, OptimizerOperations, RmspropStep } from "../../operations/optimizers.ts";
import { blockAddressOf, type WasmParameters } from "./handles.ts";

export class WasmOptimizers implements OptimizerOperations {
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#kernel = engine.exports;
  }

  adam(parameters: Parameters, gradients: Parameters, m: Parameters, v: Parameters, step: AdamStep): void {
    const p = parameters as WasmParameters;
    this.#kernel.adam_step(
      p.address,
      blockAddressOf(gradients),
      blockAddressOf(m),
      blockAddressOf(v),
      p.length,
      1 - step.learningRate * step.weightDecay,
      step.learningRate / step.biasCorrection1,
      1 - step.beta1,
      step.beta2,
      1 - step.beta2,
      1 / Math.sqrt(step.biasCorrection2),
      step.epsilon,
    );
  }

  rmsprop(
    parameters: Parameters,
    gradients: Parameters,
    v: Parameters,
    mean: Parameters | null,
    step: RmspropStep,
  ): void {
    const p = parameters as WasmParameters;
    this.#kernel.rmsprop_step(
      p.address,
      blockAddressOf(gradients),
      blockAddressOf(v),
      mean === null ? 0 : blockAddressOf(mean),
      p.length,
      step.learningRate,
      step.alpha,
      1 - step.alpha,
      step.rootEpsilon ?? 0,
      step.epsilon,
    );
  }

  sgd(
    parameters: Parameters,
    gradients: Parameters,
    velocity: Parameters | null,
    learningRate: number,
    momentum: number,
  ): void {
    const p = parameters as WasmParameters;
    this.#kernel.sgd_step(
      p.address,
      blockAddressOf(gradients),
      velocity === null ? 0 : blockAddressOf(velocity),
      p.length,
      learningRate,
      momentum,
    );
  }
}
