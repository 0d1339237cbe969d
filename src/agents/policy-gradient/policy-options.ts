// Options of agents that learn a policy and its value, beside the options of all agents that learn from rollouts.

import {
  type ActionDistributionOptions,
  type ActionDistributionSettings,
  readActionDistribution,
} from "../../nn/action-distribution.ts";
import type { NetworkOptions } from "../../nn/network-options.ts";
import { custom, type Fields, flag, number, schedule } from "../../training/options.ts";
import type { PlaceOption } from "../../training/run-options.ts";
import type { Schedule } from "../../training/schedule.ts";
import { type RolloutOptions, type RolloutSettings, rolloutFields } from "../on-policy-options.ts";
import {
  type AdvantageOptions,
  type AdvantageSettings,
  type AdvantageType,
  ON_POLICY_ADVANTAGES,
  readAdvantageOptions,
} from "./advantage.ts";

/**
 * Options of agents that learn a policy and its value. Default values differ: the algorithm's page in docs/agents lists them.
 */
export interface PolicyOptions extends RolloutOptions {
  /** Estimator of advantages: its name, or its name and settings. */
  readonly advantage?: AdvantageOptions | AdvantageType;
  /** True to give the advantages of every update mean 0 and standard deviation 1. */
  readonly normalizeAdvantages?: boolean;
  /** Weight of the value loss, the mean squared error, in the sum with the policy loss. */
  readonly valueCoefficient?: number;
  /** Weight of the policy's entropy in the objective: larger weights keep actions more random. @defaultValue 0 */
  readonly entropyCoefficient?: Schedule;
  /**
   * Action distribution of a Box action space: its name, or its name and settings. Leave it out or null for other action
   * spaces, which have their own distributions.
   * @defaultValue Gaussian
   */
  readonly distribution?: ActionDistributionOptions | ActionDistributionOptions["type"] | null;
  /** True: one network gives policy and value. False: two networks of the same shape. @defaultValue false */
  readonly sharedNetwork?: boolean;
}

/** Policy options with all defaults filled in, as a file contains them. Fields are explained in `PolicyOptions`. */
export interface PolicySettings extends RolloutSettings {
  readonly advantage: AdvantageSettings;
  readonly normalizeAdvantages: boolean;
  readonly valueCoefficient: number;
  readonly entropyCoefficient: Schedule;
  readonly distribution: ActionDistributionSettings | null;
  readonly sharedNetwork: boolean;
}

/** Options that a preset may contain. */
export type PolicyPreset = Omit<PolicyOptions, PlaceOption | "seed">;

const NETWORK: NetworkOptions = {
  convolution: [],
  hidden: [64, 64],
  activation: "tanh",
  layerNorm: false,
  initializer: "orthogonal",
};

/** Default values that an algorithm chooses for the policy options. */
export interface PolicyDefaults extends Omit<Parameters<typeof rolloutFields>[0], "discount"> {
  readonly advantage: AdvantageOptions | AdvantageType;
  readonly normalizeAdvantages: boolean;
  readonly valueCoefficient: number;
  /** Advantage estimators that the algorithm accepts. @defaultValue all except "v-trace" */
  readonly estimators?: readonly AdvantageType[];
}

/** Returns the fields of the policy options. @param defaults the algorithm's default values */
export function policyFields(defaults: PolicyDefaults): Fields<PolicyOptions, PolicySettings> {
  const { advantage, estimators = ON_POLICY_ADVANTAGES, network, normalizeAdvantages, valueCoefficient } = defaults;
  return {
    ...rolloutFields({ ...defaults, discount: 0.99, network: { ...NETWORK, ...network } }),
    advantage: custom(advantage, (where, given) => readAdvantageOptions(where, given, estimators)),
    normalizeAdvantages: flag(normalizeAdvantages),
    valueCoefficient: number(valueCoefficient, { min: 0, advice: "It weighs the value's loss." }),
    entropyCoefficient: schedule(0),
    distribution: custom<NonNullable<PolicyOptions["distribution"]> | null, ActionDistributionSettings | null>(
      null,
      (where, given, { workplace }) => readActionDistribution(where, workplace.actionSpace, given),
    ),
    sharedNetwork: flag(false),
  };
}
