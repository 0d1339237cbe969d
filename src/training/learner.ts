// What an agent is composed of: an actor, what it trains, and a learner that makes updates of experience. The glue of off-policy and
// on-policy algorithms (agents/off-policy.ts, agents/on-policy.ts) makes learners; the agent drives them.

import type { Actor } from "../experience/actor.ts";
import type { Expecting, Experience } from "../experience/experience.ts";
import type { CheckpointPart } from "../formats/checkpoint-part.ts";
import type { Model } from "../nn/model.ts";
import type { Parameters } from "../operations/handles.ts";

/** How experience becomes updates. */
export interface Learner {
  readonly experience: Experience;
  /** The same, where it is to be told of exploring choices before their outcomes; null where any actions are learned from. */
  readonly expecting: Expecting | null;
  /** Updates due after a step of all environments, before which there were `stepsBefore` environment steps. */
  due(stepsBefore: number): number;
  /** The largest number that `due` gives. */
  readonly mostDue: number;
  /** Makes one update; the agent counts it. @returns false when there is nothing to learn from */
  updateOnce(): boolean;
  /** Checked and loaded in this order. */
  readonly parts: readonly CheckpointPart[];
  /** Weights were replaced from outside: what follows them slowly begins anew. Absent where nothing does. */
  weightsReplaced?(): void;
  /** Blocks beside those of models that a run's file holds, and that a device has to bring: target networks. [none] */
  readonly blocks?: readonly Parameters[];
}

/** Trained numbers that have a fingerprint: a model, a table. */
export interface Trained extends CheckpointPart {
  /** In canonical layout and a fixed order. */
  numbers(): (Float32Array | Float64Array)[];
  /** Bytes of trained numbers. */
  readonly bytes: number;
}

export interface Composition {
  readonly actor: Actor;
  /** What is trained, in the order of fingerprints. */
  readonly models: readonly Model[];
  /** What is trained otherwise, as tables are. [none] */
  readonly tables?: readonly Trained[];
  /** Numbers that the actor tells of exploring choices because learning needs them, by name; null: none. */
  readonly remembers: Readonly<Record<string, number>> | null;
  /** Parts of an agent in a file beside the trained ones and the actor: they know themselves what a policy needs. [none] */
  readonly parts?: readonly CheckpointPart[];
  /** Plans what learning needs. Called once: when the agent is built, or, of a policy from a file, when it first learns. */
  plan(): Learner;
}
