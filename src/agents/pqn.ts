// PQN, parallelised Q-learning (Gallici et al. 2025, https://arxiv.org/abs/2407.04811): Q-learning from many environments at
// once, without replay and without a target network. Layer normalisation keeps it stable; Q(lambda) returns, computed
// backwards through each rollout, take the place of old experience.

import type { ActOptions } from "../agent.ts";
import { requireNumber } from "../errors.ts";
import { encodeSafetensors } from "../formats/safetensors.ts";
import { imageOf } from "../nn/image.ts";
import { Network, type NetworkKind, networkSpecs, type Workspace } from "../nn/network.ts";
import { createOptimizer } from "../nn/optimizer.ts";
import { matchWeights, readStateDict, type WeightImportOptions } from "../nn/state-dict.ts";
import type { Parameters, Tensor } from "../operations/handles.ts";
import type { LambdaReturns } from "../operations/rollout.ts";
import { VALUE_METRICS, ValueMetric, type ValueRegression } from "../operations/value-loss.ts";
import { flatSize, type Space, type SpaceValue } from "../space.ts";
import { type ActionMasks, allowedAction, countAllowed } from "../training/action-mask.ts";
import type { MetricColumn } from "../training/metric-columns.ts";
import { type LoadOptions, openRollout } from "../training/open-rollout.ts";
import { parameterTensors } from "../training/parameter-tensors.ts";
import type { Rollout } from "../training/rollout.ts";
import { type Model, RolloutAgent } from "../training/rollout-agent.ts";
import {
  type MinibatchOptions,
  plannedEnvironments,
  type RolloutOptions,
  type RolloutVariant,
  readRolloutSettings,
  type SettingsOf,
} from "../training/rollout-options.ts";
import { checkSchedule, type Schedule, scheduleValue } from "../training/schedule.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { requireDiscrete } from "../training/transition-check.ts";
import { PQN_PRESETS } from "./pqn-presets.ts";

/** Defaults and their sources: docs/agents/pqn.md. */
export interface PQNOptions extends RolloutOptions, MinibatchOptions {
  /** How far returns look before they trust the network, in 0 .. 1: 0 one step, 1 to the end of the episode or rollout. */
  readonly lambda?: number;
  /** Probability of a uniformly random action. [linear from 1 to 0.05 over the first half] */
  readonly epsilon?: Schedule;
}

export type PQNSettings = SettingsOf<PQNOptions>;

/** Epsilon is resolved to one in so many. */
const DRAWS = 16_777_216;

const VARIANT: RolloutVariant<PQNOptions> = {
  name: "PQN",
  algorithm: "pqn",
  // CleanRL's pqn.py.
  defaults: {
    seed: 0,
    totalSteps: 500_000,
    environments: 1,
    rolloutSteps: 128,
    epochs: 4,
    minibatches: 4,
    discount: 0.99,
    lambda: 0.65,
    learningRate: { type: "linear", from: 2.5e-4, to: 0, fraction: 1 },
    maxGradientNorm: 10,
    epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.5 },
    optimizer: { type: "radam" },
    network: { convolution: [], hidden: [120, 84], activation: "relu", layerNorm: true, initializer: "pytorch-linear" },
    rescaleObservations: false,
    normalizeObservations: false,
    normalizeRewards: false,
  },
  presets: PQN_PRESETS,
  complete: (where, settings) => {
    requireNumber(where, "lambda", settings.lambda, { min: 0, max: 1 }, "0 looks one step ahead, 1 to the end.");
    checkSchedule(where, "epsilon", settings.epsilon, { min: 0, max: 1 });
    return settings;
  },
};

/** @throws TypeError or RangeError when the observations are not the images that convolutions need */
function networkKind(space: Space, { network, rescaleObservations }: PQNSettings): NetworkKind {
  return { image: imageOf("PQN", space, network.convolution, rescaleObservations) };
}

export class PQN extends RolloutAgent<PQNSettings> {
  protected readonly models: readonly Model[];
  readonly #n: number;
  readonly #online: Network;
  readonly #gradients: Parameters;
  readonly #actSpace: Workspace;
  /** [1, 2] */
  readonly #metrics: Tensor;
  // Planned with the rollout.
  #space!: Workspace;
  #returns!: LambdaReturns;
  #target!: Tensor;
  #regression!: ValueRegression;

