// The common part of algorithms that learn a policy and its value from a rollout: advantages of a full rollout, minibatches, and
// the optimizer's step. An algorithm chooses its losses.

import type { Backend } from "../../backend.ts";
import type { Rollout } from "../../experience/rollout.ts";
import type { Tensor } from "../../operations/handles.ts";
import { type PolicyLoss, SURROGATE_METRICS, SurrogateMetric, type ValueLoss } from "../../operations/policy-loss.ts";
import type { AgentContext } from "../../training/context.ts";
import type { Round } from "../on-policy.ts";
import { type ActorCriticModel, ActorCriticPass, type ActorCriticSettings, networksOf } from "./actor-critic.ts";
import { type AdvantageEstimator, createAdvantageEstimator } from "./advantage.ts";
import type { PolicyMemory } from "./policy-actor.ts";
import { sequenceStepsOf } from "./recurrent-options.ts";
import { SequenceMemory } from "./sequence-memory.ts";

/** A rollout and a round of updates, with what acting remembers for a policy. */
export type PolicyRound = Round<PolicyMemory>;

/** Planned tensors and steps of learning a policy and its value from a rollout. */
export class PolicyLearning {
  readonly round: PolicyRound;
  readonly model: ActorCriticModel;
  /** Trained pass of policy and value on a minibatch. */
  readonly pass: ActorCriticPass;
  /** [B, numbers per action] actions of the minibatch. */
  readonly action: Tensor;
  /** [B, 1] advantages and value targets of the minibatch, written by `gather`. */
  readonly advantage: Tensor;
  readonly returns: Tensor;
  /** [B, 1] log-probabilities and values at the time when the actions were chosen, written by `gather`. */
  readonly oldLogProbability: Tensor;
  readonly oldValue: Tensor;
  /** [B, 1] log-probabilities of the actions and entropy under the current policy, written by `forward`. */
  readonly logProbability: Tensor;
  readonly entropy: Tensor;
  /** [B, 1] gradient of the log-probabilities, written by a policy loss. */
  readonly dLogProbability: Tensor;
  /** [1, SURROGATE_METRICS] and [1, 1] metrics of the losses, written by them. */
  readonly policyNumbers: Tensor;
  readonly valueNumbers: Tensor;
  readonly #backend: Backend;
  readonly #context: AgentContext<ActorCriticSettings>;
  readonly #observation: Tensor;
  readonly #memory: SequenceMemory | null;
  readonly #estimator: AdvantageEstimator;
  /** [T, E] values of the next observations. */
  readonly #nextValue: Tensor;
  /** [B, options] action masks of the minibatch. */
  #mask: Tensor | null = null;

  constructor(context: AgentContext<ActorCriticSettings>, model: ActorCriticModel, round: PolicyRound) {
    const { actions, backend, encoder, settings } = context;
    const { minibatchSize: rows, rollout } = round;
    const column = (): Tensor => backend.tensor(rows, 1);
    this.round = round;
    this.model = model;
    this.#backend = backend;
    this.#context = context;
    this.#observation = backend.tensor(rows, encoder.size);
    this.action = backend.tensor(rows, actions.size);
    this.advantage = column();
    this.returns = column();
    this.oldLogProbability = column();
    this.oldValue = column();
    this.logProbability = column();
    this.entropy = column();
    this.dLogProbability = column();
    this.policyNumbers = backend.tensor(1, SURROGATE_METRICS);
    this.valueNumbers = backend.tensor(1, 1);
    const networks = networksOf(model);
    const { gradients } = model;
    const { memory } = networks;
    const sequenceSteps = sequenceStepsOf(settings.recurrent ?? null, settings);
    const observation = this.#observation;
    this.#memory =
      memory === null
        ? null
        : new SequenceMemory(backend, memory, rollout, { rows, sequenceSteps, observation, gradients });
    const x = this.#memory?.output ?? observation;
    this.pass = new ActorCriticPass(backend, networks, { rows, x, gradients, dX: this.#memory?.dOutput ?? null });
    this.#nextValue = backend.tensor(rollout.steps, rollout.environments);
    this.#estimator = this.#planEstimator(rollout);
    this.#nameMetrics();
  }

  #planEstimator({ tensors, remembered, steps, environments }: Rollout<PolicyMemory>): AdvantageEstimator {
    const { reward, terminated, truncated } = tensors;
    const { advantage, discount } = this.#context.settings;
    return createAdvantageEstimator(this.#backend, advantage, {
      reward,
      terminated,
      truncated,
      value: remembered.value.tensor,
      nextValue: this.#nextValue,
      discount,
      advantage: this.#backend.tensor(steps, environments),
      returns: this.#backend.tensor(steps, environments),
    });
  }

