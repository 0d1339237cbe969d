// Steps of optimizers.

import type { Parameters } from "../../operations/handles.ts";
import type { AdamStep, OptimizerOperations, RmspropStep } from "../../operations/optimizers.ts";
import type { Commands } from "./commands.ts";
import type { GpuParameters } from "./handles.ts";
import { NONE } from "./kernel.ts";
import { ADAM_STEP, RMSPROP_STEP, SGD_STEP } from "./kernels/optimizer.ts";

export class WebGpuOptimizers implements OptimizerOperations {
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  adam(parameters: Parameters, gradients: Parameters, m: Parameters, v: Parameters, step: AdamStep): void {
    const p = this.#commands.written(parameters);
    this.#commands
      .linear(ADAM_STEP, p.length)
      .u32(p.offset)
      .u32((gradients as GpuParameters).offset)
      .u32(this.#commands.written(m).offset)
      .u32(this.#commands.written(v).offset)
      .f32(1 - step.learningRate * step.weightDecay)
      .f32(step.learningRate / step.biasCorrection1)
      .f32(1 - step.beta1)
      .f32(step.beta2)
      .f32(1 - step.beta2)
      .f32(1 / Math.sqrt(step.biasCorrection2))
      .f32(step.epsilon)
      .dispatchLinear(p.length);
  }

  rmsprop(
    parameters: Parameters,
    gradients: Parameters,
    v: Parameters,
    mean: Parameters | null,
    step: RmspropStep,
  ): void {
    const p = this.#commands.written(parameters);
    this.#commands
      .linear(RMSPROP_STEP, p.length)
      .u32(p.offset)
      .u32((gradients as GpuParameters).offset)
      .u32(this.#commands.written(v).offset)
      .u32(mean === null ? NONE : this.#commands.written(mean).offset)
      .f32(step.learningRate)
      .f32(step.alpha)
      .f32(1 - step.alpha)
      .f32(step.rootEpsilon ?? 0)
      .f32(step.epsilon)
      .dispatchLinear(p.length);
  }

  sgd(
    parameters: Parameters,
    gradients: Parameters,
    velocity: Parameters | null,
    learningRate: number,
    momentum: number,
  ): void {
    const p = this.#commands.written(parameters);
    this.#commands
      .linear(SGD_STEP, p.length)
      .u32(p.offset)
      .u32((gradients as GpuParameters).offset)
      .u32(velocity === null ? NONE : this.#commands.written(velocity).offset)
      .f32(learningRate)
      .f32(momentum)
      .dispatchLinear(p.length);
  }
}
