// What algorithms that learn a policy and its value from a rollout have in common: advantages of a full rollout, minibatches, and the
// step that their losses make. An algorithm says what its losses are.

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

export type PolicyRound = Round<PolicyMemory>;

export class PolicyLearning {
  readonly round: PolicyRound;
  readonly model: ActorCriticModel;
  readonly pass: ActorCriticPass;
  /** [B, numbers per action] */
  readonly action: Tensor;
  // What an update learns from, gathered by `gather`. All [B, 1].
  readonly advantage: Tensor;
  readonly returns: Tensor;
  /** As they were when the actions were chosen. */
  readonly oldLogProbability: Tensor;
  readonly oldValue: Tensor;
  /** Written by `evaluate`: of the actions now. */
  readonly logProbability: Tensor;
  readonly entropy: Tensor;
  /** Written by a policy's loss. */
  readonly dLogProbability: Tensor;
  /** [1, SURROGATE_METRICS] and [1, 1], written by losses. */
  readonly policyNumbers: Tensor;
  readonly valueNumbers: Tensor;
  readonly #backend: Backend;
  readonly #context: AgentContext<ActorCriticSettings>;
  readonly #observation: Tensor;
  readonly #memory: SequenceMemory | null;
  readonly #estimator: AdvantageEstimator;
  /** [T, E] */
  readonly #nextValue: Tensor;
  /** [B, options] */
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

  /** A loss of the policy, for `policyLoss.surrogate`. @param oldLogProbability null: without ratio and clipping */
  planPolicyLoss(oldLogProbability: Tensor | null): PolicyLoss {
    const { advantage, dLogProbability, entropy, logProbability, policyNumbers: metrics } = this;
    return { logProbability, oldLogProbability, advantage, entropy, clip: 0, dLogProbability, metrics };
  }

  /** A loss of the values, for `policyLoss.value`. @param oldValue where changes are clipped; null: they are not */
  planValueLoss(oldValue: Tensor | null = null): ValueLoss {
    const { valueCoefficient: weight } = this.#context.settings;
    const { value, dValue } = this.pass;
    return { value, target: this.returns, oldValue, clip: 0, weight, dValue: dValue!, metrics: this.valueNumbers };
  }

  // --- once a rollout is full ------------------------------------------------------------------------------------------

  /** What `prepare` finds and updates read: part of a file in the middle of a round. */
  get prepared(): Readonly<Record<"advantage" | "returns", Tensor>> & { readonly start?: Tensor } {
    const { advantage, returns } = this.#estimator;
    return { advantage, returns, ...(this.#memory !== null && { start: this.#memory.start }) };
  }

  /** Values of what every step led to, then advantages and what the values should have been. */
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

  /** Advantages, from values that are there. */
  estimate(): void {
    this.#estimator.estimate();
  }

  // --- in every update -------------------------------------------------------------------------------------------------

  /** Takes the transitions order[first] .. order[first + rows - 1] into the minibatch. */
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

  /** The observations and what their values should have been, and no more. */
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

  /** What the policy and the values say of the minibatch now. */
  forward(first: number, rows: number): void {
    const { distribution } = this.pass;
    this.#memory?.forward(this.round.order, first, rows);
    this.pass.forward(rows);
    this.#backend.actionDistribution.evaluate(rows, distribution, this.action, this.logProbability, this.entropy);
  }

  /** The gradients that losses left in the minibatch, and the entropy's, become a step of all weights. */
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
