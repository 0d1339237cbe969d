// Settings of DQN that were measured to work, as data. A preset named like an environment is that environment's default.

import type { Preset } from "../../training/preset.ts";
import type { DeepQPreset } from "./options.ts";

/** Preset for the games of `bellwether/arcade`, with the network of MinAtar's authors. */
const ARCADE: Preset<DeepQPreset> = {
  source: "own tuning, docs/results.md; network from Young & Tian 2019",
  options: {
    totalSteps: 200_000,
    network: { hidden: [128], activation: "relu", convolution: [{ filters: 16, kernel: 3 }] },
    batchSize: 32,
    capacity: 100_000,
    warmupSteps: 5000,
    trainIntervalSteps: 4,
    learningRate: 3e-4,
    targetIntervalUpdates: 500,
    double: true,
    nStep: 3,
    epsilon: { type: "linear", from: 1, to: 0.02, fraction: 0.25 },
  },
};

export const DQN_PRESETS: Readonly<Record<string, Preset<DeepQPreset>>> = {
  "CartPole-v1": {
    source: "own tuning, docs/results.md; network 120-84 from CleanRL's dqn.py",
    options: {
      totalSteps: 50_000,
      network: { hidden: [120, 84], activation: "relu" },
      batchSize: 128,
      capacity: 50_000,
      warmupSteps: 1000,
      trainIntervalSteps: 1,
      learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
      targetIntervalUpdates: 500,
      double: true,
      nStep: 3,
      epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.2 },
    },
  },
  "CartPole-v1/polyak": {
    source:
      "the classic teaching setting: 64-64, buffer 1e5, batch 64, tau 1e-3, learning rate 5e-4, update every 4 steps",
    options: {
      totalSteps: 50_000,
      network: { hidden: [64, 64], activation: "relu" },
      batchSize: 64,
      capacity: 100_000,
      discount: 0.99,
      tau: 1e-3,
      targetIntervalUpdates: 1,
      learningRate: 5e-4,
      trainIntervalSteps: 4,
      warmupSteps: 64,
      loss: "mse",
      maxGradientNorm: null,
      epsilon: { type: "per-episode", from: 1, to: 0.01, factor: 0.995 },
    },
  },
  "MountainCar-v0": {
    source: "own tuning, docs/results.md",
    options: {
      totalSteps: 120_000,
      network: { hidden: [64, 64], activation: "relu" },
      batchSize: 64,
      capacity: 120_000,
      warmupSteps: 1000,
      trainIntervalSteps: 1,
      learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
      targetIntervalUpdates: 500,
      double: true,
      nStep: 5,
      rescaleObservations: true,
      epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.2 },
    },
  },
  "Acrobot-v1": {
    source: "own tuning, docs/results.md",
    options: {
      totalSteps: 100_000,
      network: { hidden: [64, 64], activation: "relu" },
      batchSize: 64,
      capacity: 100_000,
      warmupSteps: 1000,
      trainIntervalSteps: 1,
      learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
      targetIntervalUpdates: 500,
      double: true,
      epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.2 },
    },
  },
  "Bricks-v0": ARCADE,
  "Invasion-v0": ARCADE,
  "RoadCrossing-v0": ARCADE,
  "TreasureHunt-v0": ARCADE,
  "Submarine-v0": ARCADE,
  "BitFlip-v0": {
    source: "own tuning, docs/results.md; hidden layer, discount and future goals from Andrychowicz et al. 2017",
    options: {
      totalSteps: 1500,
      hindsight: { strategy: "future", goals: 4 },
      network: { hidden: [256], activation: "relu" },
      batchSize: 64,
      capacity: 100_000,
      discount: 0.98,
      warmupSteps: 100,
      trainIntervalSteps: 1,
      updatesPerTrain: 2,
      learningRate: 1e-3,
      tau: 0.05,
      targetIntervalUpdates: 1,
      epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.3 },
    },
  },
  // Actions stay random for long: a policy that flips one bit there and back reaches no goal and learns nothing.
  "BitFlip-v0/40": {
    source: "own tuning for n = 40, docs/results.md; discount and future goals from Andrychowicz et al. 2017",
    options: {
      totalSteps: 80_000,
      hindsight: { strategy: "future", goals: 4 },
      network: { hidden: [512], activation: "relu" },
      batchSize: 64,
      capacity: 100_000,
      discount: 0.98,
      warmupSteps: 100,
      trainIntervalSteps: 1,
      learningRate: 1e-3,
      tau: 0.05,
      targetIntervalUpdates: 1,
      epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.75 },
    },
  },
};
