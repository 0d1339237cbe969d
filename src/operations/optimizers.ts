// One step of an optimizer over a whole block of parameters.

import type { Parameters } from "./handles.ts";

/** Scalars of one Adam step; the host keeps the powers of beta. */
export interface AdamStep {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Decoupled (AdamW): parameters shrink by 1 - learningRate x weightDecay first. */
  weightDecay: number;
  /** 1 - beta1^t and 1 - beta2^t of this step t = 1, 2, ... */
  biasCorrection1: number;
  biasCorrection2: number;
}

export interface RmspropStep {
  learningRate: number;
  /** Smoothing of the squared gradient. */
  alpha: number;
  epsilon: number;
  /** Added before the root is taken. [0] */
  rootEpsilon?: number;
}

export interface OptimizerOperations {
  /**
   * Adam (Kingma & Ba 2015, algorithm 1), AdamW's decay (Loshchilov & Hutter 2019). Moments below 1e-30 become 0:
   * WebAssembly has no flush-to-zero and subnormal moments of dead units would slow every later step.
   * m += (g - m)(1 - beta1); v = v beta2 + g g (1 - beta2); p -= stepSize (m / (sqrt(v) correction + epsilon)), with
   * stepSize = learningRate / biasCorrection1 and correction = 1 / sqrt(biasCorrection2), both rounded to f32.
   */
  adam(parameters: Parameters, gradients: Parameters, m: Parameters, v: Parameters, step: AdamStep): void;

  /** v = v alpha + g g (1 - alpha); mean (centred form; null: off) += (g - mean)(1 - alpha); p -= lr g / (sqrt(v - mean^2 + rootEpsilon) + epsilon). */
  rmsprop(
    parameters: Parameters,
    gradients: Parameters,
    v: Parameters,
    mean: Parameters | null,
    step: RmspropStep,
  ): void;

  /** velocity = momentum velocity + g; p -= learningRate velocity; without velocity p -= learningRate g. */
  sgd(
    parameters: Parameters,
    gradients: Parameters,
    velocity: Parameters | null,
    learningRate: number,
    momentum: number,
  ): void;
}
