// What agents that learn a policy and its value from rollouts have in common: networks, acting, advantages, and the
// minibatches that updates learn from. An algorithm says what an update makes of a minibatch.

import { exp } from "../engine/math.ts";
import type { Checkpoint, CheckpointTensor } from "../formats/checkpoint.ts";
import { encodeSafetensors } from "../formats/safetensors.ts";
import { createPolicyHead } from "../nn/action-distribution.ts";
import { ActorCritic, type ActorCriticPlan, type ActorCriticWorkspace, actorCriticSpecs } from "../nn/actor-critic.ts";
import { imageOf } from "../nn/image.ts";
import { featureSize } from "../nn/network.ts";
import { createOptimizer } from "../nn/optimizer.ts";
import { matchWeights, readStateDict, type WeightImportOptions } from "../nn/state-dict.ts";
import type { Parameters, Tensor } from "../operations/handles.ts";
import { SURROGATE_METRICS, SurrogateMetric, type ValueLoss } from "../operations/policy-loss.ts";
import { flatSize, type SpaceValue } from "../space.ts";
import type { ActionMasks } from "./action-mask.ts";
import { type AdvantageEstimator, createAdvantageEstimator } from "./advantage.ts";
import type { Policy } from "./evaluation.ts";
import { ExplorationMatrices } from "./exploration-matrices.ts";
import type { MetricColumn } from "./metric-columns.ts";
import { parameterTensors } from "./parameter-tensors.ts";
import type { PolicySettings } from "./policy-options.ts";
import { RecurrentMemory } from "./recurrent-memory.ts";
import { sequenceStepsOf } from "./recurrent-options.ts";
import type { Rollout } from "./rollout.ts";
import { type Model, RolloutAgent } from "./rollout-agent.ts";
import type { Hardware, RolloutNames } from "./rollout-options.ts";
import { scheduleValue } from "./schedule.ts";
import type { Workplace } from "./trainable-agent.ts";

/**
 * What is remembered of an action: ln of its probability, and the value of the observation, as they were then; of a policy
 * that remembers, its state before the observation.
 */
export type PolicyMemory = "logProbability" | "value" | "state";
export type PolicyRollout = Rollout<PolicyMemory>;

/** What an update learns from, beside observations and actions: gathered by `gather`. All [B, 1], but the mask. */
export interface PolicyBatch {
  readonly space: ActorCriticWorkspace;
  readonly advantage: Tensor;
  readonly returns: Tensor;
  /** As they were when the actions were chosen. */
  readonly oldLogProbability: Tensor;
  readonly oldValue: Tensor;
  /** Written by `actionDistribution.evaluate`: of the actions now. */
  readonly logProbability: Tensor;
  readonly entropy: Tensor;
  /** Written by `policyLoss.surrogate`. */
  readonly dLogProbability: Tensor;
}

export type PolicyDescription =
  | { readonly probabilities: Float32Array }
  | { readonly mean: Float32Array; readonly deviation: Float32Array };

/** @throws TypeError or RangeError when the observations are not the images that convolutions need, or actions are a Dict */
function policyPlan(
  where: string,
  { observationSpace, actionSpace }: Workplace,
  settings: PolicySettings,
): ActorCriticPlan {
  const { network, recurrent = null, rescaleObservations, distribution, sharedNetwork } = settings;
  const seen = flatSize(observationSpace);
  const inputs = recurrent === null ? seen : recurrent.units;
  const image = imageOf(where, observationSpace, network.convolution, rescaleObservations);
  return {
    inputs,
    memory: recurrent === null ? null : { inputs: seen, units: recurrent.units },
    image,
    network,
    head: createPolicyHead(actionSpace, distribution, featureSize(inputs, network, { image })),
    values: sharedNetwork,
  };
}

/** All that such an agent trains, for `openRollout`. */
export function policyParameters(where: string, workplace: Workplace, settings: PolicySettings): Parameters["specs"] {
  return actorCriticSpecs(policyPlan(where, workplace, settings));
}

