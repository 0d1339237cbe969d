// Replay memory: a ring of transitions (observation, action, reward, next observation, discount). The host keeps the write
// position and the size.

import type { Batch, RandomStream } from "./handles.ts";

/** Storage of observations in replay memory: as they are, as bytes (0..255), or as the index of a one-hot vector. */
export type ObservationStorage = "float32" | "uint8" | "one-hot";

export interface ReplaySpec {
  /** Transitions. */
  readonly capacity: number;
  /** Numbers that the network sees per observation. */
  readonly observationSize: number;
  readonly observationStorage: ObservationStorage;
  /** Numbers per action: 1 for a discrete action (its index). */
  readonly actionSize: number;
}

export interface ReplayMemory {
  readonly spec: ReplaySpec;
  readonly bytes: number;
}

/** Replay contents field by field; observations in their storage type (float32, uint8, or index as uint32). */
export interface ReplayContents {
  readonly observation: Float32Array | Uint8Array | Uint32Array;
  readonly action: Float32Array;
  readonly reward: Float32Array;
  readonly nextObservation: Float32Array | Uint8Array | Uint32Array;
  readonly discount: Float32Array;
}

export interface ReplayOperations {
  /** @throws RangeError when memory cannot hold so many transitions; nothing is planned then */
  plan(spec: ReplaySpec): ReplayMemory;

  /**
   * Stores a transition in `slot`; uint8 storage truncates to 0..255.
   * @param observation, nextObservation [observationSize] @param action [actionSize]
   * @param sums [reward, discount]; an array, because numbers in arguments may be heap objects
   */
  store(
    memory: ReplayMemory,
    slot: number,
    observation: Float32Array,
    action: Float32Array,
    sums: Float64Array,
    nextObservation: Float32Array,
  ): void;

  /** Draws `rows` slots uniformly (with replacement) from 0 .. size - 1 into batch.index, and gathers them. Weights become 1. */
  sample(memory: ReplayMemory, stream: RandomStream, size: number, rows: number, batch: Batch): void;

  /** Fills a batch from the slots in batch.index; weights are left alone. */
  gather(memory: ReplayMemory, rows: number, batch: Batch): void;

  /** The first `size` transitions as bytes, in storage layout, for a checkpoint: one array per field. */
  read(memory: ReplayMemory, size: number): ReplayContents;
  write(memory: ReplayMemory, contents: ReplayContents): void;
}
