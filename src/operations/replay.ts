// Replay memory: a ring of transitions (observation, action, reward, next observation, discount). The host keeps the
// position of the next write and the number of stored transitions.

import type { Batch, RandomStream } from "./handles.ts";

/** Storage of observations in replay memory: float32 numbers, bytes (0..255), or the index of a one-hot vector. */
export type ObservationStorage = "float32" | "uint8" | "one-hot";

/** Plan of a replay memory. */
export interface ReplaySpec {
  /** Number of transitions that the memory can hold. */
  readonly capacity: number;
  /** Numbers that the network sees per observation. */
  readonly observationSize: number;
  readonly observationStorage: ObservationStorage;
  /** Numbers per action: 1 for a discrete action (its index). */
  readonly actionSize: number;
}

/** Handle of a replay memory. */
export interface ReplayMemory {
  readonly spec: ReplaySpec;
  /** Bytes of memory planned. */
  readonly bytes: number;
}

/** Stored transitions, one array per field. Observations have their storage type (float32, uint8, or index as uint32). */
export interface ReplayContents {
  readonly observation: Float32Array | Uint8Array | Uint32Array;
  readonly action: Float32Array;
  readonly reward: Float32Array;
  readonly nextObservation: Float32Array | Uint8Array | Uint32Array;
  readonly discount: Float32Array;
}

export interface ReplayOperations {
  /** Plans an empty replay memory. @throws RangeError when memory cannot hold so many transitions; nothing is planned then */
  plan(spec: ReplaySpec): ReplayMemory;

  /**
   * Stores a transition in `slot`. uint8 storage truncates observations to 0..255.
   * @param observation, nextObservation [observationSize] @param action [actionSize]
   * @param sums [reward, discount], both after n-step summation; an array, because number arguments may be heap objects
   */
  store(
    memory: ReplayMemory,
    slot: number,
    observation: Float32Array,
    action: Float32Array,
    sums: Float64Array,
    nextObservation: Float32Array,
  ): void;

  /** Draws `rows` slots uniformly, with replacement, from 0 .. size - 1 into batch.index; fills the batch, with weights 1. */
  sample(memory: ReplayMemory, stream: RandomStream, size: number, rows: number, batch: Batch): void;

  /** Fills a batch from the slots in batch.index. Weights do not change. */
  gather(memory: ReplayMemory, rows: number, batch: Batch): void;

  /** Returns copies of the transitions in slots 0 .. size - 1, for a checkpoint. */
  read(memory: ReplayMemory, size: number): ReplayContents;
  /** Stores the transitions of a checkpoint in slots 0, 1, ... */
  write(memory: ReplayMemory, contents: ReplayContents): void;
}
