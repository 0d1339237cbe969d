// Rainbow (Hessel et al. 2018, arXiv 1710.02298): double, dueling, prioritized, multi-step, distributional and noisy deep
// Q-learning in one; an option switches each part off. Default values are those of the paper's table 1, as far as it has them.

import { openOnDevices } from "../../training/open.ts";
import type { Workplace } from "../../workplace.ts";
import { DeepQAgent } from "./deep-q-agent.ts";
import type { DeepQAbout, DeepQOptions } from "./options.ts";
import { RAINBOW_PRESETS } from "./rainbow-presets.ts";
import { deepQ, layeredValues } from "./value-kind.ts";

/** Options of Rainbow: those of DQN with other default values. */
export type RainbowOptions = DeepQOptions;

/** Rainbow: deep Q-learning with six of its extensions at once (Hessel et al. 2018). */
export class Rainbow extends DeepQAgent {
  static override readonly about: DeepQAbout = {
    name: "Rainbow",
    algorithm: "rainbow",
    summary: "deep Q-learning with six of its extensions at once",
    ...deepQ(layeredValues),
    defaults: {
      double: true,
      dueling: true,
      nStep: 3,
      replay: { type: "proportional", alpha: 0.5 },
      distribution: { type: "categorical", atoms: 51, low: -10, high: 10 },
      noisy: true,
      learningRate: 6.25e-5,
      optimizer: { type: "adam", epsilon: 1.5e-4 },
    },
    presets: RAINBOW_PRESETS,
  };

  /** See DQN: the same options with other defaults, and the same errors. */
  constructor(workplace: Workplace, options: RainbowOptions = {}) {
    super(openOnDevices(new.target, workplace, options), layeredValues);
  }
}
