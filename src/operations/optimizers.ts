// Optimizers: one operation makes one step for a whole block of parameters.

import type { Parameters } from "./handles.ts";

/** Scalars of one Adam step. The host computes the powers of beta. */
export interface AdamStep {
  learningRate: number;
  /** Decay of the mean gradient m. */
  beta1: number;
  /** Decay of the mean squared gradient v. */
  beta2: number;
  /** Number added to the root. */
  epsilon: number;
  /** Decoupled weight decay (AdamW): parameters are first multiplied by 1 - learningRate x weightDecay. */
  weightDecay: number;
  /** 1 - beta1^t for step t = 1, 2, ... */
  biasCorrection1: number;
  /** 1 - beta2^t for step t = 1, 2, ... */
  biasCorrection2: number;
}

/** Scalars of one RMSprop step. */
export interface RmspropStep {
  learningRate: number;
  /** Decay of the mean squared gradient v. */
  alpha: number;
  /** Number added after the root is taken. */
  epsilon: number;
  /** Number added before the root is taken. @defaultValue 0 */
  rootEpsilon?: number;
}

export interface OptimizerOperations {
  /**
   * Adam (Kingma & Ba 2015, algorithm 1) with the weight decay of AdamW (Loshchilov & Hutter 2019). Moments below 1e-30 in
   * size become 0: WebAssembly has no flush-to-zero, and subnormal moments of dead units would slow every later step.
   * m += (g - m)(1 - beta1); v = v beta2 + g g (1 - beta2); p -= stepSize (m / (sqrt(v) correction + epsilon)), with
   * stepSize = learningRate / biasCorrection1 and correction = 1 / sqrt(biasCorrection2), both rounded to f32.
   */
  adam(parameters: Parameters, gradients: Parameters, m: Parameters, v: Parameters, step: AdamStep): void;

  /**
   * RMSprop: v = v alpha + g g (1 - alpha); p -= learningRate g / (sqrt(v - mean^2 + rootEpsilon) + epsilon).
   * @param mean centred form: the mean gradient, mean += (g - mean)(1 - alpha). Null: the plain form, without mean^2.
   */
  rmsprop(
    parameters: Parameters,
    gradients: Parameters,
    v: Parameters,
    mean: Parameters | null,
    step: RmspropStep,
  ): void;

  /**
   * Gradient descent with momentum: velocity = momentum velocity + g; p -= learningRate velocity.
   * @param velocity null: without momentum, p -= learningRate g
   */
  sgd(
    parameters: Parameters,
    gradients: Parameters,
    velocity: Parameters | null,
    learningRate: number,
    momentum: number,
  ): void;
}
