// Settings of bootstrapped DQN that were measured to work, as data. A preset named like an environment is that
// environment's default.

import type { Preset } from "../../training/preset.ts";
import type { DeepQPreset } from "./options.ts";

export const BOOTSTRAPPED_DQN_PRESETS: Readonly<Record<string, Preset<DeepQPreset>>> = {
  "DeepSea-v0": {
    source: "own tuning, docs/results.md",
    options: {
      totalSteps: 20_000,
      network: { hidden: [64, 64] },
      batchSize: 64,
      capacity: 20_000,
      warmupSteps: 100,
      trainIntervalSteps: 1,
      learningRate: 1e-3,
      targetIntervalUpdates: 100,
    },
  },
};
