// Q-learning (Watkins 1989; Watkins & Dayan 1992, https://doi.org/10.1007/BF00992698) with a table:
//
//   Q(s, a) += alpha (r + gamma max_b Q(s', b) - Q(s, a)),   without the second term where the episode terminated
//
// It learns the values of the greedy policy while following an exploring one.

import { rejectUnknownOptions } from "../errors.ts";
import { choosePreset } from "../training/preset.ts";
import { openTabular, readTabularSettings, TabularAgent, type TabularOptions } from "../training/tabular-agent.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { Q_LEARNING_PRESETS } from "./q-learning-presets.ts";

export type QLearningOptions = TabularOptions;

export class QLearning extends TabularAgent {
  readonly algorithm = "q-learning";

  /**
   * @param workplace an environment, or `{ observationSpace, actionSpace }`; observations Discrete or MultiDiscrete
   * @throws TypeError or RangeError when an option is unknown or out of range, or a space has no numbered values
   */
  constructor(workplace: Workplace, options: QLearningOptions = {}) {
    const preset = choosePreset("QLearning", Q_LEARNING_PRESETS, workplace, options.preset);
    super("QLearning", workplace, readTabularSettings("QLearning", options, preset));
  }

  /** An agent from `save`'s bytes; see DQN.load. @throws CheckpointError */
  static load(bytes: Uint8Array, options: { readonly env?: Workplace } = {}): QLearning {
    rejectUnknownOptions("QLearning.load", options, ["env"]);
    const saved = openTabular("QLearning", "q-learning", bytes, options.env);
    const agent = new QLearning(saved.workplace, saved.options);
    agent.restore(saved.checkpoint);
    return agent;
  }

  protected learnFrom(state: number, action: number, reward: number, nextState: number, terminated: boolean): void {
    this.move(state, action, terminated ? reward : reward + this.settings.discount * this.table.best(nextState));
  }
}
