// C51 (Bellemare et al. 2017, arXiv 1707.06887): deep Q-learning that learns the distribution of returns, as probabilities
// of 51 fixed values. The range of values must cover the returns: -10 .. 10 as in the paper, unless a preset sets another range.
// Adam's epsilon is the paper's 0.01 / 32.

import { openOnDevices } from "../../training/open.ts";
import type { Workplace } from "../../workplace.ts";
import { C51_PRESETS } from "./c51-presets.ts";
import { DeepQAgent } from "./deep-q-agent.ts";
import type { DeepQAbout, DeepQOptions } from "./options.ts";
import { deepQ, layeredValues } from "./value-kind.ts";

/** Options of C51: those of DQN with other default values. */
export type C51Options = DeepQOptions;

/** C51: deep Q-learning of the distribution of returns, on 51 fixed values (Bellemare et al. 2017). */
export class C51 extends DeepQAgent {
  static override readonly about: DeepQAbout = {
    name: "C51",
    algorithm: "c51",
    summary: "deep Q-learning of the distribution of returns, on fixed values",
    ...deepQ(layeredValues),
    defaults: {
      distribution: { type: "categorical", atoms: 51, low: -10, high: 10 },
      optimizer: { type: "adam", epsilon: 0.01 / 32 },
    },
    presets: C51_PRESETS,
  };

  /** See DQN: the same options with other defaults, and the same errors. */
  constructor(workplace: Workplace, options: C51Options = {}) {
    super(openOnDevices(new.target, workplace, options), layeredValues);
  }
}
