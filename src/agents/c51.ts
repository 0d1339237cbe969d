// C51 (Bellemare et al. 2017, arXiv 1707.06887): deep Q-learning that learns the distribution of returns, as probabilities
// of 51 fixed values. The support must cover the returns: between -10 and 10 as in the paper, where no preset says more.
// Adam's epsilon is the paper's 0.01 / 32.

import { DeepQAgent } from "../training/deep-q-agent.ts";
import { denseNetworks } from "../training/deep-q-network.ts";
import type { DeepQOptions, DeepQVariant } from "../training/deep-q-options.ts";
import { type CreateOptions, createDeepQ, type LoadOptions, openDeepQ } from "../training/open-deep-q.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { C51_PRESETS } from "./c51-presets.ts";

export type C51Options = DeepQOptions;

const VARIANT: DeepQVariant = {
  name: "C51",
  algorithm: "c51",
  defaults: {
    distribution: { type: "categorical", atoms: 51, low: -10, high: 10 },
    optimizer: { type: "adam", epsilon: 0.01 / 32 },
  },
  presets: C51_PRESETS,
  networks: denseNetworks,
};

export class C51 extends DeepQAgent {
  /** See DQN: the same options with other defaults, and the same errors. */
  constructor(workplace: Workplace, options: C51Options = {}, isPolicy: boolean = false) {
    super(VARIANT, workplace, options, isPolicy);
  }

  /** An agent from `save`'s bytes; see DQN.load. @throws CheckpointError */
  static load(bytes: Uint8Array, options: LoadOptions = {}): C51 {
    return openDeepQ(VARIANT, bytes, options, (...given) => new C51(...given));
  }

  /** As `new`, on a backend that takes time to open: see `DQN.create`. */
  static create(workplace: Workplace, options: CreateOptions = {}): Promise<C51> {
    return createDeepQ(VARIANT, workplace, options, (...given) => new C51(...given));
  }
}
