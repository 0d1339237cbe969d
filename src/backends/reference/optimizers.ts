// Steps of optimizers. This file only unwraps handles.

import type { Parameters } from "../../operations/handles.ts";
import type { AdamStep, OptimizerOperations, RmspropStep } from "../../operations/optimizers.ts";
import { adamStep } from "./adam.ts";
import { blockOf } from "./handles.ts";
import { rmspropStep } from "./rmsprop.ts";
import { sgdStep } from "./sgd.ts";

export class ReferenceOptimizers implements OptimizerOperations {
  adam(parameters: Parameters, gradients: Parameters, m: Parameters, v: Parameters, step: AdamStep): void {
    adamStep(blockOf(parameters), blockOf(gradients), blockOf(m), blockOf(v), step);
  }

  rmsprop(
    parameters: Parameters,
    gradients: Parameters,
    v: Parameters,
    mean: Parameters | null,
    step: RmspropStep,
  ): void {
    rmspropStep(blockOf(parameters), blockOf(gradients), blockOf(v), blockOf(mean), step);
  }

  sgd(
    parameters: Parameters,
    gradients: Parameters,
    velocity: Parameters | null,
    learningRate: number,
    momentum: number,
  ): void {
    sgdStep(blockOf(parameters), blockOf(gradients), blockOf(velocity), learningRate, momentum);
  }
}
