// Uniform experience replay (Lin 1992): keeps the last `capacity` transitions and samples them with replacement. The host keeps
// the write position; the transitions lie in the backend (assembly/replay/ring-buffer.ts).

import type { Backend } from "../backend.ts";
import type { Batch, RandomStream, Tensor } from "../operations/handles.ts";
import type { ReplayContents, ReplayMemory, ReplaySpec } from "../operations/replay.ts";
import type { Replay } from "./replay.ts";

/** Largest capacity: slot numbers are passed as float32, which is exact up to 2^24. */
export const MAX_CAPACITY = 16_777_216;

/** A replay that samples all transitions with the same probability. */
export class ReplayBuffer implements Replay {
  readonly type = "uniform";
  /** Unused: uniform samples need no correction. */
  beta = 0;
  readonly memory: ReplayMemory;
  readonly #backend: Backend;
  #position = 0;
  #size = 0;

  constructor(backend: Backend, spec: ReplaySpec) {
    this.#backend = backend;
    this.memory = backend.replay.plan(spec);
  }

  get capacity(): number {
    return this.memory.spec.capacity;
  }

  /** Number of stored transitions, at most `capacity`. */
  get size(): number {
    return this.#size;
  }

  /** Slot that the next transition will overwrite. */
  get position(): number {
    return this.#position;
  }

  get bytes(): number {
    return this.memory.bytes;
  }

  /** Stores a transition. @param observation, nextObservation [observationSize]; action [actionSize] */
  add(observation: Float32Array, action: Float32Array, sums: Float64Array, nextObservation: Float32Array): void {
    this.#backend.replay.store(this.memory, this.#position, observation, action, sums, nextObservation);
    this.#position = this.#position + 1 === this.capacity ? 0 : this.#position + 1;
    if (this.#size < this.capacity) this.#size++;
  }

  /** Fills the first `rows` rows of the batch with transitions drawn uniformly. @pre size > 0 */
  sample(stream: RandomStream, rows: number, batch: Batch): void {
    this.#backend.replay.sample(this.memory, stream, this.#size, rows, batch);
  }

  /** Does nothing: uniform replay has no priorities. */
  updatePriorities(_rows: number, _batch: Batch, _absError: Tensor): void {}

  contents(): ReplayContents {
    return this.#backend.replay.read(this.memory, this.#size);
  }

  priorities(): null {
    return null;
  }

  restore(contents: ReplayContents, position: number): void {
    this.#backend.replay.write(this.memory, contents);
    this.#size = contents.reward.length;
    this.#position = position;
  }
}

/** Allocates the tensors of a batch of sampled transitions. */
export function planBatch(backend: Backend, rows: number, observationSize: number, actionSize: number): Batch {
  return {
    observation: backend.tensor(rows, observationSize),
    action: backend.tensor(rows, actionSize),
    reward: backend.tensor(rows, 1),
    nextObservation: backend.tensor(rows, observationSize),
    discount: backend.tensor(rows, 1),
    weight: backend.tensor(rows, 1),
    index: backend.tensor(rows, 1),
  };
}
