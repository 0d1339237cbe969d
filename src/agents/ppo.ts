// PPO, proximal policy optimisation (Schulman et al. 2017, https://arxiv.org/abs/1707.06347): several epochs of updates from
// every rollout. The clipped surrogate takes away what a policy would gain by moving far from the one that acted.

import { requireNumber } from "../errors.ts";
import type { Parameters } from "../operations/handles.ts";
import { type PolicyLoss, SurrogateMetric, type ValueLoss } from "../operations/policy-loss.ts";
import { type LoadOptions, openRollout } from "../training/open-rollout.ts";
import { PolicyAgent, type PolicyRollout, policyParameters } from "../training/policy-agent.ts";
import {
  completePolicySettings,
  type MemoryOptions,
  type MemorySettings,
  type PolicyOptions,
  type PolicySettingsOf,
} from "../training/policy-options.ts";
import {
  type MinibatchOptions,
  plannedEnvironments,
  type RolloutVariant,
  readRolloutSettings,
  type SettingsOf,
} from "../training/rollout-options.ts";
import { checkSchedule, type Schedule } from "../training/schedule.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { PPO_PRESETS } from "./ppo-presets.ts";

/** Defaults and their sources: docs/agents/ppo.md. */
export interface PPOOptions extends PolicyOptions, MemoryOptions, MinibatchOptions {
  /** How far the ratio of new to old probability may go from 1 and still gain. [0.2] */
  readonly clip?: Schedule;
  /** How far a value may move from what it was when acting and still be learned from; null: any way. [null] */
  readonly valueClip?: Schedule | null;
  /** A round of updates ends before the one that finds an approximate KL divergence above 1.5 times this; null: never. [null] */
  readonly targetKl?: number | null;
}

export type PPOSettings = PolicySettingsOf<PPOOptions> & MemorySettings & Required<MinibatchOptions>;

const VARIANT: RolloutVariant<PPOOptions> = {
  name: "PPO",
  algorithm: "ppo",
  // Stable-Baselines3's, for one environment.
  defaults: {
    seed: 0,
    totalSteps: 1_000_000,
    environments: 1,
    rolloutSteps: 2048,
    epochs: 10,
    minibatches: 32,
    discount: 0.99,
    advantage: { type: "gae", lambda: 0.95 },
    normalizeAdvantages: true,
    clip: 0.2,
    valueClip: null,
    targetKl: null,
    valueCoefficient: 0.5,
    entropyCoefficient: 0,
    learningRate: 3e-4,
    maxGradientNorm: 0.5,
    optimizer: { type: "adam", epsilon: 1e-5 },
    network: { convolution: [], hidden: [64, 64], activation: "tanh", layerNorm: false, initializer: "orthogonal" },
    sharedNetwork: false,
    distribution: null,
    recurrent: null,
    rescaleObservations: false,
    normalizeObservations: false,
    normalizeRewards: false,
  },
  presets: PPO_PRESETS,
  complete: (where, settings, workplace) => {
    const { clip, valueClip, targetKl } = settings;
    checkSchedule(where, "clip", clip, { min: 0 });
    if (valueClip !== null) checkSchedule(where, "valueClip", valueClip, { min: 0 });
    if (targetKl !== null) requireNumber(where, "targetKl", targetKl, { above: 0 }, "Use null for no limit.");
    return completePolicySettings(where, settings, workplace);
  },
};

/** How much further than its target the divergence may go, as in Stable-Baselines3. */
const KL_MARGIN = 1.5;

export class PPO extends PolicyAgent<PPOSettings> {
  // Planned with the rollout.
  #policyLoss!: PolicyLoss;
  #valueLoss!: ValueLoss;

  /**
   * @param workplace a vector environment in mode "same-step", a single environment, or `{ observationSpace, actionSpace }`
   *   for callers who own their loop
   * @param isPolicy used by `load`: the agent is there to act, and plans its rollout when it first explores
   * @throws TypeError or RangeError when an option is unknown or out of range, or does not fit the actions
   */
  constructor(workplace: Workplace, options: PPOOptions = {}, isPolicy: boolean = false) {
    super(VARIANT, workplace, readSettings(workplace, options), options);
    if (!isPolicy) this.planRollout();
  }

  /**
   * An agent from `save`'s bytes. From a "run" file it goes on bit for bit as the saved one would have; a "policy" file
   * acts, and starts a fresh optimizer and rollout if it is trained on.
   * @param options.env what to go on in; without it the agent acts, observes and updates
   * @throws CheckpointError when the bytes are damaged, of another algorithm, or do not fit the environment
   */
  static load(bytes: Uint8Array, options: LoadOptions = {}): PPO {
    const specs = (workplace: Workplace, settings: SettingsOf<PPOOptions>): Parameters["specs"] =>
      policyParameters(VARIANT.name, workplace, settings as unknown as PPOSettings);
    return openRollout(VARIANT, bytes, options, specs, (...given) => new PPO(...given));
  }

  /** How many environments the options, or the preset of `workplace`, ask for: the size of the vector to build. */
  static environments(workplace: Workplace, options: PPOOptions = {}): number {
    return plannedEnvironments(VARIANT, workplace, options);
  }

  protected override planUpdates(rollout: PolicyRollout): void {
    super.planUpdates(rollout);
    const { batch, surrogateMetrics: metrics, settings } = this;
    this.#policyLoss = { ...batch, clip: 0, metrics };
    this.#valueLoss = this.planValueLoss(settings.valueClip === null ? null : batch.oldValue);
  }

  protected learnMinibatch(rollout: PolicyRollout, first: number): boolean {
    const { backend, batch, batchAction, minibatchSize, settings } = this;
    const { actionDistribution, policyLoss } = backend;
    const { clip, targetKl, valueClip } = settings;
    this.gather(rollout, first, minibatchSize);
    this.actorCritic.forward(this.features(), batch.space);
    actionDistribution.evaluate(
      minibatchSize,
      batch.space.distribution,
      batchAction,
      batch.logProbability,
      batch.entropy,
    );

    this.#policyLoss.clip = this.valueNow(clip)[0];
    policyLoss.surrogate(minibatchSize, this.#policyLoss);
    if (
      targetKl !== null &&
      backend.latest(this.surrogateMetrics, SurrogateMetric.approximateKl) > KL_MARGIN * targetKl
    ) {
      return false;
    }
    if (valueClip !== null) this.#valueLoss.clip = this.valueNow(valueClip)[0];
    policyLoss.value(minibatchSize, this.#valueLoss);
    this.descend(minibatchSize);
    return true;
  }

  protected override metrics(): Record<string, number> {
    const { backend, surrogateMetrics, updates } = this;
    const of = (column: number): number => (updates > 0 ? backend.latest(surrogateMetrics, column) : Number.NaN);
    return {
      ...super.metrics(),
      approximateKl: of(SurrogateMetric.approximateKl),
      clipFraction: of(SurrogateMetric.clipFraction),
    };
  }
}

function readSettings(workplace: Workplace, options: PPOOptions): PPOSettings {
  return readRolloutSettings(VARIANT, workplace, options) as unknown as PPOSettings;
}
