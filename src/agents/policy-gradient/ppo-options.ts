// What PPO can be told; defaults are those of Stable-Baselines3, for one environment.

import { type Fields, number, orNull, schedule } from "../../training/options.ts";
import type { PlaceOption } from "../../training/run-options.ts";
import type { Schedule } from "../../training/schedule.ts";
import { type MinibatchOptions, type MinibatchSettings, minibatchFields } from "../on-policy-options.ts";
import { type PolicyOptions, type PolicySettings, policyFields } from "./policy-options.ts";
import { type MemoryOptions, type MemorySettings, memoryFields } from "./recurrent-options.ts";

/** Defaults and their sources: docs/agents/ppo.md. */
export interface PPOOptions extends PolicyOptions, MemoryOptions, MinibatchOptions {
  /** How far the ratio of new to old probability may go from 1 and still gain. @defaultValue 0.2 */
  readonly clip?: Schedule;
  /**
   * How far a value may move from what it was when acting and still be learned from; null: any way. @defaultValue null
   */
  readonly valueClip?: Schedule | null;
  /**
   * A round of updates ends before the one that finds an approximate KL divergence above 1.5 times this; null: never.
   * @defaultValue null
   */
  readonly targetKl?: number | null;
}

export interface PPOSettings extends PolicySettings, MemorySettings, MinibatchSettings {
  readonly clip: Schedule;
  readonly valueClip: Schedule | null;
  readonly targetKl: number | null;
}

/** Options as a preset has them. */
export type PPOPreset = Omit<PPOOptions, PlaceOption | "seed">;

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
