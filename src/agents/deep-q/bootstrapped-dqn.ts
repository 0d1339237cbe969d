// Bootstrapped DQN (Osband et al. 2016, arXiv 1602.04621) with randomized prior functions (Osband et al. 2018, arXiv
// 1806.03335): several value functions on shared hidden layers. One of them chooses all actions of an episode: steps that only
// pay off together are tried together.

import { openOnDevices } from "../../training/open.ts";
import type { Workplace } from "../../workplace.ts";
import { BOOTSTRAPPED_DQN_PRESETS } from "./bootstrapped-dqn-presets.ts";
import { DeepQAgent } from "./deep-q-agent.ts";
import { ensembleValues } from "./ensemble-values.ts";
import type { DeepQAbout, DeepQOptions } from "./options.ts";
import { deepQ } from "./value-kind.ts";

/** Options of bootstrapped DQN: those of DQN with other default values. */
export type BootstrappedDQNOptions = DeepQOptions;

/** Bootstrapped DQN: deep Q-learning with several value functions that explore in turn (Osband et al. 2016). */
export class BootstrappedDQN extends DeepQAgent {
  static override readonly about: DeepQAbout = {
    name: "BootstrappedDQN",
    algorithm: "bootstrapped-dqn",
    summary: "deep Q-learning with several value functions that explore in turn",
    ...deepQ(ensembleValues),
    defaults: { ensemble: true },
    presets: BOOTSTRAPPED_DQN_PRESETS,
  };

  /** See DQN: the same options with other defaults, and the same errors. An ensemble learns on the backend that it acts on. */
  constructor(workplace: Workplace, options: BootstrappedDQNOptions = {}) {
    super(openOnDevices(new.target, workplace, options), ensembleValues);
  }
}
