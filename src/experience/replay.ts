// The contract of a replay, uniform or prioritized.

import type { Batch, RandomStream, Tensor } from "../operations/handles.ts";
import type { PriorityContents, PriorityType } from "../operations/priorities.ts";
import type { ReplayContents, ReplayMemory } from "../operations/replay.ts";

/** Stores transitions in numbered slots and samples batches of them. */
export interface Replay {
  readonly type: "uniform" | PriorityType;
  readonly memory: ReplayMemory;
  readonly capacity: number;
  /** Number of stored transitions, at most `capacity`. */
  readonly size: number;
  /** Slot that the next transition will overwrite. */
  readonly position: number;
  /** Allocated memory in bytes, with the priorities. */
  readonly bytes: number;
  /** Strength of the importance weights, 0 (none) .. 1 (full). Set it before `sample`. Uniform replay ignores it. */
  beta: number;

  /**
   * Stores a transition.
   * @param observation, nextObservation [observationSize]; action [actionSize]
   * @param sums [reward, discount]; an array, because numbers in arguments may be heap objects
   */
  add(observation: Float32Array, action: Float32Array, sums: Float64Array, nextObservation: Float32Array): void;
  /** Fills the first `rows` rows of a batch, weights and slots included. @pre size > 0 */
  sample(stream: RandomStream, rows: number, batch: Batch): void;
  /**
   * Sets new priorities for the rows sampled last. Uniform replay ignores them. Call it before the next `add`, which may
   * overwrite a sampled slot: the new transition would get the error of the old one.
   * @param absError [B, 1]
   * @throws RangeError for a negative, infinite or NaN error; nothing changes then
   */
  updatePriorities(rows: number, batch: Batch, absError: Tensor): void;

  /** Returns the stored transitions. */
  contents(): ReplayContents;
  /** Returns the priorities of the stored transitions; null for uniform replay. */
  priorities(): PriorityContents | null;
  /**
   * Restores saved transitions.
   * @param contents, priorities results of `contents` and `priorities`, of equal length; without priorities a prioritized
   *   replay treats all transitions as new ones
   */
  restore(contents: ReplayContents, position: number, priorities?: PriorityContents | null): void;
}