export abstract class PolicyAgent<Settings extends PolicySettings> extends RolloutAgent<Settings, PolicyMemory> {
  protected readonly models: readonly Model[];
  protected readonly actorCritic: ActorCritic;
  /** Metrics of the two losses, [1, 4] and [1, 1]. */
  protected readonly surrogateMetrics: Tensor;
  protected readonly valueMetrics: Tensor;
  // Planned with the rollout.
  protected batch!: PolicyBatch;
  #nextValue!: Tensor;
  #estimator!: AdvantageEstimator;

  readonly #actSpace: ActorCriticWorkspace;
  /** Null where policies see nothing but the observation. */
  readonly #memory: RecurrentMemory | null;
  /** Null where every action is drawn by itself. */
  readonly #matrices: ExplorationMatrices | null;
  readonly #sequenceSteps: number;
  /** Of greedy acting: row i is of stream i more. */
  #firstStream = 0;
  /** Of the acting rows. */
  readonly #action: Tensor;
  readonly #squashed: Tensor | null;
  readonly #logProbability: Tensor;
  readonly #entropy: Tensor;

  constructor(names: RolloutNames, workplace: Workplace, settings: Settings, hardware: Hardware) {
    const { recurrent = null } = settings;
    const remembered = { logProbability: 1, value: 1, ...(recurrent === null ? {} : { state: recurrent.units }) };
    const steps = sequenceStepsOf(recurrent, settings);
    super(names, workplace, settings, hardware, remembered as Record<PolicyMemory, number>, steps);
    this.#sequenceSteps = steps;
    const { backend } = this;
    this.actorCritic = new ActorCritic(backend, policyPlan(names.name, workplace, settings));
    const optimizer = createOptimizer(backend, this.actorCritic.specs, settings.optimizer);
    this.models = [{ prefix: "", network: this.actorCritic, optimizer }];
    this.actorCritic.initialize(backend.random.stream(settings.seed, "init"));

    this.surrogateMetrics = backend.tensor(1, SURROGATE_METRICS);
    this.valueMetrics = backend.tensor(1, 1);
    const { rows } = this.actInput;
    this.#actSpace = this.actorCritic.workspace(rows, false);
    const { memory } = this.actorCritic;
    this.#memory = memory === null ? null : new RecurrentMemory(backend, memory, settings.environments, rows);
    this.#matrices = this.#planExploration();
    this.#action = backend.tensor(rows, this.actions.size);
    this.#squashed = settings.distribution?.squashed ? backend.tensor(rows, this.actions.size) : null;
    this.#logProbability = backend.tensor(rows, 1);
    this.#entropy = backend.tensor(rows, 1);
  }

