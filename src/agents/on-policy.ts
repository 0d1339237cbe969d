// The common part of algorithms that learn from rollouts. E environments are stepped together for T steps; then a round of
// updates learns from that rollout, epoch by epoch and minibatch by minibatch, and forgets it.
//
// An algorithm plans two computations: `prepare`, once for every full rollout, and `learn`, one update from a minibatch.

import { Rollout } from "../experience/rollout.ts";
import { RolloutOrder } from "../experience/rollout-order.ts";
import { RunningNormalizer } from "../experience/running-normalizer.ts";
import { damaged } from "../formats/checkpoint.ts";
import type { CheckpointPart, CheckpointReader, CheckpointWriter } from "../formats/checkpoint-part.ts";
import type { RandomStream, Tensor } from "../operations/handles.ts";
import type { AgentContext } from "../training/context.ts";
import type { Learner } from "../training/learner.ts";
import type { MinibatchOptions, RolloutSettings } from "./on-policy-options.ts";

/** Settings of a round of updates. Without `epochs` and `minibatches`, one update learns from the whole rollout. */
export type RoundSettings = RolloutSettings & MinibatchOptions;

/** A rollout and the round of updates that learns from it, for an algorithm to plan with. */
export interface Round<Names extends string> {
  /** The rollout that the round learns from. */
  readonly rollout: Rollout<Names>;
  /** [1, slots] the order in which this epoch goes through the rollout. */
  readonly order: Tensor;
  /** Largest number of rows of a minibatch. */
  readonly minibatchSize: number;
  /** Sets the order to that of all slots, for computations on every slot. */
  collect(): void;
  /** Sets a random order of the steps. */
  shuffle(): void;
}

/** An algorithm's planned part of a round of updates. */
export interface RoundUpdate<Names extends string> {
  /** Returns true when the rollout has enough steps to learn from. @defaultValue true when the rollout is full */
  isComplete?(rollout: Rollout<Names>): boolean;
  /** Computes targets or advantages of a full rollout. The rollout was uploaded to the backend before. */
  prepare(): void;
  /** Results of `prepare` that the updates read, by name. A file that is saved during a round contains them. */
  readonly prepared: Readonly<Record<string, Tensor>>;
  /** True when every epoch goes through the rollout in a random order. @defaultValue true */
  readonly isShuffled?: boolean;
  /**
   * Makes one update from the transitions order[first] .. order[first + rows - 1].
   * @returns false when no update was made; the round ends then
   */
  learn(first: number, rows: number): boolean;
}

/** Parts of an algorithm that a learner from rollouts is made of. */
export interface RoundPlan<Names extends string> {
  /** Numbers per step that acting remembers for learning: columns by name. null: the algorithm learns from any actions. */
  readonly remembers: Readonly<Record<Names, number>> | null;
  /** Normalizer of observations and rewards. */
  readonly normalizer: RunningNormalizer;
  /** Steps of a sequence that gradients go back through; 1 without memory. */
  readonly sequenceSteps: number;
  /** Converts stored actions into the actions that environments receive, written into `given`. */
  present(rows: number, stored: Float32Array, given: Float32Array): void;
  /** Called at the end of a round: the next choices begin a new rollout. @defaultValue nothing is called */
  roundOver?(): void;
  /** Plans the updates of a round. */
  plan(round: Round<Names>): RoundUpdate<Names>;
}

/** Makes the normalizer that the settings describe. */
export function planNormalizer({ encoder, settings }: AgentContext<RoundSettings>): RunningNormalizer {
  return new RunningNormalizer(encoder.size, settings);
}

/** Returns the number of rows of a minibatch, which consists of whole sequences. */
export function minibatchSizeOf(settings: RoundSettings, sequenceSteps: number = 1): number {
  const { environments, minibatches = 1, rolloutSteps } = settings;
  const sequences = (rolloutSteps * environments) / sequenceSteps;
  return Math.floor(sequences / minibatches) * sequenceSteps;
}

/** Makes the learner of an algorithm that learns from rollouts. */
export function onPolicyLearner<Names extends string>(
  context: AgentContext<RoundSettings>,
  plan: RoundPlan<Names>,
): Learner {
  return new RolloutLearner(context, plan);
}

class RolloutLearner<Names extends string> implements Learner, Round<Names>, CheckpointPart {
  readonly rollout: Rollout<Names>;
  readonly minibatchSize: number;
  readonly mostDue: number;
  readonly parts: readonly CheckpointPart[];
  readonly #context: AgentContext<RoundSettings>;
  readonly #plan: RoundPlan<Names>;
  readonly #order: RolloutOrder;
  readonly #minibatches: number;
  readonly #stream: RandomStream;
  readonly #update: RoundUpdate<Names>;
  /** Number of updates made in this round. */
  #made = 0;

