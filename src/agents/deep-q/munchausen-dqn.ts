// Munchausen-DQN (Vieillard et al. 2020, arXiv 2007.14430): soft targets, and the scaled log-policy of the taken action
// added to the reward.

import { openOnDevices } from "../../training/open.ts";
import type { Workplace } from "../../workplace.ts";
import { DeepQAgent } from "./deep-q-agent.ts";
import { MUNCHAUSEN_DQN_PRESETS } from "./munchausen-dqn-presets.ts";
import type { DeepQAbout, DeepQOptions } from "./options.ts";
import { deepQ, layeredValues } from "./value-kind.ts";

/** Options of Munchausen-DQN: those of DQN with other default values. */
export type MunchausenDQNOptions = DeepQOptions;

/** Munchausen-DQN: deep Q-learning towards soft targets (Vieillard et al. 2020). */
export class MunchausenDQN extends DeepQAgent {
  static override readonly about: DeepQAbout = {
    name: "MunchausenDQN",
    algorithm: "munchausen-dqn",
    summary: "deep Q-learning towards soft targets",
    ...deepQ(layeredValues),
    defaults: { munchausen: true },
    presets: MUNCHAUSEN_DQN_PRESETS,
  };

  /** See DQN: the same options with other defaults, and the same errors. */
  constructor(workplace: Workplace, options: MunchausenDQNOptions = {}) {
    super(openOnDevices(new.target, workplace, options), layeredValues);
  }
}
