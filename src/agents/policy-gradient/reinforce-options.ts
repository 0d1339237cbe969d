// Options of REINFORCE.

import { count, custom, type Fields, flag } from "../../training/options.ts";
import type { PlaceOption } from "../../training/run-options.ts";
import { type PolicyOptions, type PolicySettings, policyFields } from "./policy-options.ts";

/** Options of REINFORCE. The page docs/agents/reinforce.md lists all default values. */
export interface ReinforceOptions extends Omit<PolicyOptions, "advantage" | "environments" | "rolloutSteps"> {
  /** Number of whole episodes that an update learns from. @defaultValue 1 */
  readonly episodesPerUpdate?: number;
  /** Largest number of steps that an update learns from: an episode that is longer is cut there. @defaultValue 2048 */
  readonly rolloutSteps?: number;
  /** True to compare returns with the value of the observation, which is learned beside the policy. @defaultValue true */
  readonly baseline?: boolean;
  /** Estimator of advantages. Learning from whole episodes allows only this one. @defaultValue "monte-carlo" */
  readonly advantage?: "monte-carlo";
  /** Number of environments. The agent learns from the episodes of one environment. @defaultValue 1 */
  readonly environments?: 1;
}

/** REINFORCE's options with all defaults filled in, as a file contains them. Fields are explained in `ReinforceOptions`. */
export interface ReinforceSettings extends PolicySettings {
  readonly episodesPerUpdate: number;
  readonly baseline: boolean;
}

/** Options that a preset may contain. */
export type ReinforcePreset = Omit<ReinforceOptions, PlaceOption | "seed">;

const POLICY: Fields<PolicyOptions, PolicySettings> = policyFields({
  totalSteps: 100_000,
  rolloutSteps: 2048,
  advantage: "monte-carlo",
  estimators: ["monte-carlo"],
  normalizeAdvantages: true,
  valueCoefficient: 0.5,
  learningRate: 1e-3,
  maxGradientNorm: null,
  optimizer: { type: "adam" },
  network: { hidden: [64] },
});

/** Fields of REINFORCE's options: default values and checks. */
export const REINFORCE_FIELDS: Fields<ReinforceOptions, ReinforceSettings> = {
  ...POLICY,
  environments: {
    default: 1,
    read: (where, name, given, place) => {
      const environments = POLICY.environments.read(where, name, given, place);
      if (environments === 1) return environments;
      throw new RangeError(
        `${where}: environments expected 1, got ${environments}. It learns from whole episodes: pass a single environment.`,
      );
    },
  },
  advantage: custom<"monte-carlo", PolicySettings["advantage"]>("monte-carlo", (where, given, place) =>
    POLICY.advantage.read(where, "advantage", given, place),
  ),
  episodesPerUpdate: count(1, { advice: "It counts whole episodes." }),
  baseline: flag(true),
};
