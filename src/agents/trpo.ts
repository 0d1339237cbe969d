// TRPO, trust region policy optimisation (Schulman et al. 2015, https://arxiv.org/abs/1502.05477): from every rollout one step
// of the policy, as far as its divergence from the policy that acted allows. The direction is the natural gradient
// s = F^-1 g, g the gradient of the surrogate, F the Fisher information; its length sqrt(2 targetKl / s'F s) is shortened until
// the divergence is within bounds and the surrogate better. The value function then follows by epochs of its own optimizer.
//
// Letters: B transitions of a rollout, A advantages.

import { requireNumber } from "../errors.ts";
import { ConjugateGradient, type LinearMap } from "../nn/conjugate-gradient.ts";
import { FisherProduct } from "../nn/fisher-product.ts";
import { PolicyNetwork, type PolicyWorkspace } from "../nn/policy-network.ts";
import type { Parameters, Tensor } from "../operations/handles.ts";
import { type PolicyLoss, SurrogateMetric, type ValueLoss } from "../operations/policy-loss.ts";
import { type LoadOptions, openRollout } from "../training/open-rollout.ts";
import { PolicyAgent, type PolicyRollout, policyParameters } from "../training/policy-agent.ts";
import { completePolicySettings, type PolicyOptions, type PolicySettingsOf } from "../training/policy-options.ts";
import {
  type MinibatchOptions,
  plannedEnvironments,
  type RolloutVariant,
  readRolloutSettings,
  type SettingsOf,
} from "../training/rollout-options.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { TRPO_PRESETS } from "./trpo-presets.ts";

/** Defaults and their sources: docs/agents/trpo.md. Epochs, minibatches, optimizer and learning rate are the value's. */
export interface TRPOOptions extends PolicyOptions, MinibatchOptions {
  /** Largest mean KL divergence from the policy that acted to the next one; the paper's delta, above 0. [0.01] */
  readonly targetKl?: number;
  /** Most iterations of conjugate gradient, each with one product of the Fisher information; at least 1. [15] */
  readonly cgIterations?: number;
  /** Added to the diagonal of the Fisher information, at least 0. [0.1] */
  readonly cgDamping?: number;
  /** Lengths that are tried before the policy stays as it is; at least 1. [10] */
  readonly lineSearchSteps?: number;
  /** Each of them over the one before, in 0 .. 1, neither included. [0.8] */
  readonly lineSearchShrink?: number;
  /** One in so many transitions, drawn at random, is in the Fisher information. [1] */
  readonly fisherSubsampling?: number;
}

export type TRPOSettings = PolicySettingsOf<TRPOOptions> & Required<MinibatchOptions>;

const VARIANT: RolloutVariant<TRPOOptions> = {
  name: "TRPO",
  algorithm: "trpo",
  // Stable-Baselines3 Contrib's, for one environment.
  defaults: {
    seed: 0,
    totalSteps: 1_000_000,
    environments: 1,
    rolloutSteps: 2048,
    targetKl: 0.01,
    cgIterations: 15,
    cgDamping: 0.1,
    lineSearchSteps: 10,
    lineSearchShrink: 0.8,
    fisherSubsampling: 1,
    epochs: 10,
    minibatches: 16,
    discount: 0.99,
    advantage: { type: "gae", lambda: 0.95 },
    normalizeAdvantages: true,
    valueCoefficient: 1,
    entropyCoefficient: 0,
    learningRate: 1e-3,
    maxGradientNorm: null,
    optimizer: { type: "adam" },
    network: { convolution: [], hidden: [64, 64], activation: "tanh", layerNorm: false, initializer: "orthogonal" },
    sharedNetwork: false,
    distribution: null,
    rescaleObservations: false,
    normalizeObservations: false,
    normalizeRewards: false,
  },
  presets: TRPO_PRESETS,
  complete: (where, settings, workplace) => {
    const { cgIterations, cgDamping, fisherSubsampling, lineSearchShrink, lineSearchSteps, targetKl } = settings;
    const count = { integer: true, min: 1 };
    requireNumber(where, "targetKl", targetKl, { above: 0 }, "It bounds how far a rollout moves the policy.");
    requireNumber(where, "cgIterations", cgIterations, count, "It counts products of the Fisher information.");
    requireNumber(where, "cgDamping", cgDamping, { min: 0 }, "It is added to the Fisher information.");
    requireNumber(where, "lineSearchSteps", lineSearchSteps, count, "It counts lengths that are tried.");
    const share = { above: 0, below: 1 };
    requireNumber(where, "lineSearchShrink", lineSearchShrink, share, "Each length tried is this share of the last.");
    const most = { integer: true, min: 1, max: settings.rolloutSteps * settings.environments };
    requireNumber(where, "fisherSubsampling", fisherSubsampling, most, "1 takes all transitions.");
    if (settings.sharedNetwork) {
      throw new RangeError(
        `${where}: sharedNetwork expected false, got true. Updates of the value would move the policy beyond its bound.`,
      );
    }
    if (settings.optimizer.type === "adamw") {
      throw new RangeError(
        `${where}: optimizer.type expected adam, radam, rmsprop or sgd, got "adamw". Its decay would move the policy too.`,
      );
    }
    return completePolicySettings(where, settings, workplace);
  },
};

