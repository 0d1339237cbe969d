// Munchausen-DQN (Vieillard et al. 2020, arXiv 2007.14430): soft targets, and the scaled log-policy of the taken action
// added to the reward.

import { DeepQAgent } from "../training/deep-q-agent.ts";
import { denseNetworks } from "../training/deep-q-network.ts";
import type { DeepQOptions, DeepQVariant } from "../training/deep-q-options.ts";
import { type CreateOptions, createDeepQ, type LoadOptions, openDeepQ } from "../training/open-deep-q.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { MUNCHAUSEN_DQN_PRESETS } from "./munchausen-dqn-presets.ts";

export type MunchausenDQNOptions = DeepQOptions;

const VARIANT: DeepQVariant = {
  name: "MunchausenDQN",
  algorithm: "munchausen-dqn",
  defaults: {
    munchausen: true,
  },
  presets: MUNCHAUSEN_DQN_PRESETS,
  networks: denseNetworks,
};

export class MunchausenDQN extends DeepQAgent {
  /** See DQN: the same options with other defaults, and the same errors. */
  constructor(workplace: Workplace, options: MunchausenDQNOptions = {}, isPolicy: boolean = false) {
    super(VARIANT, workplace, options, isPolicy);
  }

  /** An agent from `save`'s bytes; see DQN.load. @throws CheckpointError */
  static load(bytes: Uint8Array, options: LoadOptions = {}): MunchausenDQN {
    return openDeepQ(VARIANT, bytes, options, (...given) => new MunchausenDQN(...given));
  }

  /** As `new`, on a backend that takes time to open: see `DQN.create`. */
  static create(workplace: Workplace, options: CreateOptions = {}): Promise<MunchausenDQN> {
    return createDeepQ(VARIANT, workplace, options, (...given) => new MunchausenDQN(...given));
  }
}
