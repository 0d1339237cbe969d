// The contract of what acts: encoded observations in, choices out, row by row. An actor knows a policy, exploration and masks; it
// knows no environment and no learning.

import type { CheckpointPart } from "../formats/checkpoint-part.ts";
import type { GraphWriter } from "../nn/module.ts";

/** Encoded observations to act on, one per row, and the masks of their actions. The same object is passed again and again. */
export interface ActingRows {
  readonly rows: number;
  /**
   * Environment of row 0; row i is of environment (first + i) modulo their number. Of greedy rows with memory: the stream of
   * row 0, row i of stream first + i.
   */
  readonly first: number;
  /** [rows, observation size] */
  readonly observation: Float32Array;
  /** [rows, options], 0 where an option is forbidden; null: everything is allowed. */
  readonly mask: Float32Array | null;
  /** Greedy rows: true or 1 where an episode begins, and a recurrent policy forgets. Null: nowhere. */
  readonly starts: ArrayLike<number | boolean> | null;
  /** Greedy rows: the memory of the streams; null: the actor's own. */
  readonly streams: ActingStreams | null;
}

/** Memories of greedy streams, made by `Actor.createStreams`: evaluations keep theirs apart from that of `act`. */
export interface ActingStreams {
  readonly owner: Actor;
}

/** Numbers that learning needs from acting, by name: [rows, columns] each. */
export type Remembered = Readonly<Record<string, Float32Array>>;

/** The choices for acting rows, written by the actor. */
export interface Choice {
  /** [rows, action size] as stored: an index from 0, bits, a number before bounds or tanh. */
  readonly action: Float32Array;
  /** [rows, action size] as environments are given it; of Discrete actions the index from 0. */
  readonly given: Float32Array;
  /** Written too where the choice is learned from; null where it is not. */
  readonly remembered: Remembered | null;
}

export interface Actor extends CheckpointPart {
  /** Chooses for all rows: the best actions, or with `explore` the actions that training takes. Allocates nothing. */
  choose(rows: ActingRows, explore: boolean, choice: Choice): void;
  /** A step of the environment was taken in; `ended`: with it its episode. Recurrent states and ensemble members move on. */
  stepTaken(environment: number, ended: boolean): void;
  /** Running episodes end unseen. */
  forget(): void;
  /** Fresh memories of greedy streams. Absent where policies have none. */
  createStreams?(): ActingStreams;
  /**
   * Adds greedy choices to an ONNX graph, and outputs for what they are made of. Absent where an actor does not describe itself.
   * @param observation [rows, observation size] as encoded
   * @returns the name of the choices, [rows, action size], as in `Choice.given`; numbers of any type
   */
  describe?(graph: GraphWriter, observation: string): string;
}

/** Room for choices of so many rows. */
export function planChoice(
  rows: number,
  actionSize: number,
): { readonly action: Float32Array; readonly given: Float32Array } {
  return { action: new Float32Array(rows * actionSize), given: new Float32Array(rows * actionSize) };
}
