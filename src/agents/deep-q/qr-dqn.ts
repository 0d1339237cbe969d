// QR-DQN (Dabney et al. 2018, arXiv 1710.10044): deep Q-learning that learns quantiles of the distribution of returns,
// which need no range of returns in advance. 200 quantiles, kappa 1 and Adam's epsilon 0.01 / 32 as in the paper.

import { openOnDevices } from "../../training/open.ts";
import type { Workplace } from "../../workplace.ts";
import { DeepQAgent } from "./deep-q-agent.ts";
import type { DeepQAbout, DeepQOptions } from "./options.ts";
import { QR_DQN_PRESETS } from "./qr-dqn-presets.ts";
import { deepQ, layeredValues } from "./value-kind.ts";

/** Options of QR-DQN: those of DQN with other default values. */
export type QRDQNOptions = DeepQOptions;

/** QR-DQN: deep Q-learning of 200 quantiles of the return (Dabney et al. 2018). */
export class QRDQN extends DeepQAgent {
  static override readonly about: DeepQAbout = {
    name: "QRDQN",
    algorithm: "qr-dqn",
    summary: "deep Q-learning of the quantiles of returns",
    ...deepQ(layeredValues),
    defaults: {
      distribution: { type: "quantile", quantiles: 200, kappa: 1 },
      optimizer: { type: "adam", epsilon: 0.01 / 32 },
    },
    presets: QR_DQN_PRESETS,
  };

  /** See DQN: the same options with other defaults, and the same errors. */
  constructor(workplace: Workplace, options: QRDQNOptions = {}) {
    super(openOnDevices(new.target, workplace, options), layeredValues);
  }
}
