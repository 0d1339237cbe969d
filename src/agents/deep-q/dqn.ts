// Deep Q-learning (Mnih et al. 2015, https://doi.org/10.1038/nature14236), with every extension of the family as an option.

import { openOnDevices } from "../../training/open.ts";
import type { Workplace } from "../../workplace.ts";
import { DeepQAgent } from "./deep-q-agent.ts";
import { DQN_PRESETS } from "./dqn-presets.ts";
import type { DeepQAbout, DeepQOptions } from "./options.ts";
import { deepQ, layeredValues } from "./value-kind.ts";

/** Options of DQN. */
export type DQNOptions = DeepQOptions;

/** DQN: deep Q-learning, with every extension as an option (Mnih et al. 2015). */
export class DQN extends DeepQAgent {
  static override readonly about: DeepQAbout = {
    name: "DQN",
    algorithm: "dqn",
    summary: "deep Q-learning, with every extension as an option",
    ...deepQ(layeredValues),
    presets: DQN_PRESETS,
  };

  /**
   * @param workplace an environment, several stepped together, or `{ observationSpace, actionSpace }` for callers who own their
   *   loop
   * @throws TypeError or RangeError when an option is unknown or out of range, or the actions are not Discrete
   */
  constructor(workplace: Workplace, options: DQNOptions = {}) {
    super(openOnDevices(new.target, workplace, options), layeredValues);
  }
}
