// Q-learning (Watkins 1989; Watkins & Dayan 1992, https://doi.org/10.1007/BF00992698) with a table:
//
//   Q(s, a) += alpha (r + gamma max_b Q(s', b) - Q(s, a)),   without the second term where the episode terminated
//
// Q-learning learns the values of the greedy policy while it follows an exploring policy.

import type { Workplace } from "../../workplace.ts";
import { Q_LEARNING_PRESETS } from "./q-learning-presets.ts";
import { openTable, type TablePlan, type TableUpdate, TabularAgent } from "./tabular-agent.ts";
import { TABULAR, type TabularAbout, type TabularOptions } from "./tabular-options.ts";

/** Options of Q-learning. */
export type QLearningOptions = TabularOptions;

/** Q-learning with a table: learns the values of the greedy policy (Watkins 1989). */
export class QLearning extends TabularAgent {
  static override readonly about: TabularAbout = {
    name: "QLearning",
    algorithm: "q-learning",
    summary: "Q-learning with a table",
    ...TABULAR,
    presets: Q_LEARNING_PRESETS,
  };

  /**
   * @param workplace an environment, several stepped together, or `{ observationSpace, actionSpace }`; observations Discrete or
   *   MultiDiscrete
   * @throws TypeError or RangeError when an option is unknown or out of range, or a space has no numbered values
   */
  constructor(workplace: Workplace, options: QLearningOptions = {}) {
    super(openTable(new.target, workplace, options), planUpdate);
  }
}

function planUpdate({ context, table }: TablePlan): TableUpdate {
  const { discount } = context.settings;
  return {
    learnFrom: ({ state, action, reward, nextState, terminated }, move) => {
      move(state, action, terminated ? reward : reward + discount * table.best(nextState));
    },
    forget: () => {},
    check: () => {},
    load: () => {},
    save: () => {},
  };
}
