// Settings of A2C that were measured to work, as data. A preset named like an environment is that environment's default.

import type { Preset } from "../../training/preset.ts";
import type { PolicyPreset } from "./policy-options.ts";

export const A2C_PRESETS: Readonly<Record<string, Preset<PolicyPreset>>> = {
  "CartPole-v1": {
    source: "rl-zoo3: 8 environments, 500,000 steps, the defaults of Stable-Baselines3",
    options: { totalSteps: 500_000, environments: 8 },
  },
  "Acrobot-v1": {
    source: "rl-zoo3: 16 environments, 500,000 steps, normalised, the defaults of Stable-Baselines3",
    options: { totalSteps: 500_000, environments: 16, normalizeObservations: true, normalizeRewards: true },
  },
};
