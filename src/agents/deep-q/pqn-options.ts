// Options of PQN. The default values are those of CleanRL's pqn.py.

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

/** Options of PQN. The page docs/agents/pqn.md lists all default values and their sources. */
export interface PQNOptions extends RolloutOptions, MinibatchOptions {
  /**
   * Horizon of returns, in 0 .. 1: with 0 the network's value follows after one reward; with 1 rewards are summed to the end
   * of the episode or rollout.
   * @defaultValue 0.65
   */
  readonly lambda?: number;
  /** Probability of a uniformly random action. @defaultValue linear from 1 to 0.05 over the first half of the run */
  readonly epsilon?: Schedule;
}

/** PQN's options with all defaults filled in, as a file contains them. Fields are explained in `PQNOptions`. */
export interface PQNSettings extends RolloutSettings, MinibatchSettings {
  readonly lambda: number;
  readonly epsilon: Schedule;
}

/** Options that a preset may contain. */
export type PQNPreset = Omit<PQNOptions, PlaceOption | "seed">;

/** Fields of PQN's options: default values and checks. */
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
