// Options of PPO. The default values are those of Stable-Baselines3, for one environment.

import { type Fields, number, orNull, schedule } from "../../training/options.ts";
import type { PlaceOption } from "../../training/run-options.ts";
import type { Schedule } from "../../training/schedule.ts";
import { type MinibatchOptions, type MinibatchSettings, minibatchFields } from "../on-policy-options.ts";
import { type PolicyOptions, type PolicySettings, policyFields } from "./policy-options.ts";
import { type MemoryOptions, type MemorySettings, memoryFields } from "./recurrent-options.ts";

/** Options of PPO. The page docs/agents/ppo.md lists all default values and their sources. */
export interface PPOOptions extends PolicyOptions, MemoryOptions, MinibatchOptions {
  /**
   * Largest useful distance of the probability ratio, new policy over old policy, from 1: changes beyond it gain nothing.
   * @defaultValue 0.2
   */
  readonly clip?: Schedule;
  /**
   * Largest useful distance of a value from the value predicted while acting: changes beyond it gain nothing. null: no limit.
   * @defaultValue null
   */
  readonly valueClip?: Schedule | null;
  /**
   * Limit of the approximate KL divergence between new and old policy. An update that finds more than 1.5 times this number is
   * not made, and the round of updates ends. null: no limit.
   * @defaultValue null
   */
  readonly targetKl?: number | null;
}

/** PPO's options with all defaults filled in, as a file contains them. Fields are explained in `PPOOptions`. */
export interface PPOSettings extends PolicySettings, MemorySettings, MinibatchSettings {
  readonly clip: Schedule;
  readonly valueClip: Schedule | null;
  readonly targetKl: number | null;
}

/** Options that a preset may contain. */
export type PPOPreset = Omit<PPOOptions, PlaceOption | "seed">;

/** Fields of PPO's options: default values and checks. */
export const PPO_FIELDS: Fields<PPOOptions, PPOSettings> = {
  ...policyFields({
    totalSteps: 1_000_000,
    rolloutSteps: 2048,
    advantage: { type: "gae", lambda: 0.95 },
    normalizeAdvantages: true,
    valueCoefficient: 0.5,
    learningRate: 3e-4,
    maxGradientNorm: 0.5,
    optimizer: { type: "adam", epsilon: 1e-5 },
  }),
  ...minibatchFields({ epochs: 10, minibatches: 32 }),
  clip: schedule(0.2),
  valueClip: orNull<Schedule, Schedule>(null, schedule(0.2)),
  targetKl: orNull<number, number>(null, number(0.01, { above: 0, advice: "Use null for no limit." })),
  ...memoryFields(),
};
