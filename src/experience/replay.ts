// The contract of a replay, uniform or prioritized.

import type { Batch, RandomStream, Tensor } from "../operations/handles.ts";
import type { PriorityContents, PriorityType } from "../operations/priorities.ts";
import type { ReplayContents, ReplayMemory } from "../operations/replay.ts";

export interface Replay {
  readonly type: "uniform" | PriorityType;
  readonly memory: ReplayMemory;
  readonly capacity: number;
  /** Transitions stored, at most `capacity`. */
  readonly size: number;
  /** The slot that the next transition takes. */
  readonly position: number;
  /** Planned bytes, those of priorities included. */
  readonly bytes: number;
  /** Strength of the importance weights, 0 (none) .. 1 (full), set before a sample; uniform replay needs none. */
  beta: number;

  /**
   * @param observation, nextObservation [observationSize]; action [actionSize]
   * @param sums [reward, discount]; an array, because numbers in arguments may be heap objects
   */
  add(observation: Float32Array, action: Float32Array, sums: Float64Array, nextObservation: Float32Array): void;
  /** Fills the first `rows` rows of a batch, weights and slots included. @pre size > 0 */
  sample(stream: RandomStream, rows: number, batch: Batch): void;
  /**
   * Tells the absolute errors of the rows last sampled; uniform replay does not listen. To be called before the next
   * `add`, which may overwrite a sampled slot: the new transition would get the old one's error.
   * @param absError [B, 1]
   * @throws RangeError for a negative, infinite or NaN error; nothing changes then
   */
  updatePriorities(rows: number, batch: Batch, absError: Tensor): void;

  contents(): ReplayContents;
  /** null: uniform */
  priorities(): PriorityContents | null;
  /**
   * @param contents, priorities as `contents` and `priorities` gave them, of equal length; prioritized replay without
   *   priorities takes all transitions for new ones
   */
  restore(contents: ReplayContents, position: number, priorities?: PriorityContents | null): void;
}
