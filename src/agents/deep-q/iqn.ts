// IQN (Dabney et al. 2018, arXiv 1806.06923): deep Q-learning of the whole quantile function of the returns, at random
// fractions. Numbers of fractions as in the paper.

import { openOnDevices } from "../../training/open.ts";
import type { Workplace } from "../../workplace.ts";
import { DeepQAgent } from "./deep-q-agent.ts";
import { implicitQuantileValues } from "./implicit-quantile-values.ts";
import { IQN_PRESETS } from "./iqn-presets.ts";
import type { DeepQAbout, DeepQOptions } from "./options.ts";
import { deepQ } from "./value-kind.ts";

/** Options of IQN: those of DQN with other default values. */
export type IQNOptions = DeepQOptions;

/** IQN: deep Q-learning of the quantiles of returns at any fraction (Dabney et al. 2018). */
export class IQN extends DeepQAgent {
  static override readonly about: DeepQAbout = {
    name: "IQN",
    algorithm: "iqn",
    summary: "deep Q-learning of quantiles at any fraction",
    ...deepQ(implicitQuantileValues),
    defaults: {
      distribution: { type: "implicit-quantile" },
      optimizer: { type: "adam", epsilon: 0.01 / 32 },
    },
    presets: IQN_PRESETS,
  };

  /** See DQN: the same options with other defaults, and the same errors. */
  constructor(workplace: Workplace, options: IQNOptions = {}) {
    super(openOnDevices(new.target, workplace, options), implicitQuantileValues);
  }
}
