// Optimizers: their moments and other state, and the scalars of each step. The backend does the arithmetic on arrays.

import type { Backend } from "../backend.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import type { ParameterSpec, Parameters } from "../operations/handles.ts";
import type { AdamStep, RmspropStep } from "../operations/optimizers.ts";

/** Name of an optimizer. */
export type OptimizerType = "adam" | "adamw" | "radam" | "rmsprop" | "sgd";

/** Settings of an optimizer, without the learning rate. Defaults are PyTorch's. */
export interface OptimizerOptions {
  readonly type: OptimizerType;
  /** Adam, AdamW, RAdam: decay of the first moment. @defaultValue 0.9 */
  readonly beta1?: number;
  /** Adam, AdamW, RAdam: decay of the second moment. @defaultValue 0.999 */
  readonly beta2?: number;
  /** All but SGD: number added to the denominator. @defaultValue 1e-8 */
  readonly epsilon?: number;
  /** AdamW: decoupled weight decay. @defaultValue 0.01 */
  readonly weightDecay?: number;
  /** RMSProp: smoothing of the squared gradient. @defaultValue 0.99 */
  readonly alpha?: number;
  /**
   * RMSProp: "tensorflow" adds epsilon before the square root, and starts the squared gradient at 1, so that first steps are
   * small. A2C was published with this form, and Stable-Baselines3 keeps it for A2C.
   * @defaultValue "pytorch"
   */
  readonly form?: "pytorch" | "tensorflow";
  /** RMSProp: true divides by the standard deviation instead of the root mean square. @defaultValue false */
  readonly centered?: boolean;
  /** SGD: factor of the previous velocity; 0 is plain gradient descent. @defaultValue 0 */
  readonly momentum?: number;
}

const KNOWN: Readonly<Record<OptimizerType, readonly string[]>> = {
  adam: ["type", "beta1", "beta2", "epsilon"],
  adamw: ["type", "beta1", "beta2", "epsilon", "weightDecay"],
  radam: ["type", "beta1", "beta2", "epsilon"],
  rmsprop: ["type", "alpha", "epsilon", "centered", "form"],
  sgd: ["type", "momentum"],
};

/** Checks optimizer options. @throws TypeError or RangeError when a setting is unknown or out of range */
export function checkOptimizerOptions(where: string, options: OptimizerOptions): void {
  const known = KNOWN[options.type];
  if (known === undefined) {
    throw new RangeError(
      `${where}: optimizer.type expected one of ${Object.keys(KNOWN).join(", ")}, got ${show(options.type)}. Choose one.`,
    );
  }
  rejectUnknownOptions(`${where}: optimizer`, options, known);
  const check = (name: "beta1" | "beta2" | "epsilon" | "weightDecay" | "alpha" | "momentum", below?: number): void => {
    if (options[name] === undefined) return;
    const rule = below === undefined ? { min: 0 } : { min: 0, below };
    requireNumber(where, `optimizer.${name}`, options[name], rule, "Leave it out for PyTorch's default.");
  };
  check("beta1", 1);
  check("beta2", 1);
  check("alpha", 1);
  check("momentum", 1);
  check("epsilon");
  check("weightDecay");
  const { form = "pytorch" } = options;
  if (form !== "pytorch" && form !== "tensorflow") {
    throw new RangeError(
      `${where}: optimizer.form expected "pytorch" or "tensorflow", got ${show(form)}. Leave it out for PyTorch's.`,
    );
  }
}

/** Updates a block of parameters by its gradients. */
export interface Optimizer {
  /** Moments and other arrays that a checkpoint contains, by name. */
  readonly blocks: Readonly<Record<string, Parameters>>;
  /** Returns the numbers that a checkpoint contains, by name. */
  scalars(): Readonly<Record<string, number>>;
  /** Restores saved numbers. */
  loadScalars(scalars: Readonly<Record<string, number>>): void;
  /** Makes one step. @param gradients in the layout of `parameters` */
  step(parameters: Parameters, gradients: Parameters, learningRate: number): void;
}

/** Makes an optimizer. @param specs arrays of the parameters that it will update */
export function createOptimizer(
  backend: Backend,
  specs: readonly ParameterSpec[],
  options: OptimizerOptions,
): Optimizer {
  switch (options.type) {
    case "adam":
      return new Adam(backend, specs, { ...options, weightDecay: 0 });
    case "adamw":
      return new Adam(backend, specs, { weightDecay: 0.01, ...options });
    case "radam":
      return new RectifiedAdam(backend, specs, options);
    case "rmsprop":
      return new Rmsprop(backend, specs, options);
    case "sgd":
      return new Sgd(backend, specs, options);
  }
}

class Adam implements Optimizer {
  readonly blocks: { readonly m: Parameters; readonly v: Parameters };
  readonly #backend: Backend;
  readonly #step: AdamStep;
  // beta^t by repeated products, which give the same bits on every machine; a power function does not.
  readonly #powers: Float64Array = Float64Array.of(1, 1);

  constructor(backend: Backend, specs: readonly ParameterSpec[], options: OptimizerOptions) {
    this.#backend = backend;
    this.blocks = { m: backend.parameters(specs), v: backend.parameters(specs) };
    this.#step = {
      learningRate: 0.5,
      beta1: options.beta1 ?? 0.9,
      beta2: options.beta2 ?? 0.999,
      epsilon: options.epsilon ?? 1e-8,
      weightDecay: options.weightDecay ?? 0,
      biasCorrection1: 0.5,
      biasCorrection2: 0.5,
    };
  }

  step(parameters: Parameters, gradients: Parameters, learningRate: number): void {
    const step = this.#step;
    this.#powers[0] *= step.beta1;
    this.#powers[1] *= step.beta2;
    step.learningRate = learningRate;
    step.biasCorrection1 = 1 - this.#powers[0];
    step.biasCorrection2 = 1 - this.#powers[1];
    this.#backend.optimizers.adam(parameters, gradients, this.blocks.m, this.blocks.v, step);
  }

  scalars(): Record<string, number> {
    return { beta1Power: this.#powers[0], beta2Power: this.#powers[1] };
  }

  loadScalars(scalars: Readonly<Record<string, number>>): void {
    this.#powers[0] = scalars.beta1Power;
    this.#powers[1] = scalars.beta2Power;
  }
}

