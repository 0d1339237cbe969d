// Settings of Sarsa that were measured to work, as data. A preset named like an environment is that environment's
// default. They are for the environment's default options.

import type { Preset } from "../../training/preset.ts";
import type { TabularPreset } from "./tabular-options.ts";

export const SARSA_PRESETS: Readonly<Record<string, Preset<TabularPreset>>> = {
  "FrozenLake-v1": {
    source: "own tuning: start value within 2 % of the policy's exact one on each of seeds 0 to 2, 0.7 s",
    options: {
      totalSteps: 1_500_000,
      stepSize: { type: "visits", exponent: 0.6 },
      initialValue: 1,
      epsilon: 0.1,
    },
  },
  "CliffWalking-v1": {
    source: "epsilon from Sutton & Barto 2018, example 6.6; step size from own tuning",
    options: { totalSteps: 600_000, stepSize: { type: "visits", exponent: 0.6 }, epsilon: 0.1 },
  },
  "Taxi-v4": {
    source: "own tuning: the greedy policy at the end is within 1 % of the optimum on seeds 0 and 1, 0.3 s",
    options: { totalSteps: 500_000, stepSize: 0.3, epsilon: { type: "linear", from: 0.5, to: 0, fraction: 0.9 } },
  },
};