  constructor(context: AgentContext<RoundSettings>, plan: RoundPlan<Names>) {
    const { actions, backend, encoder, settings } = context;
    const { environments, epochs = 1, minibatches = 1, rolloutSteps } = settings;
    const { sequenceSteps } = plan;
    this.#context = context;
    this.#plan = plan;
    this.#minibatches = minibatches;
    this.minibatchSize = minibatchSizeOf(settings, sequenceSteps);
    this.mostDue = epochs * minibatches;
    this.#stream = context.stream("minibatches");
    this.rollout = new Rollout<Names>(backend, {
      steps: rolloutSteps,
      environments,
      observationSize: encoder.size,
      actions,
      remembered: plan.remembers,
      normalizer: plan.normalizer,
      present: plan.present,
    });
    this.#order = new RolloutOrder(backend, this.rollout.slots, environments, this.minibatchSize, sequenceSteps);
    this.parts = [this.rollout, this];
    this.#update = plan.plan(this);
  }

  get experience(): Rollout<Names> {
    return this.rollout;
  }

  get expecting(): Rollout<Names> | null {
    return this.#plan.remembers === null ? null : this.rollout;
  }

  get order(): Tensor {
    return this.#order.tensor;
  }

  collect(): void {
    this.#order.collect();
  }

  shuffle(): void {
    this.#order.shuffle(this.#stream, this.rollout);
  }

  due(): number {
    return this.#isComplete() ? this.mostDue - this.#made : 0;
  }

  #isComplete(): boolean {
    return this.#update.isComplete?.(this.rollout) ?? this.rollout.isFull;
  }

  /** Makes one update of the round. After the last update the rollout is empty, with room for the next steps. */
  updateOnce(): boolean {
    if (!this.#isComplete()) return false;
    if (this.#made === 0) {
      this.rollout.upload();
      this.#update.prepare();
    }
    const turn = this.#made % this.#minibatches;
    if (turn === 0) this.#beginEpoch();
    const rows = this.#rows();
    const goesOn = rows > 0 && this.#update.learn(turn * rows, rows);
    if (goesOn) {
      this.#context.counters.updates++;
      this.#made++;
    }
    if (!goesOn || this.#made === this.mostDue) this.#endRound();
    return goesOn;
  }

  #beginEpoch(): void {
    if (this.#update.isShuffled === false) this.#order.reset(this.rollout);
    else this.shuffle();
  }

  /** Returns the number of rows of every minibatch of this round: fewer when some slots of the rollout are not steps. */
  #rows(): number {
    const { size, slots, stepCount } = this.rollout;
    if (stepCount === size && size === slots) return this.minibatchSize;
    return Math.min(this.minibatchSize, Math.floor(stepCount / this.#minibatches));
  }

  #endRound(): void {
    this.rollout.clear();
    this.#plan.roundOver?.();
    this.#made = 0;
  }

  // --- checkpoints: a round that is under way --------------------------------------------------------------------------

  check(from: CheckpointReader): void {
    if (from.contents !== "run") return;
    const made = from.count("updatesOfRound");
    if (made === 0) return;
    if (made > this.mostDue - 1) throw damaged("updatesOfRound", `at most ${this.mostDue - 1}`, made);
    const { slots } = this.rollout;
    if (from.length("rollout.reward") !== slots) {
      throw damaged("updatesOfRound", "0 while the rollout is not full", made);
    }
    const order = from.tensor("round.order", Float32Array, slots);
    if (!order.every((k) => Number.isInteger(k) && k >= 0 && k < slots)) {
      throw damaged("round.order", `whole numbers below ${slots}`, order);
    }
    for (const [name, tensor] of Object.entries(this.#update.prepared)) {
      from.tensor(`round.${name}`, Float32Array, tensor.rows * tensor.columns);
    }
  }

  /** @pre the rollout was loaded */
  load(from: CheckpointReader): void {
    if (from.contents !== "run") return;
    const made = from.count("updatesOfRound");
    if (made === 0) return;
    const { backend } = this.#context;
    this.#order.load(from.tensor("round.order", Float32Array, this.rollout.slots));
    for (const [name, tensor] of Object.entries(this.#update.prepared)) {
      backend.write(tensor, from.tensor(`round.${name}`, Float32Array, tensor.rows * tensor.columns));
    }
    this.rollout.upload();
    this.#made = made;
  }

  save(to: CheckpointWriter): void {
    if (to.contents !== "run") return;
    to.put("updatesOfRound", this.#made);
    if (this.#made === 0) return;
    const { backend } = this.#context;
    const put = (name: string, tensor: Tensor): void =>
      to.tensor(`round.${name}`, backend.read(tensor) as Float32Array);
    put("order", this.order);
    for (const [name, tensor] of Object.entries(this.#update.prepared)) put(name, tensor);
  }
}
