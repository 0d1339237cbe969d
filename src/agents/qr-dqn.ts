// QR-DQN (Dabney et al. 2018, arXiv 1710.10044): deep Q-learning that learns quantiles of the distribution of returns,
// which need no support given in advance. 200 quantiles, kappa 1 and Adam's epsilon 0.01 / 32 as in the paper.

import { DeepQAgent } from "../training/deep-q-agent.ts";
import { denseNetworks } from "../training/deep-q-network.ts";
import type { DeepQOptions, DeepQVariant } from "../training/deep-q-options.ts";
import { type CreateOptions, createDeepQ, type LoadOptions, openDeepQ } from "../training/open-deep-q.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { QR_DQN_PRESETS } from "./qr-dqn-presets.ts";

export type QRDQNOptions = DeepQOptions;

const VARIANT: DeepQVariant = {
  name: "QRDQN",
  algorithm: "qr-dqn",
  defaults: {
    distribution: { type: "quantile", quantiles: 200, kappa: 1 },
    optimizer: { type: "adam", epsilon: 0.01 / 32 },
  },
  presets: QR_DQN_PRESETS,
  networks: denseNetworks,
};

export class QRDQN extends DeepQAgent {
  /** See DQN: the same options with other defaults, and the same errors. */
  constructor(workplace: Workplace, options: QRDQNOptions = {}, isPolicy: boolean = false) {
    super(VARIANT, workplace, options, isPolicy);
  }

  /** An agent from `save`'s bytes; see DQN.load. @throws CheckpointError */
  static load(bytes: Uint8Array, options: LoadOptions = {}): QRDQN {
    return openDeepQ(VARIANT, bytes, options, (...given) => new QRDQN(...given));
  }

  /** As `new`, on a backend that takes time to open: see `DQN.create`. */
  static create(workplace: Workplace, options: CreateOptions = {}): Promise<QRDQN> {
    return createDeepQ(VARIANT, workplace, options, (...given) => new QRDQN(...given));
  }
}
