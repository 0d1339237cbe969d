// What PQN can be told; defaults are those of CleanRL's pqn.py.

import { type Fields, number, schedule } from "../../training/options.ts";
import type { PlaceOption } from "../../training/run-options.ts";
import type { Schedule } from "../../training/schedule.ts";
import {
  type MinibatchOptions,
  type MinibatchSettings,
  minibatchFields,
  type RolloutOptions,
  type RolloutSettings,
  rolloutFields,
} from "../on-policy-options.ts";

/** Defaults and their sources: docs/agents/pqn.md. */
export interface PQNOptions extends RolloutOptions, MinibatchOptions {
  /**
   * How far returns look before they trust the network, in 0 .. 1: 0 one step, 1 to the end of the episode or rollout.
   * @defaultValue 0.65
   */
  readonly lambda?: number;
  /** Probability of a uniformly random action. @defaultValue linear from 1 to 0.05 over the first half */
  readonly epsilon?: Schedule;
}

export interface PQNSettings extends RolloutSettings, MinibatchSettings {
  readonly lambda: number;
  readonly epsilon: Schedule;
}

/** Options as a preset has them. */
export type PQNPreset = Omit<PQNOptions, PlaceOption | "seed">;

export const PQN_FIELDS: Fields<PQNOptions, PQNSettings> = {
  ...rolloutFields({
    totalSteps: 500_000,
    rolloutSteps: 128,
    discount: 0.99,
    learningRate: { type: "linear", from: 2.5e-4, to: 0, fraction: 1 },
    maxGradientNorm: 10,
    optimizer: { type: "radam" },
    network: { hidden: [120, 84], layerNorm: true },
  }),
  ...minibatchFields({ epochs: 4, minibatches: 4 }),
  lambda: number(0.65, { min: 0, max: 1, advice: "0 looks one step ahead, 1 to the end." }),
  epsilon: schedule({ type: "linear", from: 1, to: 0.05, fraction: 0.5 }, { min: 0, max: 1 }),
};
