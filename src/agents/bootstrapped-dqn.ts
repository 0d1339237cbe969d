// Bootstrapped DQN (Osband et al. 2016, arXiv 1602.04621) with randomized prior functions (Osband et al. 2018, arXiv
// 1806.03335): several value functions on shared hidden layers. Each episode is played by one of them, which explores by
// going through with what it hopes for: steps that only pay off together are tried together.

import { DeepQAgent } from "../training/deep-q-agent.ts";
import type { DeepQOptions, DeepQVariant } from "../training/deep-q-options.ts";
import { ensembleNetworks } from "../training/ensemble-networks.ts";
import { type CreateOptions, createDeepQ, type LoadOptions, openDeepQ } from "../training/open-deep-q.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { BOOTSTRAPPED_DQN_PRESETS } from "./bootstrapped-dqn-presets.ts";

export type BootstrappedDQNOptions = DeepQOptions;

const VARIANT: DeepQVariant = {
  name: "BootstrappedDQN",
  algorithm: "bootstrapped-dqn",
  defaults: {
    ensemble: true,
  },
  presets: BOOTSTRAPPED_DQN_PRESETS,
  networks: ensembleNetworks,
};

export class BootstrappedDQN extends DeepQAgent {
  /** See DQN: the same options with other defaults, and the same errors. */
  constructor(workplace: Workplace, options: BootstrappedDQNOptions = {}, isPolicy: boolean = false) {
    super(VARIANT, workplace, options, isPolicy);
  }

  /** An agent from `save`'s bytes; see DQN.load. @throws CheckpointError */
  static load(bytes: Uint8Array, options: LoadOptions = {}): BootstrappedDQN {
    return openDeepQ(VARIANT, bytes, options, (...given) => new BootstrappedDQN(...given));
  }

  /** As `new`, on a backend that takes time to open: see `DQN.create`. Ensembles learn where they act. */
  static create(workplace: Workplace, options: CreateOptions = {}): Promise<BootstrappedDQN> {
    return createDeepQ(VARIANT, workplace, options, (...given) => new BootstrappedDQN(...given));
  }
}
