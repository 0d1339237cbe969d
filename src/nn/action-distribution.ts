// How a policy's actions are distributed, by the kind of action: Discrete and MultiDiscrete categorical, MultiBinary
// Bernoulli, Box Gaussian. A head says what the network has to give for it, what is trained beside the network, and plans
// what the operations of policies work on.

import type { Backend } from "../backend.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import type { ActionDistribution } from "../operations/action-distribution.ts";
import type { ParameterSpec, Parameters, Tensor } from "../operations/handles.ts";
import type { StateNoise } from "../operations/state-noise.ts";
import type { Space } from "../space.ts";
import { GaussianHead } from "./gaussian-head.ts";
import { StateNoiseHead } from "./state-noise-head.ts";

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

/**
 * Normal numbers that are a function of the state for a while (generalised state-dependent exploration, Raffin et al. 2021,
 * https://arxiv.org/abs/2005.05719): smooth exploration, where numbers of their own at every step shake what they move.
 */
export interface StateNoiseOptions {
  readonly type: "gsde";
  /** ln of the standard deviations of the exploration matrix at the start. @default 0, as Stable-Baselines3 */
  readonly logDeviation?: number;
  /** Steps that an exploration matrix is used for; null: all of a rollout. @default null */
  readonly sampleEverySteps?: number | null;
  /** Whether all numbers of an action share the deviations of a feature; else each has its own. @default false */
  readonly sharedDeviations?: boolean;
  /** As of "gaussian". @default false */
  readonly squashed?: boolean;
}

export type ActionDistributionOptions = GaussianOptions | StateNoiseOptions;
/** With every default filled in: part of checkpoints. */
export type ActionDistributionSettings = Required<GaussianOptions> | Required<StateNoiseOptions>;

const DEFAULTS: {
  readonly [T in ActionDistributionSettings["type"]]: Extract<ActionDistributionSettings, { type: T }>;
} = {
  gaussian: { type: "gaussian", logDeviation: 0, stateDependent: false, squashed: false },
  gsde: { type: "gsde", logDeviation: 0, sampleEverySteps: null, sharedDeviations: false, squashed: false },
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
  const { type } = { type: "gaussian", ...options };
  if (!Object.keys(DEFAULTS).includes(type)) {
    throw new RangeError(
      `${where}: distribution.type expected one of ${Object.keys(DEFAULTS).join(", ")}, got ${show(type)}. Choose one.`,
    );
  }
  const defaults = DEFAULTS[type as ActionDistributionSettings["type"]];
  rejectUnknownOptions(`${where}: distribution`, options, Object.keys(defaults));
  const settings: ActionDistributionSettings = { ...defaults, ...options };
  const rule = { min: -LARGEST_LOG_DEVIATION, max: LARGEST_LOG_DEVIATION };
  requireNumber(where, "distribution.logDeviation", settings.logDeviation, rule, "It is a logarithm: 0 stands for 1.");
  if (settings.type === "gsde" && settings.sampleEverySteps !== null) {
    const count = { integer: true, min: 1 };
    const advice = "It counts steps; null is for all of a rollout.";
    requireNumber(where, "distribution.sampleEverySteps", settings.sampleEverySteps, count, advice);
  }
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value !== "boolean" && typeof defaults[name as keyof typeof defaults] === "boolean") {
      throw new TypeError(
        `${where}: distribution.${name} expected true or false, got ${show(value)}. Set options.distribution.`,
      );
    }
  }
  if (settings.squashed && [...space.low, ...space.high].some((bound) => bound - bound !== 0)) {
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
  /** Where deviations follow from features; else null. */
  readonly noise: StateNoise | null;
  /** After the network's forward pass. @param features [rows, features] what its last layer saw */
  forward(rows: number, features: Tensor): void;
  /**
   * From the distribution's gradients to those of the network's outputs and of the head's own numbers, before the network's
   * backward pass.
   */
  backward(rows: number, features: Tensor): void;
  /**
   * From changes of the network's outputs, in `dOutput`, and of the head's own numbers to those of the distribution's
   * parameters, which take the place of its gradients.
   * @param direction a block as `gradients`, where the changes of the head's own numbers are; those may be overwritten
   */
  planTangent(direction: Parameters): (rows: number, features: Tensor) => void;
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
const NOTHING = (): void => {};
const DIRECT = { noise: null, forward: NOTHING, backward: NOTHING, planTangent: () => NOTHING };

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

/**
 * @param settings of `readActionDistribution` for the same space
 * @param features numbers that the network's last layer sees
 */
export function createPolicyHead(
  space: Space,
  settings: ActionDistributionSettings | null,
  features: number,
): PolicyHead {
  switch (space.kind) {
    case "discrete":
      return new CategoricalHead([space.n]);
    case "multi-discrete":
      return new CategoricalHead(space.nvec);
    case "multi-binary":
      return new BernoulliHead(space.n);
    case "box": {
      const dimensions = space.low.length;
      if (settings?.type === "gsde") return new StateNoiseHead(dimensions, features, settings);
      return new GaussianHead(dimensions, settings ?? DEFAULTS.gaussian);
    }
    case "dict":
      throw new TypeError("createPolicyHead: space expected one of actions, got dict. Wrap the environment.");
  }
}
