// Settings of PPO that were measured to work, as data. A preset named like an environment is that environment's default.

import type { Preset } from "../training/preset.ts";
import type { PresetOptions } from "../training/rollout-options.ts";
import type { PPOOptions } from "./ppo.ts";

const ZOO = "rl-zoo3's tuned settings";

export const PPO_PRESETS: Readonly<Record<string, Preset<PresetOptions<PPOOptions>>>> = {
  "CartPole-v1": {
    source: ZOO,
    options: {
      totalSteps: 100_000,
      environments: 8,
      rolloutSteps: 32,
      epochs: 20,
      minibatches: 1,
      discount: 0.98,
      advantage: { type: "gae", lambda: 0.8 },
      learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
      clip: { type: "linear", from: 0.2, to: 0, fraction: 1 },
    },
  },
};
