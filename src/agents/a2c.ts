// A2C, advantage actor-critic (Mnih et al. 2016, https://arxiv.org/abs/1602.01783, whose workers take their steps together):
// one update from a few steps of many environments. The policy becomes more likely to do what went better than its value.

import type { Parameters } from "../operations/handles.ts";
import type { PolicyLoss, ValueLoss } from "../operations/policy-loss.ts";
import { type LoadOptions, openRollout } from "../training/open-rollout.ts";
import { PolicyAgent, type PolicyRollout, policyParameters } from "../training/policy-agent.ts";
import { completePolicySettings, type PolicyOptions, type PolicySettingsOf } from "../training/policy-options.ts";
import { plannedEnvironments, type RolloutVariant, readRolloutSettings } from "../training/rollout-options.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { A2C_PRESETS } from "./a2c-presets.ts";

/** Defaults and their sources: docs/agents/a2c.md. */
export type A2COptions = PolicyOptions;
export type A2CSettings = PolicySettingsOf<A2COptions>;

const VARIANT: RolloutVariant<A2COptions> = {
  name: "A2C",
  algorithm: "a2c",
  // Stable-Baselines3's.
  defaults: {
    seed: 0,
    totalSteps: 1_000_000,
    environments: 1,
    rolloutSteps: 5,
    discount: 0.99,
    advantage: { type: "gae", lambda: 1 },
    normalizeAdvantages: false,
    valueCoefficient: 0.5,
    entropyCoefficient: 0,
    learningRate: 7e-4,
    maxGradientNorm: 0.5,
    optimizer: { type: "rmsprop", form: "tensorflow", alpha: 0.99, epsilon: 1e-5 },
    network: { convolution: [], hidden: [64, 64], activation: "tanh", layerNorm: false, initializer: "orthogonal" },
    sharedNetwork: false,
    distribution: null,
    rescaleObservations: false,
    normalizeObservations: false,
    normalizeRewards: false,
  },
  presets: A2C_PRESETS,
  complete: (where, settings, workplace) => completePolicySettings(where, settings, workplace),
};

export class A2C extends PolicyAgent<A2CSettings> {
  // Planned with the rollout.
  #policyLoss!: PolicyLoss;
  #valueLoss!: ValueLoss;

  /**
   * @param workplace a vector environment in mode "same-step", a single environment, or `{ observationSpace, actionSpace }`
   *   for callers who own their loop
   * @param isPolicy used by `load`: the agent is there to act, and plans its rollout when it first explores
   * @throws TypeError or RangeError when an option is unknown or out of range, or does not fit the actions
   */
  constructor(workplace: Workplace, options: A2COptions = {}, isPolicy: boolean = false) {
    super(VARIANT, workplace, readRolloutSettings(VARIANT, workplace, options) as unknown as A2CSettings, options);
    if (!isPolicy) this.planRollout();
  }

  /**
   * An agent from `save`'s bytes. From a "run" file it goes on bit for bit as the saved one would have; a "policy" file
   * acts, and starts a fresh optimizer and rollout if it is trained on.
   * @param options.env what to go on in; without it the agent acts, observes and updates
   * @throws CheckpointError when the bytes are damaged, of another algorithm, or do not fit the environment
   */
  static load(bytes: Uint8Array, options: LoadOptions = {}): A2C {
    const specs = (workplace: Workplace, settings: object): Parameters["specs"] =>
      policyParameters(VARIANT.name, workplace, settings as A2CSettings);
    return openRollout(VARIANT, bytes, options, specs, (...given) => new A2C(...given));
  }

  /** How many environments the options, or the preset of `workplace`, ask for: the size of the vector to build. */
  static environments(workplace: Workplace, options: A2COptions = {}): number {
    return plannedEnvironments(VARIANT, workplace, options);
  }

  protected override planUpdates(rollout: PolicyRollout): void {
    super.planUpdates(rollout);
    this.#policyLoss = { ...this.batch, oldLogProbability: null, clip: 0, metrics: this.surrogateMetrics };
    this.#valueLoss = this.planValueLoss();
  }

  /** The whole rollout is learned from at once: its order does not matter. */
  protected override beginEpoch(): void {}

  protected learnMinibatch(rollout: PolicyRollout): boolean {
    const { batch, batchAction, minibatchSize } = this;
    const { actionDistribution, policyLoss } = this.backend;
    this.gather(rollout, 0, minibatchSize);
    this.actorCritic.forward(this.features(), batch.space);
    actionDistribution.evaluate(
      minibatchSize,
      batch.space.distribution,
      batchAction,
      batch.logProbability,
      batch.entropy,
    );
    policyLoss.surrogate(minibatchSize, this.#policyLoss);
    policyLoss.value(minibatchSize, this.#valueLoss);
    this.descend(minibatchSize);
    return true;
  }
}
