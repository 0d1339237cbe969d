// How a policy's actions are distributed, by the kind of action: Discrete and MultiDiscrete categorical, MultiBinary
// Bernoulli, Box Gaussian. A head says what the network has to give for it, what is trained beside the network, and plans
// what the operations of policies work on.

import type { Backend, ParameterSpec, Parameters, Tensor } from "../backend.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import type { ActionDistribution } from "../policy-operations.ts";
import type { Space } from "../space.ts";
import { GaussianHead } from "./gaussian-head.ts";

/** Independent normal numbers, one for each number of a Box. */
export interface GaussianOptions {
  readonly type: "gaussian";
  /** ln of the standard deviations at the start. @default 0, as Stable-Baselines3 */
  readonly logDeviation?: number;
  /** Whether the network gives the deviations as well; else each is a number of its own, the same everywhere. @default false */
  readonly stateDependent?: boolean;
  /**
   * Whether tanh puts actions between the bounds, which have to be finite. Without it they are cut off at the bounds, for the
   * environment only. @default false
   */
  readonly squashed?: boolean;
}

export type ActionDistributionOptions = GaussianOptions;
/** With every default filled in: part of checkpoints. */
export type ActionDistributionSettings = Required<GaussianOptions>;

const DEFAULTS: Required<GaussianOptions> = {
  type: "gaussian",
  logDeviation: 0,
  stateDependent: false,
  squashed: false,
};
/** exp of more is no float32 variance. */
const LARGEST_LOG_DEVIATION = 20;

/**
 * What a policy for the space is made of.
 * @param given options, the name of a distribution, or null for the space's own
 * @returns null where there is nothing to choose: all actions but those of a Box
 * @throws TypeError or RangeError when the options do not fit the space, or a setting is unknown or out of range
 */
export function readActionDistribution(
  where: string,
  space: Space,
  given: ActionDistributionOptions | ActionDistributionOptions["type"] | null,
): ActionDistributionSettings | null {
  if (space.kind !== "box") {
    if (given === null) return null;
    throw new TypeError(
      `${where}: distribution expected none for ${space.kind} actions, got ${show(given)}. It describes the actions of a Box: leave it out.`,
    );
  }
  const options: unknown = typeof given === "string" ? { type: given } : (given ?? {});
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `${where}: distribution expected options, got ${show(given)}. Use for example { type: "gaussian" }.`,
    );
  }
  const settings = { ...DEFAULTS, ...options };
  const { type, logDeviation, stateDependent, squashed } = settings;
  if (type !== "gaussian") {
    throw new RangeError(`${where}: distribution.type expected "gaussian", got ${show(type)}. Choose it.`);
  }
  rejectUnknownOptions(`${where}: distribution`, options, Object.keys(DEFAULTS));
  const rule = { min: -LARGEST_LOG_DEVIATION, max: LARGEST_LOG_DEVIATION };
  requireNumber(where, "distribution.logDeviation", logDeviation, rule, "It is a logarithm: 0 stands for 1.");
  for (const [name, value] of Object.entries({ stateDependent, squashed })) {
    if (typeof value !== "boolean") {
      throw new TypeError(
        `${where}: distribution.${name} expected true or false, got ${show(value)}. Set options.distribution.`,
      );
    }
  }
  if (squashed && [...space.low, ...space.high].some((bound) => bound - bound !== 0)) {
    throw new RangeError(
      `${where}: distribution.squashed expected a Box with finite bounds, got infinite ones. Leave it out, or wrap the environment.`,
    );
  }
  return settings;
}

/** Tensors of one pass: what the network gave, and what its gradient will be. */
export interface HeadPlan {
  readonly rows: number;
  /** [rows, outputs] */
  readonly output: Tensor;
  /** Its gradient; null without training. */
  readonly dOutput: Tensor | null;
  /** The head's own numbers, from `firstSpec` on, and where their gradients belong; null without training. */
  readonly parameters: Parameters;
  readonly gradients: Parameters | null;
  readonly firstSpec: number;
}

export interface PlannedHead {
  readonly distribution: ActionDistribution;
  /** After the network's forward pass. */
  forward(rows: number): void;
  /** From the distribution's gradients to those of the network's outputs, before its backward pass. */
  backward(rows: number): void;
  /**
   * From changes of the network's outputs, in `dOutput`, and of the head's own numbers to those of the distribution's
   * parameters, which take the place of its gradients.
   * @param own one tensor for each of the head's specs
   */
  tangent(rows: number, own: readonly Tensor[]): void;
}

export interface PolicyHead {
  /** Numbers that the network gives per row. */
  readonly outputs: number;
  /** Numbers per action. */
  readonly actionSize: number;
  /** What is trained beside the network; names without prefix. */
  readonly specs: readonly ParameterSpec[];
  /** What the network's output biases and the head's own numbers start with. */
  readonly biases: readonly number[];
  readonly values: readonly (readonly number[])[];
  plan(backend: Backend, plan: HeadPlan): PlannedHead;
}

/** Nothing between the network and the distribution. */
const DIRECT = { forward: (): void => {}, backward: (): void => {}, tangent: (): void => {} };

class CategoricalHead implements PolicyHead {
  readonly outputs: number;
  readonly actionSize: number;
  readonly specs: readonly ParameterSpec[] = [];
  readonly values: readonly [] = [];
  readonly biases: readonly number[];
  readonly #choices: readonly number[];

  constructor(choices: readonly number[]) {
    this.outputs = choices.reduce((sum, n) => sum + n, 0);
    this.actionSize = choices.length;
    this.biases = new Array<number>(this.outputs).fill(0);
    this.#choices = choices;
  }

  plan(backend: Backend, { output: logits, dOutput: dLogits }: HeadPlan): PlannedHead {
    const choices = backend.tensor(1, this.actionSize);
    backend.write(choices, this.#choices);
    return { ...DIRECT, distribution: { family: "categorical", logits, choices, mask: null, dLogits } };
  }
}

class BernoulliHead implements PolicyHead {
  readonly outputs: number;
  readonly actionSize: number;
  readonly specs: readonly ParameterSpec[] = [];
  readonly values: readonly [] = [];
  readonly biases: readonly number[];

  constructor(bits: number) {
    this.outputs = bits;
    this.actionSize = bits;
    this.biases = new Array<number>(bits).fill(0);
  }

  plan(_backend: Backend, { output: logits, dOutput: dLogits }: HeadPlan): PlannedHead {
    return { ...DIRECT, distribution: { family: "bernoulli", logits, dLogits } };
  }
}

/** @param settings of `readActionDistribution` for the same space */
export function createPolicyHead(space: Space, settings: ActionDistributionSettings | null): PolicyHead {
  switch (space.kind) {
    case "discrete":
      return new CategoricalHead([space.n]);
    case "multi-discrete":
      return new CategoricalHead(space.nvec);
    case "multi-binary":
      return new BernoulliHead(space.n);
    case "box":
      return new GaussianHead(space.low.length, settings ?? DEFAULTS);
    case "dict":
      throw new TypeError("createPolicyHead: space expected one of actions, got dict. Wrap the environment.");
  }
}
