// The contract of experience: steps in, batches out. Replays, rollouts and data sets are behind it; nothing here knows an algorithm.

import type { CheckpointPart } from "../formats/checkpoint-part.ts";
import type { Batch, RandomStream, Tensor } from "../operations/handles.ts";
import type { SpaceValue } from "../space.ts";
import type { ActingRows, Choice } from "./actor.ts";

/** A step of one or more environments, checked and encoded. The same object is passed again and again. */
export interface StepRows {
  readonly rows: number;
  /** Environment of row 0; row i is of environment (first + i) modulo their number. */
  readonly first: number;
  /** [rows, observation size] that was acted on */
  readonly observation: Float32Array;
  /** [rows, action size] as stored: see `Choice.action` */
  readonly action: Float32Array;
  /** [rows, action size] as the environments were given it */
  readonly given: Float32Array;
  readonly reward: Float64Array;
  /** 1 where the episode ended so. */
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  /** [rows, observation size], where an episode ended its own last observation */
  readonly next: Float32Array;
  /** 1 where a row is no step: the reset of a vector environment in mode "next-step". Null: nowhere. */
  readonly skip: Uint8Array | null;
  /** The next observations as the environments gave them; null where they came as flat rows. */
  readonly nextValues: readonly SpaceValue[] | null;
}

export interface Experience extends CheckpointPart {
  /** Transitions that it holds, and the most that it can hold. */
  readonly size: number;
  readonly capacity: number;
  /** Bytes planned. */
  readonly bytes: number;
  /** The environment whose step comes next, where steps come one by one. */
  readonly turn: number;
  /**
   * Whether a row can be added as the one `ahead` rows beyond the next; changes nothing. Absent where every row can.
   * @throws StateError or RangeError where it cannot
   */
  checkRow?(where: string, ahead: number, step: StepRows, row: number): void;
  /** Takes in a step, whose rows were checked. Allocates nothing. */
  add(step: StepRows): void;
  /** Running episodes end unseen: what comes next belongs to others. */
  forget(): void;
}

/** Experience of an agent that learns from its own actions: it is told of them before their outcomes come. */
export interface Expecting extends Experience {
  /** Whether choices for so many rows can be learned from: that has to be said before they are made. */
  hasRoomFor(rows: number): boolean;
  /** Takes in exploring choices and what they were made for. @pre hasRoomFor(rows.rows) */
  expect(rows: ActingRows, choice: Choice): void;
}

/** Experience that batches are drawn from. */
export interface Sampled extends Experience {
  /** Plans a batch of so many rows. */
  planBatch(rows: number): Batch;
  /** Fills all rows of the batch. @pre size > 0 */
  sample(stream: RandomStream, batch: Batch): void;
  /** Absolute errors of the batch last sampled, [B, 1]; uniform replay does not listen. */
  updatePriorities(batch: Batch, absError: Tensor): void;
  /** Strength of the importance weights, 0 (none) .. 1 (full), set before a sample; uniform replay needs none. */
  beta: number;
}
