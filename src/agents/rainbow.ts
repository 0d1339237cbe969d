// Rainbow (Hessel et al. 2018, arXiv 1710.02298): double, dueling, prioritized, multi-step, distributional and noisy deep
// Q-learning in one; each can be switched off by its option. Values of the paper's table 1 where it has them.

import { DeepQAgent } from "../training/deep-q-agent.ts";
import { denseNetworks } from "../training/deep-q-network.ts";
import type { DeepQOptions, DeepQVariant } from "../training/deep-q-options.ts";
import { type CreateOptions, createDeepQ, type LoadOptions, openDeepQ } from "../training/open-deep-q.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { RAINBOW_PRESETS } from "./rainbow-presets.ts";

export type RainbowOptions = DeepQOptions;

const VARIANT: DeepQVariant = {
  name: "Rainbow",
  algorithm: "rainbow",
  defaults: {
    double: true,
    dueling: true,
    nStep: 3,
    replay: { type: "proportional", alpha: 0.5 },
    distribution: { type: "categorical", atoms: 51, low: -10, high: 10 },
    noisy: true,
    learningRate: 6.25e-5,
    optimizer: { type: "adam", epsilon: 1.5e-4 },
  },
  presets: RAINBOW_PRESETS,
  networks: denseNetworks,
};

export class Rainbow extends DeepQAgent {
  /** See DQN: the same options with other defaults, and the same errors. */
  constructor(workplace: Workplace, options: RainbowOptions = {}, isPolicy: boolean = false) {
    super(VARIANT, workplace, options, isPolicy);
  }

  /** An agent from `save`'s bytes; see DQN.load. @throws CheckpointError */
  static load(bytes: Uint8Array, options: LoadOptions = {}): Rainbow {
    return openDeepQ(VARIANT, bytes, options, (...given) => new Rainbow(...given));
  }

  /** As `new`, on a backend that takes time to open: see `DQN.create`. */
  static create(workplace: Workplace, options: CreateOptions = {}): Promise<Rainbow> {
    return createDeepQ(VARIANT, workplace, options, (...given) => new Rainbow(...given));
  }
}
