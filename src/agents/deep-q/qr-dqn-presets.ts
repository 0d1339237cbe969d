// Settings of QR-DQN that were measured to work, as data. A preset named like an environment is that environment's
// default.

import type { Preset } from "../../training/preset.ts";
import type { DeepQPreset } from "./options.ts";

export const QR_DQN_PRESETS: Readonly<Record<string, Preset<DeepQPreset>>> = {
  "CartPole-v1": {
    source: "own tuning, docs/results.md",
    options: {
      totalSteps: 50_000,
      network: { hidden: [64, 64] },
      batchSize: 64,
      capacity: 50_000,
      warmupSteps: 1000,
      trainIntervalSteps: 1,
      learningRate: { type: "linear", from: 2e-3, to: 0, fraction: 1 },
      targetIntervalUpdates: 250,
      optimizer: "adam",
      nStep: 5,
      double: true,
      distribution: { type: "quantile", quantiles: 10, kappa: 1 },
      epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.2 },
    },
  },
  "Acrobot-v1": {
    source: "own tuning, docs/results.md",
    options: {
      totalSteps: 100_000,
      network: { hidden: [128, 128] },
      batchSize: 64,
      capacity: 100_000,
      warmupSteps: 1000,
      trainIntervalSteps: 1,
      learningRate: { type: "linear", from: 1e-3, to: 2e-4 },
      targetIntervalUpdates: 250,
      optimizer: "adam",
      double: true,
      distribution: { type: "quantile", quantiles: 25, kappa: 1 },
      epsilon: { type: "linear", from: 1, to: 0.1, fraction: 0.12 },
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
      nStep: 5,
      double: true,
      rescaleObservations: true,
      distribution: { type: "quantile", quantiles: 25, kappa: 1 },
      epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.2 },
    },
  },
};