  /**
   * @param workplace a vector environment in mode "same-step", a single environment, or `{ observationSpace, actionSpace }`
   *   for callers who own their loop
   * @param isPolicy used by `load`: the agent is there to act, and plans its rollout when it is first given experience
   * @throws TypeError or RangeError when an option is unknown or out of range, or the actions are not Discrete
   */
  constructor(workplace: Workplace, options: PQNOptions = {}, isPolicy: boolean = false) {
    const settings = readRolloutSettings(VARIANT, workplace, options);
    const { n } = requireDiscrete(VARIANT.name, workplace);
    super(VARIANT, workplace, settings, options);
    const { backend } = this;
    const { size } = this.encoder;
    this.#n = n;
    this.#online = new Network(backend, size, n, settings.network, networkKind(this.observationSpace, settings));
    this.#gradients = backend.parameters(this.#online.specs);
    const optimizer = createOptimizer(backend, this.#online.specs, settings.optimizer);
    this.models = [{ prefix: "", network: this.#online, optimizer }];
    this.#online.initialize(backend.random.stream(settings.seed, "init"));
    this.#actSpace = this.#online.workspace(this.actInput.rows, false);
    this.#metrics = backend.tensor(1, VALUE_METRICS);
    if (!isPolicy) this.planRollout();
  }

  /**
   * An agent from `save`'s bytes. From a "run" file it goes on bit for bit as the saved one would have; a "policy" file
   * acts, and starts a fresh optimizer and rollout if it is trained on.
   * @param options.env what to go on in; without it the agent acts, observes and updates
   * @throws CheckpointError when the bytes are damaged, of another algorithm, or do not fit the environment
   */
  static load(bytes: Uint8Array, options: LoadOptions = {}): PQN {
    const specs = (workplace: Workplace, settings: PQNSettings): Parameters["specs"] => {
      const { observationSpace } = workplace;
      const { n } = requireDiscrete(VARIANT.name, workplace);
      return networkSpecs(flatSize(observationSpace), n, settings.network, networkKind(observationSpace, settings));
    };
    return openRollout(VARIANT, bytes, options, specs, (...given) => new PQN(...given));
  }

  /** How many environments the options, or the preset of `workplace`, ask for: the size of the vector to build. */
  static environments(workplace: Workplace, options: PQNOptions = {}): number {
    return plannedEnvironments(VARIANT, workplace, options);
  }

  /** Probability of a random action now. */
  get epsilon(): number {
    return scheduleValue(this.settings.epsilon, this.now());
  }

  override act(observation: SpaceValue, options?: ActOptions): number {
    return super.act(observation, options) as number;
  }

  protected choose(rows: number, explore: boolean, masks: ActionMasks | null, actions: Float32Array): void {
    const { backend } = this;
    const q = this.#online.forward(this.actInput, this.#actSpace, rows);
    for (let row = 0; row < rows; row++) {
      masks?.select(row);
      const isRandom = explore && this.#explores();
      actions[row] = isRandom
        ? this.#randomAction(masks)
        : backend.rows.argmax(row, q, masks === null ? null : masks.rowTensor);
    }
  }

  /** A uniformly random action among all, or among those that the selected mask allows. */
  #randomAction(masks: ActionMasks | null): number {
    if (masks === null) return this.backend.random.index(this.exploration, this.#n);
    return allowedAction(masks.row, this.backend.random.index(this.exploration, countAllowed(masks.row)));
  }

  /** Whether the next action is a uniformly random one. One draw: of an integer, since a fraction may be a heap object. */
  #explores(): boolean {
    return this.backend.random.index(this.exploration, DRAWS) < this.valueNow(this.settings.epsilon)[0] * DRAWS;
  }

  protected planUpdates({ shape, tensors }: Rollout): void {
    const { backend, minibatchSize } = this;
    const { discount, lambda } = this.settings;
    const perStep = (): Tensor => backend.tensor(shape.steps, shape.environments);
    const { reward, terminated, truncated } = tensors;
    this.#returns = {
      reward,
      terminated,
      truncated,
      discount,
      lambda,
      nextMaxQ: perStep(),
      returns: perStep(),
    };
    this.#space = this.#online.workspace(minibatchSize, true);
    this.#target = backend.tensor(minibatchSize, 1);
    this.#regression = {
      q: this.#space.output,
      action: this.batchAction,
      target: this.#target,
      weight: null,
      loss: "mse",
      dQ: backend.tensor(minibatchSize, this.#n),
      absError: backend.tensor(minibatchSize, 1),
      metrics: this.#metrics,
    };
  }

  protected prepared(): { returns: Tensor } {
    return { returns: this.#returns.returns };
  }

  /**
   * G[t] = reward + discount (lambda G[t + 1] + (1 - lambda) max_a Q(next, a)) within an episode; where it terminated reward
   * alone, where it was truncated, or the rollout ends, reward + discount max_a Q(next, a) of the state it was left in.
   */
  protected prepare({ shape, tensors }: Rollout): void {
    const { backend, batchObservation, minibatchSize, order } = this;
    const { nextMaxQ } = this.#returns;
    this.orderAsCollected();
    for (let first = 0; first < order.columns; first += minibatchSize) {
      const rows = Math.min(minibatchSize, order.columns - first);
      backend.rows.gather(rows, order, first, tensors.nextObservation, batchObservation);
      backend.rows.maximum(rows, this.#online.forward(batchObservation, this.#space, rows), first, nextMaxQ);
    }
    backend.rollout.lambdaReturns(shape.steps, this.#returns);
  }

  protected learnMinibatch({ tensors }: Rollout, first: number): boolean {
    const { backend, batchAction, batchObservation, minibatchSize, order, settings } = this;
    const online = this.#online;
    backend.rows.gather(minibatchSize, order, first, tensors.observation, batchObservation);
    backend.rows.gather(minibatchSize, order, first, tensors.action, batchAction);
    backend.rows.gather(minibatchSize, order, first, this.#returns.returns, this.#target);
    online.forward(batchObservation, this.#space);
    backend.valueLoss.regression(minibatchSize, this.#regression);
    online.backward(batchObservation, this.#space, this.#regression.dQ, this.#gradients);
    if (settings.maxGradientNorm !== null) {
      backend.vectors.clipNorm(this.#gradients, settings.maxGradientNorm, this.norm);
    }
    this.requireFinite();
    this.models[0].optimizer.step(online.parameters, this.#gradients, this.valueNow(settings.learningRate)[0]);
    return true;
  }

  /** Q(observation, action), one per action. */
  qValues(observation: SpaceValue): Float32Array {
    this.requireUsable("qValues");
    this.show("qValues", observation);
    const q = this.#online.forward(this.actInput, this.#actSpace, 1);
    return (this.backend.read(q) as Float32Array).slice(0, this.#n);
  }

  /** The trained network alone, named and laid out as PyTorch's nn.Sequential state_dict, as safetensors. */
  exportWeights(): Uint8Array {
    this.requireUsable("exportWeights");
    return encodeSafetensors(parameterTensors(this.backend, "", this.#online.parameters), {});
  }

  /**
   * Takes over weights that PyTorch (or anything else) saved as safetensors.
   * @throws CheckpointError when names or shapes do not fit; nothing changes then
   */
  importWeights(bytes: Uint8Array, options: WeightImportOptions = {}): void {
    this.requireUsable("importWeights");
    const values = matchWeights(this.#online.specs, readStateDict(bytes), options);
    for (const [i, value] of values.entries()) this.backend.writeParameter(this.#online.parameters, i, value);
  }

  protected requireFinite(): void {
    this.requireFiniteMetric("loss", this.#metrics);
    this.requireFiniteNorm();
  }

  protected metricColumns(): readonly MetricColumn[] {
    return [
      { tensor: this.#metrics, column: ValueMetric.loss },
      { tensor: this.#metrics, column: ValueMetric.meanQ },
      { tensor: this.norm, column: 0 },
      { tensor: this.norm, column: 1 },
    ];
  }

  protected metrics(): Record<string, number> {
    const { backend, norm, settings, updates } = this;
    const has = updates > 0;
    const clips = has && settings.maxGradientNorm !== null;
    return {
      loss: has ? backend.latest(this.#metrics, ValueMetric.loss) : Number.NaN,
      meanQ: has ? backend.latest(this.#metrics, ValueMetric.meanQ) : Number.NaN,
      gradientNorm: clips ? backend.latest(norm, 0) : Number.NaN,
      epsilon: this.epsilon,
      learningRate: this.learningRate,
    };
  }
}
