// What agents see of a replay, uniform or prioritized.

import type { Backend } from "../backend.ts";
import type { Batch, RandomStream, Tensor } from "../operations/handles.ts";
import type { PriorityContents, PriorityType } from "../operations/priorities.ts";
import type { ReplayContents, ReplayMemory, ReplaySpec } from "../operations/replay.ts";
import { PrioritizedReplay } from "./prioritized-replay.ts";
import { ReplayBuffer } from "./replay-buffer.ts";

/** Which replay, and what shapes it; of `beta` the caller sets the value before each sample. */
export type ReplayChoice =
  | { readonly type: "uniform" }
  | { readonly type: PriorityType; readonly alpha: number; readonly epsilon: number };

/** @throws TypeError or RangeError for a choice out of range, or a capacity that memory cannot hold */
export function createReplay(backend: Backend, spec: ReplaySpec, choice: ReplayChoice): Replay {
  if (choice.type === "uniform") return new ReplayBuffer(backend, spec);
  const { type, alpha, epsilon } = choice;
  return new PrioritizedReplay(backend, spec, { type, alpha, epsilon });
}

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
