// Parts of an agent: an actor, trained models, and a learner that turns experience into updates. agents/off-policy.ts and
// agents/on-policy.ts make learners; the agent drives them.

import type { Actor } from "../experience/actor.ts";
import type { Expecting, Experience } from "../experience/experience.ts";
import type { CheckpointPart } from "../formats/checkpoint-part.ts";
import type { Model } from "../nn/model.ts";
import type { Parameters } from "../operations/handles.ts";

/** Turns experience into updates. */
export interface Learner {
  /** Store of the observed steps. */
  readonly experience: Experience;
  /** The same store, if it must know exploring choices before their outcomes; null for a learner from any actions. */
  readonly expecting: Expecting | null;
  /**
   * Returns the number of updates due after a step of all environments.
   * @param stepsBefore environment steps before that step
   */
  due(stepsBefore: number): number;
  /** Largest number that `due` returns. */
  readonly mostDue: number;
  /** Makes and counts one update. @returns false when there is nothing to learn from */
  updateOnce(): boolean;
  /** Parts of a run's file, checked and loaded in this order. */
  readonly parts: readonly CheckpointPart[];
  /** Called when weights were replaced from outside: target networks become copies. Absent if there are none. */
  weightsReplaced?(): void;
  /**
   * Blocks of a run's file beside those of models, such as target networks. When a device learns, they are copied from there.
   * @defaultValue none
   */
  readonly blocks?: readonly Parameters[];
}

/** Trained numbers with a fingerprint: a model or a table. */
export interface Trained extends CheckpointPart {
  /** Returns the trained numbers in canonical layout and a fixed order. */
  numbers(): (Float32Array | Float64Array)[];
  /** Size of the trained numbers in bytes. */
  readonly bytes: number;
}

/** Parts that an algorithm plans and the agent drives. */
export interface Composition {
  /** Chooses the actions. */
  readonly actor: Actor;
  /** Trained models, in the order of the fingerprint. */
  readonly models: readonly Model[];
  /** Other trained numbers, such as tables. @defaultValue none */
  readonly tables?: readonly Trained[];
  /** Numbers of an exploring choice that learning needs: columns by name. null: none. */
  readonly remembers: Readonly<Record<string, number>> | null;
  /**
   * Further parts of a file, beside trained numbers and actor. Each decides what a policy file contains.
   * @defaultValue none
   */
  readonly parts?: readonly CheckpointPart[];
  /** Plans the learner. Called once: when the agent is built, or, for a policy from a file, when it first learns. */
  plan(): Learner;
}