/**
 * Rectified Adam (Liu et al. 2020, algorithm 2, https://arxiv.org/abs/1908.03265): the first steps do not use the second moment,
 * because it is an average of too few gradients. rho estimates the number of these gradients.
 *
 * Differs from paper: the rectified steps begin above rho 5, not 4, and epsilon is added to sqrt(v), as in PyTorch.
 */
class RectifiedAdam implements Optimizer {
  readonly blocks: { readonly m: Parameters; readonly v: Parameters };
  readonly #backend: Backend;
  readonly #epsilon: number;
  readonly #step: AdamStep;
  /** [3] beta1^t, beta2^t and t. */
  readonly #powers: Float64Array = Float64Array.of(1, 1, 0);

  constructor(backend: Backend, specs: readonly ParameterSpec[], options: OptimizerOptions) {
    this.#backend = backend;
    this.blocks = { m: backend.parameters(specs), v: backend.parameters(specs) };
    this.#epsilon = options.epsilon ?? 1e-8;
    this.#step = {
      learningRate: 0.5,
      beta1: options.beta1 ?? 0.9,
      beta2: options.beta2 ?? 0.999,
      epsilon: 0.5,
      weightDecay: 0,
      biasCorrection1: 0.5,
      biasCorrection2: 0.5,
    };
  }

  step(parameters: Parameters, gradients: Parameters, learningRate: number): void {
    const step = this.#step;
    const powers = this.#powers;
    powers[0] *= step.beta1;
    powers[1] *= step.beta2;
    powers[2] += 1;
    const correction = 1 - powers[1];
    const limit = 2 / (1 - step.beta2) - 1;
    const rho = limit - (2 * powers[2] * powers[1]) / correction;
    step.biasCorrection1 = 1 - powers[0];
    // Both branches are Adam's step with other scalars. Its denominator is sqrt(v) / sqrt(biasCorrection2) + epsilon:
    if (rho > 5) {
      const rectified = ((rho - 4) * (rho - 2) * limit) / ((limit - 4) * (limit - 2) * rho);
      step.learningRate = learningRate * Math.sqrt(rectified * correction);
      step.biasCorrection2 = 1;
      step.epsilon = this.#epsilon;
    } else {
      // The denominator is 1, so that only the first moment counts.
      step.learningRate = learningRate;
      step.biasCorrection2 = Number.POSITIVE_INFINITY;
      step.epsilon = 1;
    }
    this.#backend.optimizers.adam(parameters, gradients, this.blocks.m, this.blocks.v, step);
  }

  scalars(): Record<string, number> {
    return { beta1Power: this.#powers[0], beta2Power: this.#powers[1], steps: this.#powers[2] };
  }

  loadScalars(scalars: Readonly<Record<string, number>>): void {
    this.#powers[0] = scalars.beta1Power;
    this.#powers[1] = scalars.beta2Power;
    this.#powers[2] = scalars.steps;
  }
}

class Rmsprop implements Optimizer {
  readonly blocks: Readonly<Record<string, Parameters>>;
  readonly #backend: Backend;
  readonly #v: Parameters;
  readonly #mean: Parameters | null;
  readonly #step: RmspropStep;

  constructor(backend: Backend, specs: readonly ParameterSpec[], options: OptimizerOptions) {
    this.#backend = backend;
    this.#v = backend.parameters(specs);
    this.#mean = options.centered ? backend.parameters(specs) : null;
    this.blocks = this.#mean === null ? { v: this.#v } : { v: this.#v, mean: this.#mean };
    const { alpha = 0.99, epsilon = 1e-8, form } = options;
    const isInRoot = form === "tensorflow";
    this.#step = {
      learningRate: 0.5,
      alpha,
      epsilon: isInRoot ? 0 : epsilon,
      rootEpsilon: isInRoot ? epsilon : 0,
    };
    if (!isInRoot) return;
    for (const [i, { shape }] of specs.entries()) {
      backend.writeParameter(this.#v, i, new Float32Array(shape[0] * (shape[1] ?? 1)).fill(1));
    }
  }

  step(parameters: Parameters, gradients: Parameters, learningRate: number): void {
    this.#step.learningRate = learningRate;
    this.#backend.optimizers.rmsprop(parameters, gradients, this.#v, this.#mean, this.#step);
  }

  scalars(): Record<string, number> {
    return {};
  }

  loadScalars(): void {}
}

class Sgd implements Optimizer {
  readonly blocks: Readonly<Record<string, Parameters>>;
  readonly #backend: Backend;
  readonly #velocity: Parameters | null;
  readonly #momentum: number;

  constructor(backend: Backend, specs: readonly ParameterSpec[], options: OptimizerOptions) {
    this.#backend = backend;
    this.#momentum = options.momentum ?? 0;
    this.#velocity = this.#momentum > 0 ? backend.parameters(specs) : null;
    this.blocks = this.#velocity === null ? {} : { velocity: this.#velocity };
  }

  step(parameters: Parameters, gradients: Parameters, learningRate: number): void {
    this.#backend.optimizers.sgd(parameters, gradients, this.#velocity, learningRate, this.#momentum);
  }

  scalars(): Record<string, number> {
    return {};
  }

  loadScalars(): void {}
}
