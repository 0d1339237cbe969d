// Deep Q-learning (Mnih et al. 2015, https://doi.org/10.1038/nature14236), with every extension of the family as an option.

import { DeepQAgent } from "../training/deep-q-agent.ts";
import { denseNetworks } from "../training/deep-q-network.ts";
import type { DeepQOptions, DeepQVariant } from "../training/deep-q-options.ts";
import { type CreateOptions, createDeepQ, type LoadOptions, openDeepQ } from "../training/open-deep-q.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { DQN_PRESETS } from "./dqn-presets.ts";

export type DQNOptions = DeepQOptions;

const VARIANT: DeepQVariant = {
  name: "DQN",
  algorithm: "dqn",
  defaults: {},
  presets: DQN_PRESETS,
  networks: denseNetworks,
};

export class DQN extends DeepQAgent {
  /**
   * @param workplace an environment, or `{ observationSpace, actionSpace }` for callers who own their loop
   * @param isPolicy used by `load`: the agent is there to act, and plans its replay when it is first given experience
   * @throws TypeError or RangeError when an option is unknown or out of range, or the actions are not Discrete
   */
  constructor(workplace: Workplace, options: DQNOptions = {}, isPolicy: boolean = false) {
    super(VARIANT, workplace, options, isPolicy);
  }

  /**
   * An agent from `save`'s bytes. From a "run" file it goes on bit for bit as the saved one would have; a "policy" file
   * acts, and starts a fresh optimizer and replay if it is trained on.
   * @param options.env the environment to go on in; without it the agent acts, observes and updates
   * @throws CheckpointError when the bytes are damaged, of another algorithm, or do not fit the environment
   */
  static load(bytes: Uint8Array, options: LoadOptions = {}): DQN {
    return openDeepQ(VARIANT, bytes, options, (...given) => new DQN(...given));
  }

  /**
   * As `new`, on a backend that takes time to open: `backend: "webgpu"`, or "auto" for it where it pays; or `threads: 2`.
   * @throws DeviceError when "webgpu" is asked for and there is none; UnsupportedError when the settings ask for what it lacks
   */
  static create(workplace: Workplace, options: CreateOptions = {}): Promise<DQN> {
    return createDeepQ(VARIANT, workplace, options, (...given) => new DQN(...given));
  }
}
