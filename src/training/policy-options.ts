// What agents that learn a policy and its value can be told beside what all agents that learn from rollouts can.

import { requireNumber, show } from "../errors.ts";
import {
  type ActionDistributionOptions,
  type ActionDistributionSettings,
  readActionDistribution,
} from "../nn/action-distribution.ts";
import {
  type AdvantageOptions,
  type AdvantageSettings,
  type AdvantageType,
  ON_POLICY_ADVANTAGES,
  readAdvantageOptions,
} from "./advantage.ts";
import { type RecurrentOptions, type RecurrentSettings, readRecurrent } from "./recurrent-options.ts";
import type { RolloutOptions, RolloutSettings, SettingsOf } from "./rollout-options.ts";
import { checkSchedule, type Schedule } from "./schedule.ts";
import type { Workplace } from "./trainable-agent.ts";

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
  /** Of the actions of a Box; the others have one of their own. [Gaussian] */
  readonly distribution?: ActionDistributionOptions | ActionDistributionOptions["type"] | null;
  /** Whether one network gives policy and value; else there are two of the same shape. */
  readonly sharedNetwork?: boolean;
}

type Completed = "advantage" | "distribution" | "recurrent";

/** Options of such an algorithm as a checkpoint has them. */
export type PolicySettingsOf<Options extends PolicyOptions> = Omit<SettingsOf<Options>, Completed> & {
  readonly advantage: AdvantageSettings;
  readonly distribution: ActionDistributionSettings | null;
};

export type PolicySettings = RolloutSettings & PolicySettingsOf<PolicyOptions> & Partial<MemorySettings>;

/** Of algorithms whose policies may remember. */
export interface MemoryOptions {
  /**
   * A recurrent layer between the observation and the networks, for environments that do not show everything: its options,
   * "gru", or null for none.
   */
  readonly recurrent?: RecurrentOptions | "gru" | null;
}

/** The same as a checkpoint has it. */
export type MemorySettings = { readonly recurrent: RecurrentSettings | null };

/**
 * Checks what `PolicyOptions` adds, and fills in what depends on the actions.
 * @param estimators of advantages that the algorithm can take
 * @throws TypeError or RangeError
 */
export function completePolicySettings<Options extends PolicyOptions>(
  where: string,
  settings: SettingsOf<Options>,
  { actionSpace }: Workplace,
  estimators: readonly AdvantageType[] = ON_POLICY_ADVANTAGES,
): SettingsOf<Options> {
  const given = settings as SettingsOf<PolicyOptions>;
  const { normalizeAdvantages, sharedNetwork, valueCoefficient } = given;
  for (const [name, value] of Object.entries({ normalizeAdvantages, sharedNetwork })) {
    if (typeof value !== "boolean") {
      throw new TypeError(`${where}: ${name} expected true or false, got ${show(value)}. Set options.${name}.`);
    }
  }
  requireNumber(where, "valueCoefficient", valueCoefficient, { min: 0 }, "It weighs the value's loss.");
  checkSchedule(where, "entropyCoefficient", given.entropyCoefficient, { min: 0 });
  const { recurrent } = settings as MemoryOptions;
  return {
    ...settings,
    ...(recurrent === undefined ? {} : { recurrent: readRecurrent(where, recurrent, settings as RolloutSettings) }),
    advantage: readAdvantageOptions(where, given.advantage, estimators),
    distribution: readActionDistribution(where, actionSpace, given.distribution),
  };
}
