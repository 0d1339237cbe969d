// The contract of experience: it takes in steps and gives batches to learn from. Replays, rollouts and data sets implement it.
// Nothing here knows an algorithm.

import type { CheckpointPart } from "../formats/checkpoint-part.ts";
import type { Batch, RandomStream, Tensor } from "../operations/handles.ts";
import type { SpaceValue } from "../space.ts";
import type { ActingRows, Choice } from "./actor.ts";

/** One step of one or more environments, checked and encoded. Callers reuse the same object: do not keep a reference. */
export interface StepRows {
  /** Number of transitions. */
  readonly rows: number;
  /** Environment of row 0. Row i belongs to environment (first + i) modulo the number of environments. */
  readonly first: number;
  /** [rows, observation size] the observations for which the actions were chosen. */
  readonly observation: Float32Array;
  /** [rows, action size] the stored form of the actions, see `Choice.action`. */
  readonly action: Float32Array;
  /** [rows, action size] the actions that the environments received, see `Choice.given`. */
  readonly given: Float32Array;
  /** [rows] */
  readonly reward: Float64Array;
  /** [rows], 1 when the step terminated the episode, else 0. */
  readonly terminated: Uint8Array;
  /** [rows], 1 when the step truncated the episode, else 0. */
  readonly truncated: Uint8Array;
  /** [rows, observation size] the next observations. After the last step of an episode: the episode's own last observation. */
  readonly next: Float32Array;
  /** [rows], 1 when the row is a reset instead of a step (vector environments in mode "next-step"). Null: all rows are steps. */
  readonly skip: Uint8Array | null;
  /** The next observations in the environments' own form. Null: the environments gave flat rows. */
  readonly nextValues: readonly SpaceValue[] | null;
}

/** Stores transitions for learning. */
export interface Experience extends CheckpointPart {
  /** Number of stored transitions. */
  readonly size: number;
  /** Largest number of transitions. */
  readonly capacity: number;
  /** Allocated memory in bytes. */
  readonly bytes: number;
  /** Index of the environment whose step is expected next, when steps are observed one by one. */
  readonly turn: number;
  /**
   * Checks that `add` can take in a row; changes nothing. Absent when `add` takes in every row.
   * @param where begins the message of an error
   * @param ahead rows that will be added before this one
   * @throws StateError or RangeError when the row cannot be added
   */
  checkRow?(where: string, ahead: number, step: StepRows, row: number): void;
  /** Stores a step. Allocates nothing. @pre `checkRow` accepted all rows */
  add(step: StepRows): void;
  /** Ends the running episodes without a last step: the next steps belong to new episodes. */
  forget(): void;
}

/** Experience of an agent that learns from its own actions only. The actions are announced before their outcomes are known. */
export interface Expecting extends Experience {
  /** Returns true when there is room for `rows` more transitions. Asked before actions are chosen. */
  hasRoomFor(rows: number): boolean;
  /** Announces exploring actions and the observations that they were chosen for. @pre hasRoomFor(rows.rows) */
  expect(rows: ActingRows, choice: Choice): void;
}

/** Experience that learning draws random batches from. */
export interface Sampled extends Experience {
  /** Allocates a batch of `rows` transitions. */
  planBatch(rows: number): Batch;
  /** Draws transitions and fills all rows of the batch. @pre size > 0 */
  sample(stream: RandomStream, batch: Batch): void;
  /** Sets new priorities for the batch sampled last. Uniform replay ignores them. @param absError [B, 1] absolute errors */
  updatePriorities(batch: Batch, absError: Tensor): void;
  /** Strength of the importance weights, 0 (none) .. 1 (full). Set it before `sample`. Uniform replay ignores it. */
  beta: number;
}