/** Of a rollout as a whole, in random order: what the policy's step is made from. */
interface Step {
  /** [B, observation size] and [B, action size] */
  readonly observation: Tensor;
  readonly action: Tensor;
  readonly space: PolicyWorkspace;
  /** ratio A, its gradient, and the policy's entropy; never clipped. */
  readonly surrogate: PolicyLoss;
  /** [B, 1], from the policy that acted. */
  readonly divergence: Tensor;
  readonly divergences: Float32Array;
  /** Of the policy's parameters; those of the value are 0 in all of them. */
  readonly gradient: Parameters;
  readonly direction: Parameters;
  readonly product: Parameters;
  /** [1, 1], of a dot product. */
  readonly result: Tensor;
  /** (F + damping) v */
  readonly curvature: LinearMap;
  readonly fisher: FisherProduct;
  readonly solver: ConjugateGradient;
  /** The policy that acted, with parameters of its own. */
  readonly old: PolicyNetwork;
  readonly oldSpace: PolicyWorkspace;
}

export class TRPO extends PolicyAgent<TRPOSettings> {
  // Planned with the rollout.
  #step!: Step;
  #valueLoss!: ValueLoss;

  /**
   * @param workplace a vector environment in mode "same-step", a single environment, or `{ observationSpace, actionSpace }`
   *   for callers who own their loop
   * @param isPolicy used by `load`: the agent is there to act, and plans its rollout when it first explores
   * @throws TypeError or RangeError when an option is unknown or out of range, or does not fit the actions
   */
  constructor(workplace: Workplace, options: TRPOOptions = {}, isPolicy: boolean = false) {
    super(VARIANT, workplace, readSettings(workplace, options), options);
    if (!isPolicy) this.planRollout();
  }

  /**
   * An agent from `save`'s bytes. From a "run" file it goes on bit for bit as the saved one would have; a "policy" file
   * acts, and starts a fresh optimizer and rollout if it is trained on.
   * @param options.env what to go on in; without it the agent acts, observes and updates
   * @throws CheckpointError when the bytes are damaged, of another algorithm, or do not fit the environment
   */
  static load(bytes: Uint8Array, options: LoadOptions = {}): TRPO {
    const specs = (workplace: Workplace, settings: SettingsOf<TRPOOptions>): Parameters["specs"] =>
      policyParameters(VARIANT.name, workplace, settings as unknown as TRPOSettings);
    return openRollout(VARIANT, bytes, options, specs, (...given) => new TRPO(...given));
  }

  /** How many environments the options, or the preset of `workplace`, ask for: the size of the vector to build. */
  static environments(workplace: Workplace, options: TRPOOptions = {}): number {
    return plannedEnvironments(VARIANT, workplace, options);
  }

