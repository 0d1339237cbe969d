// Settings of PPO that were measured to work, as data. A preset named like an environment is that environment's default.

import type { Preset } from "../../training/preset.ts";
import type { PPOPreset } from "./ppo-options.ts";

const ZOO = "rl-zoo3's tuned settings";

const CART_POLE: PPOPreset = {
  totalSteps: 100_000,
  environments: 8,
  rolloutSteps: 32,
  epochs: 20,
  minibatches: 1,
  discount: 0.98,
  advantage: { type: "gae", lambda: 0.8 },
  learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
  clip: { type: "linear", from: 0.2, to: 0, fraction: 1 },
};

const PENDULUM: PPOPreset = {
  totalSteps: 100_000,
  environments: 4,
  rolloutSteps: 1024,
  epochs: 10,
  minibatches: 64,
  discount: 0.9,
  learningRate: 1e-3,
};

export const PPO_PRESETS: Readonly<Record<string, Preset<PPOPreset>>> = {
  "CartPole-v1": { source: ZOO, options: CART_POLE },
  "Pendulum-v1": { source: `${ZOO}, with noise that does not depend on the state`, options: PENDULUM },
  "Acrobot-v1": {
    source: ZOO,
    options: {
      totalSteps: 1_000_000,
      environments: 16,
      rolloutSteps: 256,
      epochs: 4,
      minibatches: 64,
      advantage: { type: "gae", lambda: 0.94 },
      normalizeObservations: true,
      normalizeRewards: true,
    },
  },
  "CartPoleNoVel-v1": {
    source: `${ZOO} of its LSTM`,
    options: { ...CART_POLE, recurrent: "gru", normalizeObservations: true, normalizeRewards: true },
  },
  // Policy and value share the memory: with returns near -100 the value's gradient would outweigh the policy's.
  "PendulumNoVel-v1": {
    source: `${ZOO} of its LSTM, normalised, in sequences of 32 steps, with noise that does not depend on the state`,
    options: {
      ...PENDULUM,
      recurrent: { type: "gru", sequenceSteps: 32 },
      normalizeObservations: true,
      normalizeRewards: true,
    },
  },
};