  #planExploration(): ExplorationMatrices | null {
    const { distribution, environments, rolloutSteps } = this.settings;
    const { noise } = this.#actSpace.policySpace.head;
    if (noise === null || distribution?.type !== "gsde") return null;
    const periodSteps = Math.min(distribution.sampleEverySteps ?? rolloutSteps, rolloutSteps);
    return new ExplorationMatrices(this.backend, this.exploration, noise, environments, periodSteps);
  }

  // --- acting --------------------------------------------------------------------------------------------------------

  protected choose(
    rows: number,
    explore: boolean,
    masks: ActionMasks | null,
    actions: Float32Array,
    rollout: PolicyRollout | null,
  ): void {
    const { backend } = this;
    const { actionDistribution } = backend;
    const { distribution, value } = this.#actSpace;
    const seen = this.#seen(rows, explore, rollout);
    if (rollout === null) this.actorCritic.forwardPolicy(seen, this.#actSpace, rows);
    else this.actorCritic.forward(seen, this.#actSpace, rows);
    if (distribution.family === "categorical") distribution.mask = masks === null ? null : masks.tensor;
    const matrices = explore ? this.#matrices : null;
    actionDistribution.sample(explore && matrices === null ? this.exploration : null, rows, distribution, this.#action);
    if (matrices !== null) {
      const features = this.actorCritic.policy.features(seen, this.#actSpace.policySpace);
      matrices.explore(rows, features, rollout, this.#action);
    }
    backend.latestRows(this.#action, rows, actions);
    if (rollout === null) return;
    actionDistribution.evaluate(rows, distribution, this.#action, this.#logProbability, this.#entropy);
    backend.latestRows(this.#logProbability, rows, rollout.remembered.logProbability.values, rollout.length);
    backend.latestRows(value, rows, rollout.remembered.value.values, rollout.length);
  }

  /** What the networks see of the rows acted on: the observations, or the states after them. */
  #seen(rows: number, explore: boolean, rollout: PolicyRollout | null): Tensor {
    if (this.#memory === null) return this.actInput;
    if (explore) return this.#memory.explore(this.actInput, rows, rollout);
    return this.#memory.recall(this.actInput, rows, this.#firstStream, true);
  }

  protected override follow(first: number, rows: number, starts?: ArrayLike<number | boolean>): void {
    this.#firstStream = first;
    for (let i = first; i < first + rows; i++) if (starts?.[i]) this.#memory?.forgetStream(i);
  }

  protected override stepTaken(environment: number, ended: boolean): void {
    this.#memory?.advance(environment, ended);
    this.#matrices?.advance(environment);
  }

  protected override rolloutOver(): void {
    this.#matrices?.restart();
  }

  override forgetEpisode(): void {
    super.forgetEpisode();
    this.#memory?.forget();
  }

  protected override greedyPolicy(): Policy {
    const memory = this.#memory;
    if (memory === null) return super.greedyPolicy();
    const own = memory.newStream();
    return (observation, episodeStart) => {
      const { streams } = memory;
      memory.streams = own;
      try {
        return this.act(observation, { episodeStart });
      } finally {
        memory.streams = streams;
      }
    };
  }

  /** Actions that tanh squashes fill the range between their bounds. */
  protected override present(rows: number, chosen: Float32Array, given: Float32Array): void {
    const { space, size } = this.actions;
    if (this.#squashed === null || space.kind !== "box") {
      super.present(rows, chosen, given);
      return;
    }
    this.backend.write(this.#action, chosen);
    this.backend.layers.activationForward(rows, this.#action, "tanh", this.#squashed);
    this.backend.latestRows(this.#squashed, rows, given);
    for (let k = 0; k < rows * size; k++) {
      const low = space.low[k % size];
      const high = space.high[k % size];
      given[k] = Math.min(high, low + (0.5 * given[k] + 0.5) * (high - low));
    }
  }

  /**
   * The value of an observation: the discounted return that the agent expects from there on. A policy that remembers takes
   * it for what follows the observations that `act` was given last.
   */
  value(observation: SpaceValue): number {
    this.requireUsable("value");
    const seen = this.#encode("value", observation);
    return this.backend.latest(this.actorCritic.forwardValue(seen, this.#actSpace, 1), 0);
  }

  /**
   * How exploring actions for an observation are distributed: the probabilities of all options, those of one choice side by
   * side; for MultiBinary of every bit to be 1; for a Box means and standard deviations, before bounds or tanh. With a
   * memory see `value`.
   */
  distribution(observation: SpaceValue): PolicyDescription {
    this.requireUsable("distribution");
    const seen = this.#encode("distribution", observation);
    this.actorCritic.forwardPolicy(seen, this.#actSpace, 1);
    const { distribution } = this.#actSpace;
    const numbers = (tensor: Tensor): Float32Array =>
      (this.backend.read(tensor) as Float32Array).slice(0, tensor.columns);
    if (distribution.family === "gaussian") {
      return { mean: numbers(distribution.mean), deviation: numbers(distribution.logDeviation).map((s) => exp(s)) };
    }
    const logits = numbers(distribution.logits);
    if (distribution.family === "bernoulli") return { probabilities: logits.map((x) => 1 / (1 + exp(-x))) };
    let start = 0;
    for (const n of this.actions.choices) {
      const part = logits.subarray(start, start + n);
      const most = part.reduce((max, x) => Math.max(max, x));
      const weights = part.map((x) => exp(x - most));
      const sum = weights.reduce((total, weight) => total + weight);
      logits.set(
        weights.map((weight) => weight / sum),
        start,
      );
      start += n;
    }
    return { probabilities: logits };
  }

  /** @returns what the networks see of it */
  #encode(where: string, observation: SpaceValue): Tensor {
    this.show(where, observation);
    return this.#memory === null ? this.actInput : this.#memory.recall(this.actInput, 1, 0, false);
  }

  // --- updating ------------------------------------------------------------------------------------------------------

  protected planUpdates(rollout: PolicyRollout): void {
    const { shape, tensors, remembered } = rollout;
    const { backend, minibatchSize } = this;
    const { advantage, discount } = this.settings;
    const perStep = (): Tensor => backend.tensor(shape.steps, shape.environments);
    const column = (): Tensor => backend.tensor(minibatchSize, 1);
    this.#nextValue = perStep();
    this.#memory?.plan(rollout, minibatchSize, this.#sequenceSteps);
    this.#estimator = createAdvantageEstimator(backend, advantage, {
      reward: tensors.reward,
      terminated: tensors.terminated,
      truncated: tensors.truncated,
      value: remembered.value.tensor,
      nextValue: this.#nextValue,
      discount,
      advantage: perStep(),
      returns: perStep(),
    });
    this.batch = {
      space: this.actorCritic.workspace(minibatchSize, true),
      advantage: column(),
      returns: column(),
      oldLogProbability: column(),
      oldValue: column(),
      logProbability: column(),
      entropy: column(),
      dLogProbability: column(),
    };
  }

  protected prepared(): Readonly<Record<string, Tensor>> {
    const { advantage, returns } = this.#estimator;
    return { advantage, returns, ...(this.#memory === null ? {} : { start: this.#memory.start }) };
  }

  /** Values of what every step led to, then advantages and what the values should have been. */
  protected prepare(rollout: PolicyRollout): void {
    const { backend, minibatchSize } = this;
    this.orderAsCollected();
    this.#memory?.prepare(rollout);
    for (let first = 0; first < rollout.length; first += minibatchSize) {
      const rows = Math.min(minibatchSize, rollout.length - first);
      const seen = this.#seenNext(rollout, first, rows);
      const value = this.actorCritic.forwardValue(seen, this.batch.space, rows);
      backend.rows.maximum(rows, value, first, this.#nextValue);
    }
    this.estimateAdvantages();
  }

  protected estimateAdvantages(): void {
    this.#estimator.estimate();
  }

  /** What the networks see of the observations that the transitions led to. */
  #seenNext(rollout: PolicyRollout, first: number, rows: number): Tensor {
    const { backend, batchObservation, order } = this;
    if (this.#memory !== null) return this.#memory.lookAhead(rollout, order, first, rows, batchObservation);
    backend.rows.gather(rows, order, first, rollout.tensors.nextObservation, batchObservation);
    return batchObservation;
  }

  /** What the networks see of the batch: its observations, or the states that they lead a memory through. */
  protected features(): Tensor {
    return this.#memory === null ? this.batchObservation : this.#memory.features;
  }

  /** A loss of the batch's values, for `backend.policyLoss.value`. @param oldValue where changes are clipped */
  protected planValueLoss(oldValue: Tensor | null = null): ValueLoss {
    const { space, returns } = this.batch;
    const { valueMetrics: metrics, settings } = this;
    const weight = settings.valueCoefficient;
    return { value: space.value, target: returns, oldValue, clip: 0, weight, dValue: space.dValue!, metrics };
  }

  /** Fills the batch with the transitions order[first] .. order[first + rows - 1]. */
  protected gather(collected: PolicyRollout, first: number, rows: number): void {
    const { tensors, remembered, mask } = collected;
    const { batch, order, settings } = this;
    const { rows: rowsOf } = this.backend;
    const { advantage, returns } = this.#estimator;
    rowsOf.gather(rows, order, first, tensors.observation, this.batchObservation);
    rowsOf.gather(rows, order, first, tensors.action, this.batchAction);
    rowsOf.gather(rows, order, first, advantage, batch.advantage);
    rowsOf.gather(rows, order, first, returns, batch.returns);
    rowsOf.gather(rows, order, first, remembered.logProbability.tensor, batch.oldLogProbability);
    rowsOf.gather(rows, order, first, remembered.value.tensor, batch.oldValue);
    const { distribution } = batch.space;
    if (distribution.family === "categorical" && mask !== null) {
      distribution.mask ??= this.backend.tensor(this.minibatchSize, mask.columns);
      rowsOf.gather(rows, order, first, mask, distribution.mask);
    }
    if (settings.normalizeAdvantages) rowsOf.standardize(rows, batch.advantage);
    this.#memory?.forward(collected, order, first, rows, this.batchObservation);
  }

  /** The gradients that losses left in the batch of `rows` transitions, and the entropy's, become a step of all weights. */
  protected descend(rows: number): void {
    const { actorCritic, backend, batch, batchObservation, settings } = this;
    const { entropyCoefficient, learningRate, maxGradientNorm } = settings;
    const dEntropy = -this.valueNow(entropyCoefficient)[0] / rows;
    backend.actionDistribution.gradient(
      rows,
      batch.space.distribution,
      this.batchAction,
      batch.dLogProbability,
      dEntropy,
    );
    actorCritic.backward(this.features(), batch.space, rows);
    this.#memory?.backward(batchObservation, batch.space.dInput!, actorCritic.gradients, rows);
    if (maxGradientNorm !== null) backend.vectors.clipNorm(actorCritic.gradients, maxGradientNorm, this.norm);
    this.requireFinite();
    const [{ optimizer }] = this.models;
    optimizer.step(actorCritic.parameters, actorCritic.gradients, this.valueNow(learningRate)[0]);
  }

  protected requireFinite(): void {
    this.requireFiniteMetric("policy loss", this.surrogateMetrics);
    this.requireFiniteMetric("value loss", this.valueMetrics);
    this.requireFiniteNorm();
  }

  /** Of the last update; NaN before the first. */
  protected metrics(): Record<string, number> {
    const { backend, norm, settings, surrogateMetrics, updates, valueMetrics } = this;
    const of = (tensor: Tensor, column: number): number => (updates > 0 ? backend.latest(tensor, column) : Number.NaN);
    const policyLoss = of(surrogateMetrics, SurrogateMetric.loss);
    const entropy = of(surrogateMetrics, SurrogateMetric.entropy);
    const valueLoss = of(valueMetrics, 0);
    const ofEntropy = scheduleValue(settings.entropyCoefficient, this.now()) * entropy;
    return {
      loss: policyLoss + settings.valueCoefficient * valueLoss - ofEntropy,
      policyLoss,
      valueLoss,
      entropy,
      gradientNorm: settings.maxGradientNorm === null ? Number.NaN : of(norm, 0),
      learningRate: this.learningRate,
    };
  }

  protected metricColumns(): readonly MetricColumn[] {
    const { norm, surrogateMetrics: surrogate, valueMetrics } = this;
    return [
      { tensor: surrogate, column: SurrogateMetric.loss },
      { tensor: valueMetrics, column: 0 },
      { tensor: norm, column: 0 },
      { tensor: norm, column: 1 },
      { tensor: surrogate, column: SurrogateMetric.entropy },
      { tensor: surrogate, column: SurrogateMetric.approximateKl },
      { tensor: surrogate, column: SurrogateMetric.clipFraction },
    ];
  }

  // --- checkpoints ---------------------------------------------------------------------------------------------------

  protected override state(contents: "run" | "policy"): { tensors: CheckpointTensor[]; data: Record<string, unknown> } {
    const { tensors, data } = super.state(contents);
    if (contents === "run") tensors.push(...(this.#memory?.save() ?? []), ...(this.#matrices?.save() ?? []));
    return { tensors, data };
  }

  override restore(checkpoint: Checkpoint): void {
    if (checkpoint.contents === "run") {
      this.#memory?.restore(checkpoint);
      this.#matrices?.restore(checkpoint);
    }
    super.restore(checkpoint);
  }

  // --- weights -------------------------------------------------------------------------------------------------------

  /**
   * The trained networks alone, as safetensors: "policy.*", as PyTorch's nn.Sequential names them, "value.*", and of a policy
   * that remembers "memory.*", as nn.GRU names them.
   */
  exportWeights(): Uint8Array {
    this.requireUsable("exportWeights");
    return encodeSafetensors(parameterTensors(this.backend, "", this.actorCritic.parameters), {});
  }

  /**
   * Takes over weights that PyTorch (or anything else) saved as safetensors.
   * @throws CheckpointError when names or shapes do not fit; nothing changes then
   */
  importWeights(bytes: Uint8Array, options: WeightImportOptions = {}): void {
    this.requireUsable("importWeights");
    const values = matchWeights(this.actorCritic.specs, readStateDict(bytes), options);
    for (const [i, value] of values.entries()) this.backend.writeParameter(this.actorCritic.parameters, i, value);
  }
}