  protected override planUpdates(rollout: PolicyRollout): void {
    super.planUpdates(rollout);
    const { batch, settings, valueMetrics } = this;
    this.#step = this.#planStep(rollout.slots);
    this.#valueLoss = {
      value: batch.space.value,
      target: batch.returns,
      oldValue: null,
      clip: 0,
      weight: settings.valueCoefficient,
      dValue: batch.space.dValue!,
      metrics: valueMetrics,
    };
  }

  #planStep(B: number): Step {
    const { actorCritic, backend, settings } = this;
    const { policy, specs } = actorCritic;
    const observation = backend.tensor(B, this.encoder.size);
    const column = (): Tensor => backend.tensor(B, 1);
    // The surrogate's gradient, then the products' parts: a workspace writes into the block that it was planned with.
    const gradient = backend.parameters(specs);
    const space = policy.workspace(B, gradient);
    const old = new PolicyNetwork(backend, policy.plan, {
      parameters: backend.parameters(specs),
      firstSpec: 0,
      prefix: "policy.",
    });
    const fisher = new FisherProduct(backend, policy, space, gradient);
    const sampled = Math.floor(B / settings.fisherSubsampling);
    return {
      observation,
      action: backend.tensor(B, this.actions.size),
      space,
      surrogate: {
        logProbability: column(),
        oldLogProbability: column(),
        advantage: column(),
        entropy: column(),
        clip: Number.POSITIVE_INFINITY,
        dLogProbability: column(),
        metrics: this.surrogateMetrics,
      },
      divergence: column(),
      divergences: new Float32Array(B),
      gradient,
      direction: backend.parameters(specs),
      product: backend.parameters(specs),
      result: backend.tensor(1, 1),
      curvature: (v, product) => {
        fisher.multiply(observation, v, product, sampled);
        backend.vectors.combine(product, 1, v, settings.cgDamping);
      },
      fisher,
      solver: new ConjugateGradient(backend, specs),
      old,
      oldSpace: old.workspace(B, null),
    };
  }

  /** Advantages, then the policy's step: values are still those that the advantages were estimated with. */
  protected override prepare(rollout: PolicyRollout): void {
    super.prepare(rollout);
    this.#gatherAll(rollout);
    this.#stepPolicy();
  }

  /** One update of the value, from a part of the rollout. */
  protected learnMinibatch({ tensors }: PolicyRollout, first: number): boolean {
    const { actorCritic, backend, batch, batchObservation, minibatchSize, order, settings } = this;
    backend.rows.gather(minibatchSize, order, first, tensors.observation, batchObservation);
    backend.rows.gather(minibatchSize, order, first, this.prepared().returns, batch.returns);
    actorCritic.forwardValue(batchObservation, batch.space);
    backend.policyLoss.value(minibatchSize, this.#valueLoss);
    // Gradients of the policy stay 0 here, so that the optimizer leaves it alone.
    actorCritic.backwardValue(batchObservation, batch.space);
    if (settings.maxGradientNorm !== null) {
      backend.vectors.clipNorm(actorCritic.gradients, settings.maxGradientNorm, this.norm);
    }
    this.requireFinite();
    const [{ optimizer }] = this.models;
    optimizer.step(actorCritic.parameters, actorCritic.gradients, this.valueNow(settings.learningRate)[0]);
    return true;
  }

  #gatherAll({ slots, tensors, remembered, mask }: PolicyRollout): void {
    const { backend, order } = this;
    const { rows } = backend;
    const { observation, action, space, oldSpace, surrogate } = this.#step;
    // In random order the first ones are a random part.
    this.beginEpoch();
    rows.gather(slots, order, 0, tensors.observation, observation);
    rows.gather(slots, order, 0, tensors.action, action);
    rows.gather(slots, order, 0, this.prepared().advantage, surrogate.advantage);
    rows.gather(slots, order, 0, remembered.logProbability.tensor, surrogate.oldLogProbability!);
    if (this.settings.normalizeAdvantages) rows.standardize(slots, surrogate.advantage);
    for (const { distribution } of [space, oldSpace]) {
      if (distribution.family !== "categorical" || mask === null) continue;
      distribution.mask ??= backend.tensor(slots, mask.columns);
      rows.gather(slots, order, 0, mask, distribution.mask);
    }
  }

  /** Moves the policy along the natural gradient, or leaves it where no length tried is good enough. */
  #stepPolicy(): void {
    const { actorCritic, backend, settings } = this;
    const { entropyCoefficient, lineSearchShrink, lineSearchSteps, targetKl } = settings;
    const { parameters } = actorCritic;
    const { observation, action, space, oldSpace, surrogate, gradient, direction, old } = this.#step;
    backend.vectors.copy(old.parameters, parameters);
    old.forward(observation, oldSpace);
    const before = this.#loss();
    this.requireFiniteMetric("policy loss", this.surrogateMetrics);

    const dEntropy = -this.valueNow(entropyCoefficient)[0] / space.rows;
    backend.actionDistribution.gradient(space.rows, space.distribution, action, surrogate.dLogProbability, dEntropy);
    actorCritic.policy.backward(observation, space, gradient);
    let length = this.#solve();
    for (let tried = 0; length > 0 && tried < lineSearchSteps; tried++) {
      backend.vectors.copy(parameters, old.parameters);
      backend.vectors.combine(parameters, 1, direction, -length);
      if (this.#loss() < before && this.#divergence() <= targetKl) return;
      length *= lineSearchShrink;
    }
    backend.vectors.copy(parameters, old.parameters);
    this.#loss();
  }

  /**
   * direction = (F + damping)^-1 gradient, as far as the iterations get.
   * @returns the length at which the divergence would be targetKl, were it its second-order expansion; 0 where there is no
   *   direction
   */
  #solve(): number {
    const { backend, settings } = this;
    const { curvature, direction, fisher, gradient, product, result, solver } = this.#step;
    fisher.hold();
    solver.solve(curvature, gradient, direction, settings.cgIterations);
    curvature(direction, product);
    backend.vectors.dot(direction, product, result, 0);
    const square = backend.latest(result, 0);
    return square > 0 ? Math.sqrt((2 * settings.targetKl) / square) : 0;
  }

  /** The surrogate's loss, less what the entropy adds, of the policy as it is now; into the metrics too. */
  #loss(): number {
    const { actorCritic, backend, settings, surrogateMetrics } = this;
    const { observation, action, space, surrogate } = this.#step;
    const { rows, distribution } = space;
    actorCritic.policy.forward(observation, space);
    backend.actionDistribution.evaluate(rows, distribution, action, surrogate.logProbability, surrogate.entropy);
    backend.policyLoss.surrogate(rows, surrogate);
    const entropy = backend.latest(surrogateMetrics, SurrogateMetric.entropy);
    return (
      backend.latest(surrogateMetrics, SurrogateMetric.loss) - this.valueNow(settings.entropyCoefficient)[0] * entropy
    );
  }

  /** Mean divergence from the policy that acted to the one of the last `#loss`. */
  #divergence(): number {
    const { divergence, divergences, oldSpace, space } = this.#step;
    const { rows } = space;
    this.backend.actionDistribution.divergence(rows, oldSpace.distribution, space.distribution, divergence);
    this.backend.latestRows(divergence, rows, divergences);
    let sum = 0;
    for (let b = 0; b < rows; b++) sum += divergences[b];
    return sum / rows;
  }

  protected override metrics(): Record<string, number> {
    const { backend, surrogateMetrics: metrics, updates } = this;
    const approximateKl = updates > 0 ? backend.latest(metrics, SurrogateMetric.approximateKl) : Number.NaN;
    return { ...super.metrics(), approximateKl };
  }
}

function readSettings(workplace: Workplace, options: TRPOOptions): TRPOSettings {
  return readRolloutSettings(VARIANT, workplace, options) as unknown as TRPOSettings;
}
