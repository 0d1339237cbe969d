// Settings of TRPO that were measured to work, as data. A preset named like an environment is that environment's default.

import type { Preset } from "../../training/preset.ts";
import type { TRPOPreset } from "./trpo-options.ts";

const ZOO = "rl-zoo3's tuned settings";

export const TRPO_PRESETS: Readonly<Record<string, Preset<TRPOPreset>>> = {
  "CartPole-v1": {
    source: ZOO,
    options: {
      totalSteps: 100_000,
      environments: 2,
      rolloutSteps: 512,
      epochs: 20,
      minibatches: 2,
      cgDamping: 1e-3,
      advantage: { type: "gae", lambda: 0.98 },
    },
  },
  "Pendulum-v1": {
    source: `${ZOO}, with noise that does not depend on the state`,
    options: {
      totalSteps: 100_000,
      environments: 2,
      rolloutSteps: 1024,
      epochs: 15,
      discount: 0.9,
    },
  },
  // Wide noise, cut off at the bounds, is a full push one way or the other. Alone it reaches the hill in one episode of seven;
  // noise of deviation 1 does so in one of seventy. Rollouts are long: every rollout moves the policy equally far, and rollouts
  // without a success teach the policy to push less. Unlearning to push takes longer from a deviation of 12 than from 4.5, where
  // one of ten seeds did unlearn it.
  "MountainCarContinuous-v0": {
    source: "this project: docs/agents/trpo.md",
    options: {
      totalSteps: 100_000,
      environments: 4,
      rolloutSteps: 1024,
      targetKl: 0.02,
      epochs: 20,
      rescaleObservations: true,
      distribution: { type: "gaussian", logDeviation: 2.5 },
    },
  },
};
