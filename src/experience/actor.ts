// The contract of an actor: it takes encoded observations and writes one action per row. An actor knows a policy, exploration
// and masks. It knows nothing of environments and learning.

import type { CheckpointPart } from "../formats/checkpoint-part.ts";
import type { GraphWriter } from "../nn/module.ts";

/** The observations for which an actor chooses actions, one per row. Callers reuse the same object: do not keep a reference. */
export interface ActingRows {
  /** Number of observations. */
  readonly rows: number;
  /**
   * Index of row 0. Exploring rows: row i belongs to environment (first + i) modulo the number of environments. Greedy rows of
   * a recurrent policy: row i belongs to stream first + i.
   */
  readonly first: number;
  /** [rows, observation size] encoded observations. */
  readonly observation: Float32Array;
  /** [rows, options], 0 for forbidden options, 1 for allowed options. Null: all options are allowed. */
  readonly mask: Float32Array | null;
  /** Greedy rows only: true or 1 for a first observation of an episode. A recurrent policy resets its memory then. Null: none. */
  readonly starts: ArrayLike<number | boolean> | null;
  /** Greedy rows only: the memory of a recurrent policy that the rows use. Null: the actor's own memory. */
  readonly streams: ActingStreams | null;
}

/**
 * Memory of a recurrent policy for greedy actions, made by `Actor.createStreams`. A stream is one sequence of observations.
 * Evaluations use a memory of their own, so that they do not disturb the memory of `act`.
 */
export interface ActingStreams {
  /** The actor that made the memory. */
  readonly owner: Actor;
}

/** Numbers that the actor computes and learning needs later, such as log-probabilities. One array [rows, columns] per name. */
export type Remembered = Readonly<Record<string, Float32Array>>;

/** The chosen actions, one per row of `ActingRows`. The actor writes them into these arrays. */
export interface Choice {
  /** [rows, action size] stored form of the actions: an index from 0, bits, or numbers before clipping or tanh. */
  readonly action: Float32Array;
  /** [rows, action size] the actions for the environments. A Discrete action is an index from 0. */
  readonly given: Float32Array;
  /** Numbers that the actor writes for learning. Null: the agent will not learn from these actions. */
  readonly remembered: Remembered | null;
}

/** Chooses actions for observations. */
export interface Actor extends CheckpointPart {
  /**
   * Chooses one action per row and writes it into `choice`. Allocates nothing.
   * @param explore false: the best actions; true: the actions that training takes
   */
  choose(rows: ActingRows, explore: boolean, choice: Choice): void;
  /**
   * Called after a step of an environment was observed. Recurrent policies advance the environment's memory here; ensembles
   * draw the member for the next episode.
   * @param environment index of the environment
   * @param ended true when the step ended the episode
   */
  stepTaken(environment: number, ended: boolean): void;
  /** Called when the running episodes are abandoned: new episodes begin in all environments. Resets recurrent states. */
  forget(): void;
  /** Returns a fresh memory for greedy actions. Absent when the policy has no memory. */
  createStreams?(): ActingStreams;
  /**
   * Adds the greedy actions to an ONNX graph, and graph outputs that explain them, such as Q values. Absent when the actor
   * cannot be exported.
   * @param observation name of the encoded observations, [rows, observation size]
   * @returns the name of the actions, [rows, action size], as in `Choice.given`; numbers of any type
   */
  describe?(graph: GraphWriter, observation: string): string;
}

/** Allocates the arrays of a `Choice` for `rows` rows. */
export function planChoice(
  rows: number,
  actionSize: number,
): { readonly action: Float32Array; readonly given: Float32Array } {
  return { action: new Float32Array(rows * actionSize), given: new Float32Array(rows * actionSize) };
}
