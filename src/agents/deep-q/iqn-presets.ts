// Settings of IQN that were measured to work, as data. A preset named like an environment is that environment's
// default.

import type { Preset } from "../../training/preset.ts";
import type { DeepQPreset } from "./options.ts";

export const IQN_PRESETS: Readonly<Record<string, Preset<DeepQPreset>>> = {
  "CartPole-v1": {
    source: "own tuning, docs/results.md",
    options: {
      totalSteps: 50_000,
      network: { hidden: [64, 64] },
      batchSize: 64,
      capacity: 50_000,
      warmupSteps: 1000,
      trainIntervalSteps: 1,
      learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
      targetIntervalUpdates: 500,
      optimizer: "adam",
      distribution: { type: "implicit-quantile", quantiles: 8, nextQuantiles: 8 },
      nStep: 3,
      double: true,
      epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.2 },
    },
  },
};
