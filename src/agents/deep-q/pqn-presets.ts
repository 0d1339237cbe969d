// Settings of PQN that were measured to work, as data. A preset named like an environment is that environment's default.

import type { Preset } from "../../training/preset.ts";
import type { PQNPreset } from "./pqn-options.ts";

export const PQN_PRESETS: Readonly<Record<string, Preset<PQNPreset>>> = {
  "CartPole-v1": {
    source: "own tuning, docs/results.md",
    options: {
      totalSteps: 100_000,
      environments: 4,
      rolloutSteps: 32,
      epochs: 4,
      minibatches: 4,
      lambda: 0.95,
      learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
      epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.2 },
      network: { hidden: [64, 64] },
    },
  },
  "Acrobot-v1": {
    source: "the settings of CartPole-v1, and twice its steps",
    options: {
      totalSteps: 200_000,
      environments: 4,
      rolloutSteps: 32,
      epochs: 4,
      minibatches: 4,
      lambda: 0.95,
      learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
      epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.2 },
      network: { hidden: [64, 64] },
    },
  },
};
