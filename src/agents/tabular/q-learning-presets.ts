// Settings of Q-learning that were measured to work, as data. A preset named like an environment is that environment's
// default. They are for the environment's default options.

import type { Preset } from "../../training/preset.ts";
import type { TabularPreset } from "./tabular-options.ts";

export const Q_LEARNING_PRESETS: Readonly<Record<string, Preset<TabularPreset>>> = {
  "FrozenLake-v1": {
    source: "own tuning: start value within 2 % of the exact 0.5420 on each of seeds 0 to 2, 0.4 s",
    options: {
      totalSteps: 800_000,
      stepSize: { type: "visits", exponent: 0.6 },
      initialValue: 1,
      epsilon: 0.3,
    },
  },
  "CliffWalking-v1": {
    source: "epsilon from Sutton & Barto 2018, example 6.6; every outcome is certain, so a step size of 1 is exact",
    options: { totalSteps: 20_000, stepSize: 1, epsilon: 0.1 },
  },
  "Taxi-v4": {
    source:
      "own tuning: exact values from all starts after 2e5 steps; every outcome is certain, so a step size of 1 is exact",
    options: { totalSteps: 200_000, stepSize: 1, epsilon: 0.3 },
  },
};
