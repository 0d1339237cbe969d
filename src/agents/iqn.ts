// IQN (Dabney et al. 2018, arXiv 1806.06923): deep Q-learning that learns the whole quantile function of the returns; the
// network is asked for the values at random fractions. Numbers of fractions as in the paper.

import { DeepQAgent } from "../training/deep-q-agent.ts";
import type { DeepQOptions, DeepQVariant } from "../training/deep-q-options.ts";
import { implicitQuantileNetworks } from "../training/implicit-quantile-networks.ts";
import { type CreateOptions, createDeepQ, type LoadOptions, openDeepQ } from "../training/open-deep-q.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { IQN_PRESETS } from "./iqn-presets.ts";

export type IQNOptions = DeepQOptions;

const VARIANT: DeepQVariant = {
  name: "IQN",
  algorithm: "iqn",
  defaults: {
    distribution: { type: "implicit-quantile" },
    optimizer: { type: "adam", epsilon: 0.01 / 32 },
  },
  presets: IQN_PRESETS,
  networks: implicitQuantileNetworks,
};

export class IQN extends DeepQAgent {
  /** See DQN: the same options with other defaults, and the same errors. */
  constructor(workplace: Workplace, options: IQNOptions = {}, isPolicy: boolean = false) {
    super(VARIANT, workplace, options, isPolicy);
  }

  /** An agent from `save`'s bytes; see DQN.load. @throws CheckpointError */
  static load(bytes: Uint8Array, options: LoadOptions = {}): IQN {
    return openDeepQ(VARIANT, bytes, options, (...given) => new IQN(...given));
  }

  /** As `new`, on a backend that takes time to open: see `DQN.create`. */
  static create(workplace: Workplace, options: CreateOptions = {}): Promise<IQN> {
    return createDeepQ(VARIANT, workplace, options, (...given) => new IQN(...given));
  }
}
