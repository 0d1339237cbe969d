// Replay memory: one array per field, one slot per transition. The host keeps the position of the next write and the size.

import type { Batch, RandomStream } from "../../operations/handles.ts";
import type { ReplayContents, ReplayMemory, ReplayOperations, ReplaySpec } from "../../operations/replay.ts";
import { dataOf, stateOf } from "./handles.ts";
import { randomIndex } from "./xoshiro.ts";

type Observations = Float32Array | Uint8Array | Uint32Array;

function observations(spec: ReplaySpec): Observations {
  switch (spec.observationStorage) {
    case "float32":
      return new Float32Array(spec.capacity * spec.observationSize);
    case "uint8":
      return new Uint8Array(spec.capacity * spec.observationSize);
    case "one-hot":
      return new Uint32Array(spec.capacity);
  }
}

/** Turns a number into a byte: the fraction is cut off, a number outside 0 .. 255 becomes the nearer end, NaN becomes 0. */
function toByte(x: number): number {
  return x >= 255 ? 255 : x > 0 ? Math.trunc(x) : 0;
}

/** Returns the index of the first 1; the last index when there is none. */
function hotIndex(row: Float32Array, size: number): number {
  let j = 0;
  while (j < size - 1 && row[j] !== 1) j++;
  return j;
}

class ReferenceReplayMemory implements ReplayMemory {
  readonly spec: ReplaySpec;
  readonly bytes: number;
  readonly #fields: ReplayContents;

  constructor(spec: ReplaySpec) {
    this.spec = spec;
    this.#fields = {
      observation: observations(spec),
      action: new Float32Array(spec.capacity * spec.actionSize),
      reward: new Float32Array(spec.capacity),
      nextObservation: observations(spec),
      discount: new Float32Array(spec.capacity),
    };
    this.bytes = Object.values(this.#fields).reduce((sum: number, field: Observations) => sum + field.byteLength, 0);
  }

  store(
    slot: number,
    observation: Float32Array,
    action: Float32Array,
    reward: number,
    nextObservation: Float32Array,
    discount: number,
  ): void {
    const { actionSize } = this.spec;
    this.#storeObservation(this.#fields.observation, slot, observation);
    this.#storeObservation(this.#fields.nextObservation, slot, nextObservation);
    for (let j = 0; j < actionSize; j++) this.#fields.action[slot * actionSize + j] = action[j];
    this.#fields.reward[slot] = reward;
    this.#fields.discount[slot] = discount;
  }

  #storeObservation(field: Observations, slot: number, row: Float32Array): void {
    const { observationSize: size, observationStorage: storage } = this.spec;
    if (storage === "one-hot") {
      field[slot] = hotIndex(row, size);
      return;
    }
    for (let j = 0; j < size; j++) field[slot * size + j] = storage === "uint8" ? toByte(row[j]) : row[j];
  }

  /** Copies transition `slot` into row `b` of the arrays. */
  gather(slot: number, b: number, into: Readonly<Record<keyof ReplayContents, Float32Array>>): void {
    const { actionSize } = this.spec;
    this.#gatherObservation(this.#fields.observation, slot, into.observation, b);
    this.#gatherObservation(this.#fields.nextObservation, slot, into.nextObservation, b);
    for (let j = 0; j < actionSize; j++) into.action[b * actionSize + j] = this.#fields.action[slot * actionSize + j];
    into.reward[b] = this.#fields.reward[slot];
    into.discount[b] = this.#fields.discount[slot];
  }

  #gatherObservation(field: Observations, slot: number, rows: Float32Array, b: number): void {
    const { observationSize: size, observationStorage: storage } = this.spec;
    if (storage === "one-hot") {
      rows.fill(0, b * size, (b + 1) * size);
      rows[b * size + field[slot]] = 1;
      return;
    }
    for (let j = 0; j < size; j++) rows[b * size + j] = field[slot * size + j];
  }

  /** Returns copies of the first `size` transitions. */
  contents(size: number): ReplayContents {
    const { observationSize, actionSize, observationStorage } = this.spec;
    const width = observationStorage === "one-hot" ? 1 : observationSize;
    return {
      observation: this.#fields.observation.slice(0, size * width),
      action: this.#fields.action.slice(0, size * actionSize),
      reward: this.#fields.reward.slice(0, size),
      nextObservation: this.#fields.nextObservation.slice(0, size * width),
      discount: this.#fields.discount.slice(0, size),
    };
  }

  setContents(contents: ReplayContents): void {
    this.#fields.observation.set(contents.observation);
    this.#fields.action.set(contents.action);
    this.#fields.reward.set(contents.reward);
    this.#fields.nextObservation.set(contents.nextObservation);
    this.#fields.discount.set(contents.discount);
  }
}

export class ReferenceReplay implements ReplayOperations {
  /** Bytes planned so far. */
  bytes = 0;

  plan(spec: ReplaySpec): ReplayMemory {
    const memory = new ReferenceReplayMemory(spec);
    this.bytes += memory.bytes;
    return memory;
  }

  store(
    memory: ReplayMemory,
    slot: number,
    observation: Float32Array,
    action: Float32Array,
    sums: Float64Array,
    nextObservation: Float32Array,
  ): void {
    (memory as ReferenceReplayMemory).store(slot, observation, action, sums[0], nextObservation, sums[1]);
  }

  sample(memory: ReplayMemory, stream: RandomStream, size: number, rows: number, batch: Batch): void {
    for (let b = 0; b < rows; b++) dataOf(batch.index)[b] = randomIndex(stateOf(stream), size);
    dataOf(batch.weight).fill(1, 0, rows);
    this.gather(memory, rows, batch);
  }

  gather(memory: ReplayMemory, rows: number, batch: Batch): void {
    const into = {
      observation: dataOf(batch.observation),
      action: dataOf(batch.action),
      reward: dataOf(batch.reward),
      nextObservation: dataOf(batch.nextObservation),
      discount: dataOf(batch.discount),
    };
    for (let b = 0; b < rows; b++) (memory as ReferenceReplayMemory).gather(dataOf(batch.index)[b], b, into);
  }

  read(memory: ReplayMemory, size: number): ReplayContents {
    return (memory as ReferenceReplayMemory).contents(size);
  }

  write(memory: ReplayMemory, contents: ReplayContents): void {
    (memory as ReferenceReplayMemory).setContents(contents);
  }
}
