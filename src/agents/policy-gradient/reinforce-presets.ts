// Settings of REINFORCE that were measured to work, as data. A preset named like an environment is that environment's default.

import type { Preset } from "../../training/preset.ts";
import type { ReinforcePreset } from "./reinforce-options.ts";

export const REINFORCE_PRESETS: Readonly<Record<string, Preset<ReinforcePreset>>> = {
  "CartPole-v1": {
    source: "the defaults; own measurement, docs/results.md",
    options: { totalSteps: 100_000 },
  },
};
