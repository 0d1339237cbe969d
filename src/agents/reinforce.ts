// REINFORCE (Williams 1992, https://doi.org/10.1007/BF00992696): the policy becomes more likely to do what whole episodes show to
// have paid, with the value of the observation as a baseline or without one.

import { requireNumber, show } from "../errors.ts";
import type { Parameters } from "../operations/handles.ts";
import type { PolicyLoss, ValueLoss } from "../operations/policy-loss.ts";
import { type LoadOptions, openRollout } from "../training/open-rollout.ts";
import { PolicyAgent, type PolicyRollout, policyParameters } from "../training/policy-agent.ts";
import { completePolicySettings, type PolicyOptions, type PolicySettingsOf } from "../training/policy-options.ts";
import { plannedEnvironments, type RolloutVariant, readRolloutSettings } from "../training/rollout-options.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { REINFORCE_PRESETS } from "./reinforce-presets.ts";

/** Defaults and their sources: docs/agents/reinforce.md. */
export interface ReinforceOptions extends Omit<PolicyOptions, "advantage" | "environments" | "rolloutSteps"> {
  /** Whole episodes that an update learns from. [1] */
  readonly episodesPerUpdate?: number;
  /** The most steps that an update learns from: an episode that is still running then is cut there. [2048] */
  readonly rolloutSteps?: number;
  /** Whether returns are compared with the value of the observation, which is learned beside the policy. [true] */
  readonly baseline?: boolean;
  /** Whole episodes leave no choice. */
  readonly advantage?: "monte-carlo";
  /** Episodes of one environment are learned from. */
  readonly environments?: 1;
}

export type ReinforceSettings = PolicySettingsOf<ReinforceOptions>;

const VARIANT: RolloutVariant<ReinforceOptions> = {
  name: "Reinforce",
  algorithm: "reinforce",
  defaults: {
    seed: 0,
    totalSteps: 100_000,
    environments: 1,
    rolloutSteps: 2048,
    episodesPerUpdate: 1,
    baseline: true,
    discount: 0.99,
    advantage: "monte-carlo",
    normalizeAdvantages: true,
    valueCoefficient: 0.5,
    entropyCoefficient: 0,
    learningRate: 1e-3,
    maxGradientNorm: null,
    optimizer: { type: "adam" },
    network: { convolution: [], hidden: [64], activation: "tanh", layerNorm: false, initializer: "orthogonal" },
    sharedNetwork: false,
    distribution: null,
    rescaleObservations: false,
    normalizeObservations: false,
    normalizeRewards: false,
  },
  presets: REINFORCE_PRESETS,
  complete: (where, settings, workplace) => {
    const { baseline, environments, episodesPerUpdate } = settings;
    const rule = { integer: true, min: 1 };
    requireNumber(where, "episodesPerUpdate", episodesPerUpdate, rule, "It counts whole episodes.");
    if (typeof baseline !== "boolean") {
      throw new TypeError(`${where}: baseline expected true or false, got ${show(baseline)}. Set options.baseline.`);
    }
    if (environments !== 1) {
      throw new RangeError(
        `${where}: environments expected 1, got ${environments}. It learns from whole episodes: pass a single environment.`,
      );
    }
    return completePolicySettings(where, settings, workplace, ["monte-carlo"]);
  },
};

export class Reinforce extends PolicyAgent<ReinforceSettings> {
  // Planned with the rollout.
  #policyLoss!: PolicyLoss;
  #valueLoss!: ValueLoss;
  #zeros!: Float32Array;

  /**
   * @param workplace a single environment, or `{ observationSpace, actionSpace }` for callers who own their loop
   * @param isPolicy used by `load`: the agent is there to act, and plans its rollout when it first explores
   * @throws TypeError or RangeError when an option is unknown or out of range, or does not fit the actions
   */
  constructor(workplace: Workplace, options: ReinforceOptions = {}, isPolicy: boolean = false) {
    super(
      VARIANT,
      workplace,
      readRolloutSettings(VARIANT, workplace, options) as unknown as ReinforceSettings,
      options,
    );
    if (!isPolicy) this.planRollout();
  }

  /**
   * An agent from `save`'s bytes. From a "run" file it goes on bit for bit as the saved one would have; a "policy" file
   * acts, and starts a fresh optimizer and rollout if it is trained on.
   * @param options.env what to go on in; without it the agent acts, observes and updates
   * @throws CheckpointError when the bytes are damaged, of another algorithm, or do not fit the environment
   */
  static load(bytes: Uint8Array, options: LoadOptions = {}): Reinforce {
    const specs = (workplace: Workplace, settings: object): Parameters["specs"] =>
      policyParameters(VARIANT.name, workplace, settings as ReinforceSettings);
    return openRollout(VARIANT, bytes, options, specs, (...given) => new Reinforce(...given));
  }

  /** Always one: how many environments the command line makes. */
  static environments(workplace: Workplace, options: ReinforceOptions = {}): number {
    return plannedEnvironments(VARIANT, workplace, options);
  }

  protected override planUpdates(rollout: PolicyRollout): void {
    super.planUpdates(rollout);
    this.#policyLoss = { ...this.batch, oldLogProbability: null, clip: 0, metrics: this.surrogateMetrics };
    this.#valueLoss = this.planValueLoss();
    this.#zeros = new Float32Array(rollout.slots);
  }

  /** With the last of the episodes, or when there is no room for more. */
  protected override isComplete(rollout: PolicyRollout): boolean {
    if (rollout.isFull) return true;
    if (!hasEnded(rollout, rollout.length - 1)) return false;
    let episodes = 0;
    for (let k = 0; k < rollout.length; k++) if (hasEnded(rollout, k)) episodes++;
    return episodes >= this.settings.episodesPerUpdate;
  }

  /** Without a baseline returns are compared with 0, and nothing follows what was cut. */
  protected override prepare(rollout: PolicyRollout): void {
    if (this.settings.baseline) {
      super.prepare(rollout);
      return;
    }
    this.orderAsCollected();
    this.backend.write(rollout.remembered.value.tensor, this.#zeros);
    this.estimateAdvantages();
  }

  /** All of it is learned from at once: its order does not matter. */
  protected override beginEpoch(): void {}

  protected learnMinibatch(rollout: PolicyRollout): boolean {
    const { batch, batchAction } = this;
    const { actionDistribution, policyLoss } = this.backend;
    const rows = rollout.length;
    this.gather(rollout, 0, rows);
    this.actorCritic.forward(this.features(), batch.space, rows);
    actionDistribution.evaluate(rows, batch.space.distribution, batchAction, batch.logProbability, batch.entropy);
    policyLoss.surrogate(rows, this.#policyLoss);
    // Without a baseline the values' gradient stays 0.
    if (this.settings.baseline) policyLoss.value(rows, this.#valueLoss);
    this.descend(rows);
    return true;
  }
}

function hasEnded({ terminated, truncated }: PolicyRollout, slot: number): boolean {
  return terminated[slot] !== 0 || truncated[slot] !== 0;
}