  #nameMetrics(): void {
    const { metrics, settings } = this.#context;
    const { entropyCoefficient, valueCoefficient } = settings;
    metrics.add("policyLoss", this.policyNumbers, SurrogateMetric.loss, "policy loss");
    metrics.add("valueLoss", this.valueNumbers, 0, "value loss");
    metrics.add("entropy", this.policyNumbers, SurrogateMetric.entropy);
    metrics.add("approximateKl", this.policyNumbers, SurrogateMetric.approximateKl);
    metrics.add("clipFraction", this.policyNumbers, SurrogateMetric.clipFraction);
    const loss = (): number => {
      const ofEntropy = this.#context.now(entropyCoefficient) * metrics.latest("entropy");
      return metrics.latest("policyLoss") + valueCoefficient * metrics.latest("valueLoss") - ofEntropy;
    };
    metrics.compute("loss", loss, true);
  }

  /** Plans a policy loss for `policyLoss.surrogate`. @param oldLogProbability null: a loss without ratio and clipping */
  planPolicyLoss(oldLogProbability: Tensor | null): PolicyLoss {
    const { advantage, dLogProbability, entropy, logProbability, policyNumbers: metrics } = this;
    return { logProbability, oldLogProbability, advantage, entropy, clip: 0, dLogProbability, metrics };
  }

  /**
   * Plans a value loss for `policyLoss.value`.
   * @param oldValue values to clip changes around; null: no clipping. Default: null.
   */
  planValueLoss(oldValue: Tensor | null = null): ValueLoss {
    const { valueCoefficient: weight } = this.#context.settings;
    const { value, dValue } = this.pass;
    return { value, target: this.returns, oldValue, clip: 0, weight, dValue: dValue!, metrics: this.valueNumbers };
  }

  // --- once a rollout is full ------------------------------------------------------------------------------------------

  /** Results of `prepare` that the updates read. A file that is saved during a round contains them. */
  get prepared(): Readonly<Record<"advantage" | "returns", Tensor>> & { readonly start?: Tensor } {
    const { advantage, returns } = this.#estimator;
    return { advantage, returns, ...(this.#memory !== null && { start: this.#memory.start }) };
  }

  /** Computes the values of all next observations, then advantages and value targets. */
  prepare(): void {
    const { minibatchSize, order, rollout } = this.round;
    this.round.collect();
    this.#memory?.prepare();
    for (let first = 0; first < rollout.size; first += minibatchSize) {
      const rows = Math.min(minibatchSize, rollout.size - first);
      if (this.#memory !== null) this.#memory.lookAhead(order, first, rows);
      else this.#backend.rows.gather(rows, order, first, rollout.tensors.nextObservation, this.#observation);
      this.#backend.rows.place(rows, this.pass.forwardValue(rows), first, this.#nextValue);
    }
    this.estimate();
  }

  /** Computes advantages and value targets from values that were written before. */
  estimate(): void {
    this.#estimator.estimate();
  }

  // --- in every update -------------------------------------------------------------------------------------------------

  /** Copies the transitions order[first] .. order[first + rows - 1] into the minibatch. */
  gather(first: number, rows: number): void {
    const { order, rollout } = this.round;
    const { tensors, remembered } = rollout;
    const take = (from: Tensor, into: Tensor): void => this.#backend.rows.gather(rows, order, first, from, into);
    take(tensors.observation, this.#observation);
    take(tensors.action, this.action);
    take(this.#estimator.advantage, this.advantage);
    take(this.#estimator.returns, this.returns);
    take(remembered.logProbability.tensor, this.oldLogProbability);
    take(remembered.value.tensor, this.oldValue);
    this.#gatherMask(first, rows);
    if (this.#context.settings.normalizeAdvantages) this.#backend.rows.standardize(rows, this.advantage);
  }

  /** Copies only observations and value targets into the minibatch. */
  gatherReturns(first: number, rows: number): void {
    const { order, rollout } = this.round;
    this.#backend.rows.gather(rows, order, first, rollout.tensors.observation, this.#observation);
    this.#backend.rows.gather(rows, order, first, this.#estimator.returns, this.returns);
  }

  #gatherMask(first: number, rows: number): void {
    const { order, rollout, minibatchSize } = this.round;
    const { distribution } = this.pass;
    if (distribution.family !== "categorical" || rollout.mask === null) return;
    this.#mask ??= this.#backend.tensor(minibatchSize, rollout.mask.columns);
    this.#backend.rows.gather(rows, order, first, rollout.mask, this.#mask);
    distribution.mask = this.#mask;
  }

  /** Computes distributions, values, log-probabilities and entropy of the minibatch under the current weights. */
  forward(first: number, rows: number): void {
    const { distribution } = this.pass;
    this.#memory?.forward(this.round.order, first, rows);
    this.pass.forward(rows);
    this.#backend.actionDistribution.evaluate(rows, distribution, this.action, this.logProbability, this.entropy);
  }

  /** Makes an optimizer step on all weights, from the gradients of the losses and of the entropy. */
  descend(rows: number): void {
    const { entropyCoefficient, learningRate } = this.#context.settings;
    const { distribution } = this.pass;
    const dEntropy = -this.#context.nowAt(entropyCoefficient)[0] / rows;
    this.#backend.actionDistribution.gradient(rows, distribution, this.action, this.dLogProbability, dEntropy);
    this.pass.backward(rows);
    this.#memory?.backward(rows);
    this.model.descend(this.#context.nowAt(learningRate)[0]);
  }
}
