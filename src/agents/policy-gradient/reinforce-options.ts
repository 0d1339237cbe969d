// What REINFORCE can be told.

import { count, custom, type Fields, flag } from "../../training/options.ts";
import type { PlaceOption } from "../../training/run-options.ts";
import { type PolicyOptions, type PolicySettings, policyFields } from "./policy-options.ts";

/** Defaults and their sources: docs/agents/reinforce.md. */
export interface ReinforceOptions extends Omit<PolicyOptions, "advantage" | "environments" | "rolloutSteps"> {
  /** Whole episodes that an update learns from. @defaultValue 1 */
  readonly episodesPerUpdate?: number;
  /** The most steps that an update learns from: an episode that is still running then is cut there. @defaultValue 2048 */
  readonly rolloutSteps?: number;
  /** Whether returns are compared with the value of the observation, which is learned beside the policy. @defaultValue true */
  readonly baseline?: boolean;
  /** Whole episodes leave no choice. */
  readonly advantage?: "monte-carlo";
  /** Episodes of one environment are learned from. */
  readonly environments?: 1;
}

export interface ReinforceSettings extends PolicySettings {
  readonly episodesPerUpdate: number;
  readonly baseline: boolean;
}

/** Options as a preset has them. */
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
