// Distributions of a policy's actions by the kind of action: Discrete and MultiDiscrete categorical, MultiBinary Bernoulli, Box
// Gaussian. Options of a Box's distribution, and the head for every kind.

import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import type { Space } from "../space.ts";
import { BernoulliHead, CategoricalHead } from "./discrete-heads.ts";
import { GaussianHead } from "./gaussian-head.ts";
import type { PolicyHead } from "./policy-head.ts";
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
