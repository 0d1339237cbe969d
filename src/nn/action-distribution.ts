// Action distributions of policies. The action space decides the family: categorical for Discrete and MultiDiscrete, Bernoulli
// for MultiBinary, Gaussian for a Box. This file has the options of a Box's distribution and makes the head for every space.

import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import type { Space } from "../space.ts";
import { BernoulliPolicyHead, CategoricalPolicyHead } from "./discrete-heads.ts";
import { GaussianHead } from "./gaussian-head.ts";
import type { PolicyHead } from "./policy-head.ts";
import { StateNoiseHead } from "./state-noise-head.ts";

/** Gaussian actions: every number of the Box has an independent normal distribution. */
export interface GaussianOptions {
  readonly type: "gaussian";
  /** Natural logarithm of the first standard deviations. @defaultValue 0, as Stable-Baselines3 */
  readonly logDeviation?: number;
  /**
   * True: the network computes the standard deviations from the observation. False: each number of an action has one trained
   * deviation, the same for all observations.
   * @defaultValue false
   */
  readonly stateDependent?: boolean;
  /**
   * True: tanh maps actions between the bounds of the Box, which must be finite. False: actions are clipped to the bounds for
   * the environment, and learning uses the unclipped numbers.
   * @defaultValue false
   */
  readonly squashed?: boolean;
}

/**
 * Gaussian actions with smooth exploration (generalised state-dependent exploration, gSDE, Raffin et al. 2021,
 * https://arxiv.org/abs/2005.05719). The noise is a function of the state that stays the same for many steps. Independent noise
 * at every step would shake what the actions move.
 */
export interface StateNoiseOptions {
  readonly type: "gsde";
  /** Natural logarithm of the first standard deviations of the exploration matrix. @defaultValue 0, as Stable-Baselines3 */
  readonly logDeviation?: number;
  /** Steps between two draws of the exploration matrix; null: one matrix per rollout. @defaultValue null */
  readonly sampleEverySteps?: number | null;
  /** True: all numbers of an action share the deviation of a feature. False: each number has its own. @defaultValue false */
  readonly sharedDeviations?: boolean;
  /** The same as `squashed` of "gaussian". @defaultValue false */
  readonly squashed?: boolean;
}

/** Options of the action distribution for a Box. */
export type ActionDistributionOptions = GaussianOptions | StateNoiseOptions;
/** The options with all defaults filled in. Saved in checkpoints. */
export type ActionDistributionSettings = Required<GaussianOptions> | Required<StateNoiseOptions>;

const DEFAULTS: {
  readonly [T in ActionDistributionSettings["type"]]: Extract<ActionDistributionSettings, { type: T }>;
} = {
  gaussian: { type: "gaussian", logDeviation: 0, stateDependent: false, squashed: false },
  gsde: { type: "gsde", logDeviation: 0, sampleEverySteps: null, sharedDeviations: false, squashed: false },
};
/** Limit of |logDeviation|, so that exp of it gives a variance within float32. */
const LARGEST_LOG_DEVIATION = 20;

/**
 * Checks the options of an action distribution and fills in the defaults.
 * @param where begins the message of an error
 * @param space action space
 * @param given options, the name of a distribution, or null for the default
 * @returns the settings for a Box; null for other spaces, which have only one distribution
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

/**
 * Makes the policy head of an action space.
 * @param settings result of `readActionDistribution` for the same space
 * @param features numbers per row that the network's last layer receives
 * @throws TypeError for a Dict
 */
export function createPolicyHead(
  space: Space,
  settings: ActionDistributionSettings | null,
  features: number,
): PolicyHead {
  switch (space.kind) {
    case "discrete":
      return new CategoricalPolicyHead([space.n]);
    case "multi-discrete":
      return new CategoricalPolicyHead(space.nvec);
    case "multi-binary":
      return new BernoulliPolicyHead(space.n);
    case "box": {
      const dimensions = space.low.length;
      if (settings?.type === "gsde") return new StateNoiseHead(dimensions, features, settings);
      return new GaussianHead(dimensions, settings ?? DEFAULTS.gaussian);
    }
    case "dict":
      throw new TypeError("createPolicyHead: space expected one of actions, got dict. Wrap the environment.");
  }
}
