// Options of TRPO. The default values are those of Stable-Baselines3 Contrib, for one environment.

import type { OptimizerOptions } from "../../nn/optimizer.ts";
import { count, type Fields, number } from "../../training/options.ts";
import type { PlaceOption } from "../../training/run-options.ts";
import {
  type MinibatchOptions,
  type MinibatchSettings,
  minibatchFields,
  type RolloutSettings,
} from "../on-policy-options.ts";
import { type PolicyOptions, type PolicySettings, policyFields } from "./policy-options.ts";

/**
 * Options of TRPO. `epochs`, `minibatches`, `optimizer` and `learningRate` are those of the value network: the policy makes
 * one step per rollout. The page docs/agents/trpo.md lists all default values and their sources.
 */
export interface TRPOOptions extends PolicyOptions, MinibatchOptions {
  /**
   * Largest mean KL divergence from the policy that acted to the next policy; the paper's delta, above 0.
   * @defaultValue 0.01
   */
  readonly targetKl?: number;
  /** Largest number of conjugate gradient iterations; each costs one product with the Fisher information. @defaultValue 15 */
  readonly cgIterations?: number;
  /** Number added to the diagonal of the Fisher information, at least 0. @defaultValue 0.1 */
  readonly cgDamping?: number;
  /**
   * Number of step lengths that are tried, at least 1. When none is good enough, the policy stays as it is.
   * @defaultValue 10
   */
  readonly lineSearchSteps?: number;
  /** Ratio of each step length to the previous one, between 0 and 1, both excluded. @defaultValue 0.8 */
  readonly lineSearchShrink?: number;
  /** Subsampling of the Fisher information: one in this many transitions is used, drawn at random. @defaultValue 1 */
  readonly fisherSubsampling?: number;
}

/** TRPO's options with all defaults filled in, as a file contains them. Fields are explained in `TRPOOptions`. */
export interface TRPOSettings extends PolicySettings, MinibatchSettings {
  readonly targetKl: number;
  readonly cgIterations: number;
  readonly cgDamping: number;
  readonly lineSearchSteps: number;
  readonly lineSearchShrink: number;
  readonly fisherSubsampling: number;
}

/** Options that a preset may contain. */
export type TRPOPreset = Omit<TRPOOptions, PlaceOption | "seed">;

/**
 * Largest number of iterations and of step lengths: far more than needed. A file with a larger number is damaged or hostile.
 */
const MAX_TRIES = 65_536;

const POLICY: Fields<PolicyOptions, PolicySettings> = policyFields({
  totalSteps: 1_000_000,
  rolloutSteps: 2048,
  advantage: { type: "gae", lambda: 0.95 },
  normalizeAdvantages: true,
  valueCoefficient: 1,
  learningRate: 1e-3,
  maxGradientNorm: null,
  optimizer: { type: "adam" },
});

/** Fields of TRPO's options: default values and checks. */
export const TRPO_FIELDS: Fields<TRPOOptions, TRPOSettings> = {
  ...POLICY,
  optimizer: {
    default: { type: "adam" },
    read: (where, name, given, place): OptimizerOptions => {
      const options = POLICY.optimizer.read(where, name, given, place);
      if (options.type !== "adamw") return options;
      throw new RangeError(
        `${where}: optimizer.type expected adam, radam, rmsprop or sgd, got "adamw". Its decay would move the policy too.`,
      );
    },
  },
  sharedNetwork: {
    default: false,
    read: (where, name, given, place) => {
      if (!POLICY.sharedNetwork.read(where, name, given, place)) return false;
      throw new RangeError(
        `${where}: sharedNetwork expected false, got true. Updates of the value would move the policy beyond its bound.`,
      );
    },
  },
  ...minibatchFields({ epochs: 10, minibatches: 16 }),
  targetKl: number(0.01, { above: 0, advice: "It bounds how far a rollout moves the policy." }),
  cgIterations: count(15, { max: MAX_TRIES, advice: "It counts products of the Fisher information." }),
  cgDamping: number(0.1, { min: 0, advice: "It is added to the Fisher information." }),
  lineSearchSteps: count(10, { max: MAX_TRIES, advice: "It counts lengths that are tried." }),
  lineSearchShrink: number(0.8, { above: 0, below: 1, advice: "Each length tried is this share of the last." }),
  fisherSubsampling: {
    default: 1,
    read: (where, name, given, place) => {
      const { environments, rolloutSteps } = place.settings as RolloutSettings;
      return count(1, { max: rolloutSteps * environments, advice: "1 takes all transitions." }).read(
        where,
        name,
        given,
        place,
      );
    },
  },
};
