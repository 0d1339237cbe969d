// Replay memory: records in host memory, with a copy on the device. Records stored since the last sample are uploaded in one
// or two writes. A checkpoint reads the host's records. So neither storing nor saving waits for the device. A record, in
// words of 32 bits (an observation is I floats, I bytes in whole words, or the index of a one-hot vector):
//
//   observation | next observation | action | reward | discount

import type { ReplayContents, ReplayMemory, ReplaySpec } from "../../operations/replay.ts";
import { requireRoom } from "./device-memory.ts";
import { COPY_DST, type GpuBuffer, type GpuDevice, STORAGE } from "./gpu-types.ts";

/** Returns the words of one observation. */
function observationWords({ observationStorage, observationSize }: ReplaySpec): number {
  if (observationStorage === "one-hot") return 1;
  return observationStorage === "uint8" ? Math.ceil(observationSize / 4) : observationSize;
}

export class GpuReplay implements ReplayMemory {
  readonly spec: ReplaySpec;
  /** Bytes of both copies together. */
  readonly bytes: number;
  /** Words of an observation. */
  readonly words: number;
  /** Words of a record. */
  readonly stride: number;
  readonly buffer: GpuBuffer;
  readonly #device: GpuDevice;
  readonly #data: ArrayBuffer;
  readonly #integers: Uint32Array;
  readonly #floats: Float32Array;
  readonly #octets: Uint8Array;
  /** First slot that was not uploaded yet. */
  #from = 0;
  /** Number of slots that were not uploaded yet; after the last slot they continue with slot 0. */
  #dirty = 0;

  /** @throws RangeError when the device binds no buffer of that size, or the host lacks the memory */
  constructor(device: GpuDevice, spec: ReplaySpec) {
    this.spec = spec;
    this.words = observationWords(spec);
    this.stride = 2 * this.words + spec.actionSize + 2;
    const size = spec.capacity * this.stride * 4;
    requireRoom(device, `replay of ${spec.capacity} transitions`, size);
    this.bytes = 2 * size;
    this.#device = device;
    this.#data = new ArrayBuffer(size);
    this.#integers = new Uint32Array(this.#data);
    this.#floats = new Float32Array(this.#data);
    this.#octets = new Uint8Array(this.#data);
    this.buffer = device.createBuffer({ label: "bellwether replay", size, usage: STORAGE | COPY_DST });
  }

  store(
    slot: number,
    observation: Float32Array,
    action: Float32Array,
    sums: Float64Array,
    nextObservation: Float32Array,
  ): void {
    const record = slot * this.stride;
    this.#storeObservation(record, observation);
    this.#storeObservation(record + this.words, nextObservation);
    const rest = record + 2 * this.words;
    for (let j = 0; j < this.spec.actionSize; j++) this.#floats[rest + j] = action[j];
    this.#floats[rest + this.spec.actionSize] = sums[0];
    this.#floats[rest + this.spec.actionSize + 1] = sums[1];
    this.#markDirty(slot);
  }

  /** Uploads the slots that were not uploaded yet. Commands that read the records must have been submitted before. */
  upload(): void {
    const { capacity } = this.spec;
    const first = Math.min(this.#dirty, capacity - this.#from);
    this.#write(this.#from, first);
    this.#write(0, this.#dirty - first);
    this.#dirty = 0;
  }

  /** Returns copies of the first `size` transitions. */
  contents(size: number): ReplayContents {
    const { actionSize } = this.spec;
    const contents = {
      observation: this.#emptyObservations(size),
      nextObservation: this.#emptyObservations(size),
      action: new Float32Array(size * actionSize),
      reward: new Float32Array(size),
      discount: new Float32Array(size),
    };
    for (let slot = 0; slot < size; slot++) {
      const record = slot * this.stride;
      this.#observation(record, contents.observation, slot).set(this.#observation(record));
      this.#observation(record, contents.nextObservation, slot).set(this.#observation(record + this.words));
      const rest = record + 2 * this.words;
      contents.action.set(this.#floats.subarray(rest, rest + actionSize), slot * actionSize);
      contents.reward[slot] = this.#floats[rest + actionSize];
      contents.discount[slot] = this.#floats[rest + actionSize + 1];
    }
    return contents;
  }

  setContents(contents: ReplayContents): void {
    const { actionSize } = this.spec;
    const size = contents.reward.length;
    for (let slot = 0; slot < size; slot++) {
      const record = slot * this.stride;
      this.#observation(record).set(this.#observation(record, contents.observation, slot));
      this.#observation(record + this.words).set(this.#observation(record, contents.nextObservation, slot));
      const rest = record + 2 * this.words;
      this.#floats.set(contents.action.subarray(slot * actionSize, (slot + 1) * actionSize), rest);
      this.#floats[rest + actionSize] = contents.reward[slot];
      this.#floats[rest + actionSize + 1] = contents.discount[slot];
    }
    this.#from = 0;
    this.#dirty = size;
  }

  release(): void {
    this.buffer.destroy();
  }

  #storeObservation(word: number, row: Float32Array): void {
    const { observationStorage, observationSize: size } = this.spec;
    if (observationStorage === "float32") {
      for (let j = 0; j < size; j++) this.#floats[word + j] = row[j];
    } else if (observationStorage === "uint8") {
      // The fraction is cut off; a number outside the range becomes the nearer end, NaN becomes 0.
      for (let j = 0; j < size; j++) this.#octets[4 * word + j] = row[j] >= 255 ? 255 : row[j] > 0 ? row[j] : 0;
    } else {
      let j = 0;
      while (j < size - 1 && row[j] !== 1) j++;
      this.#integers[word] = j;
    }
  }

  #markDirty(slot: number): void {
    const { capacity } = this.spec;
    const place = slot - this.#from < 0 ? slot - this.#from + capacity : slot - this.#from;
    if (place < this.#dirty) return;
    if (place !== this.#dirty) {
      this.upload();
      this.#from = slot;
    }
    this.#dirty++;
  }

  #write(slot: number, count: number): void {
    if (count === 0) return;
    const bytes = this.stride * 4;
    this.#device.queue.writeBuffer(this.buffer, slot * bytes, this.#data, slot * bytes, count * bytes);
  }

  #emptyObservations(size: number): ReplayContents["observation"] {
    const { observationStorage, observationSize } = this.spec;
    if (observationStorage === "one-hot") return new Uint32Array(size);
    return observationStorage === "uint8"
      ? new Uint8Array(size * observationSize)
      : new Float32Array(size * observationSize);
  }

  /** Returns the bytes of the observation at a word of the records; with `list`, the bytes of its observation `slot`. */
  #observation(word: number, list?: ReplayContents["observation"], slot: number = 0): Uint8Array {
    const { observationStorage, observationSize } = this.spec;
    const bytes = observationStorage === "uint8" ? observationSize : this.words * 4;
    if (list === undefined) return this.#octets.subarray(4 * word, 4 * word + bytes);
    return new Uint8Array(list.buffer, list.byteOffset + slot * bytes, bytes);
  }
}
