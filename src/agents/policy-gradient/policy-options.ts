// What agents that learn a policy and its value can be told beside what all agents that learn from rollouts can.

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

/** Defaults are the algorithm's. */
export interface PolicyOptions extends RolloutOptions {
  /** How advantages are estimated: its name, or its options. */
  readonly advantage?: AdvantageOptions | AdvantageType;
  /** Whether the advantages of every update are given mean 0 and deviation 1. */
  readonly normalizeAdvantages?: boolean;
  /** Weight of the value's loss, the mean of squared errors, beside the policy's. */
  readonly valueCoefficient?: number;
  /** Weight of the entropy that is added to what the policy is learned for. */
  readonly entropyCoefficient?: Schedule;
  /** Of the actions of a Box; the others have one of their own. @defaultValue Gaussian */
  readonly distribution?: ActionDistributionOptions | ActionDistributionOptions["type"] | null;
  /** Whether one network gives policy and value; else there are two of the same shape. @defaultValue false */
  readonly sharedNetwork?: boolean;
}

/** Options of such an algorithm as a checkpoint has them. */
export interface PolicySettings extends RolloutSettings {
  readonly advantage: AdvantageSettings;
  readonly normalizeAdvantages: boolean;
  readonly valueCoefficient: number;
  readonly entropyCoefficient: Schedule;
  readonly distribution: ActionDistributionSettings | null;
  readonly sharedNetwork: boolean;
}

/** Options as a preset has them. */
export type PolicyPreset = Omit<PolicyOptions, PlaceOption | "seed">;

const NETWORK: NetworkOptions = {
  convolution: [],
  hidden: [64, 64],
  activation: "tanh",
  layerNorm: false,
  initializer: "orthogonal",
};

export interface PolicyDefaults extends Omit<Parameters<typeof rolloutFields>[0], "discount"> {
  readonly advantage: AdvantageOptions | AdvantageType;
  readonly normalizeAdvantages: boolean;
  readonly valueCoefficient: number;
  /** Estimators of advantages that the algorithm can take. [all that need no other policy] */
  readonly estimators?: readonly AdvantageType[];
}

/** The same with an algorithm's defaults. */
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
