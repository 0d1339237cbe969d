// Settings of Rainbow that were measured to work, as data. A preset named like an environment is that environment's
// default.

import type { Preset } from "../../training/preset.ts";
import type { DeepQPreset } from "./options.ts";

export const RAINBOW_PRESETS: Readonly<Record<string, Preset<DeepQPreset>>> = {
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
      noisy: { sigma: 0.1 },
      nStep: 5,
      distribution: { type: "categorical", atoms: 51, low: 0, high: 100 },
    },
  },
  "Acrobot-v1": {
    source: "own tuning, docs/results.md",
    options: {
      totalSteps: 100_000,
      network: { hidden: [64, 64] },
      batchSize: 64,
      capacity: 100_000,
      warmupSteps: 1000,
      trainIntervalSteps: 1,
      learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
      targetIntervalUpdates: 500,
      optimizer: "adam",
      noisy: { sigma: 0.1 },
      nStep: 5,
      distribution: { type: "categorical", atoms: 51, low: -100, high: 0 },
    },
  },
  "MountainCar-v0": {
    source: "own tuning, docs/results.md",
    options: {
      totalSteps: 120_000,
      network: { hidden: [64, 64] },
      batchSize: 64,
      capacity: 120_000,
      warmupSteps: 1000,
      trainIntervalSteps: 1,
      learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
      targetIntervalUpdates: 500,
      optimizer: "adam",
      noisy: { sigma: 0.1 },
      nStep: 5,
      rescaleObservations: true,
      distribution: { type: "categorical", atoms: 51, low: -100, high: 0 },
    },
  },
};
