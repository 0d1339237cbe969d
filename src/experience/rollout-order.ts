// The order of a rollout's slots in one epoch of minibatches. The order is made of single transitions, or, for recurrent
// policies, of sequences. A sequence is L successive steps of one environment. In a minibatch of S sequences row t S + s is
// step t of sequence s, the layout of recurrent layers.
//
// Slots that hold no step (resets of environments in mode "next-step") are left out, which makes the order shorter.

import type { Backend } from "../backend.ts";
import type { RandomStream, Tensor } from "../operations/handles.ts";

/** The slots of a rollout, see `Rollout`. */
export interface OrderedSlots {
  readonly size: number;
  readonly stepCount: number;
  /** [slots], 1 for slots that are left out. */
  readonly skipped: Uint8Array;
}

/** Writes the order of a rollout's slots into a tensor. */
export class RolloutOrder {
  /** [1, slots] slot numbers (see `Rollout`); the first `stepCount` numbers are valid. */
  readonly tensor: Tensor;
  readonly #backend: Backend;
  readonly #environments: number;
  readonly #sequenceSteps: number;
  /** Number of sequences in a minibatch. */
  readonly #width: number;
  readonly #collected: Float32Array;
  /** Random permutation of all sequences: the tensor, null if a sequence is one step, and its copy on the host. */
  readonly #drawn: Tensor | null;
  readonly #sequences: Float32Array;
  readonly #slots: Float32Array;

  /** @param minibatchSize a multiple of sequenceSteps; the last minibatch may be smaller */
  constructor(backend: Backend, slots: number, environments: number, minibatchSize: number, sequenceSteps: number) {
    this.#backend = backend;
    this.#environments = environments;
    this.#sequenceSteps = sequenceSteps;
    this.#width = minibatchSize / sequenceSteps;
    this.tensor = backend.tensor(1, slots);
    this.#collected = Float32Array.from({ length: slots }, (_, k) => k);
    const sequences = slots / sequenceSteps;
    this.#drawn = sequenceSteps === 1 ? null : backend.tensor(1, sequences);
    this.#sequences = new Float32Array(sequences);
    this.#slots = new Float32Array(slots);
  }

  /** Writes all slots in the order of collection, with the slots that hold no step. For computations over every slot. */
  collect(): void {
    this.#backend.write(this.tensor, this.#collected);
  }

  /** Writes the slots that hold steps, in the order of collection. */
  reset(rollout: OrderedSlots): void {
    this.collect();
    this.#leaveOut(rollout);
  }

  /** Writes the slots that hold steps, in a random order. @pre the rollout is full */
  shuffle(stream: RandomStream, rollout: OrderedSlots): void {
    const backend = this.#backend;
    if (this.#drawn === null) {
      backend.random.permutation(stream, this.tensor);
      this.#leaveOut(rollout);
      return;
    }
    backend.random.permutation(stream, this.#drawn);
    backend.latestRows(this.#drawn, 1, this.#sequences);
    this.#spread();
    backend.write(this.tensor, this.#slots);
  }

  /** Restores a saved order. */
  load(slots: Float32Array): void {
    this.#backend.write(this.tensor, slots);
  }

  #leaveOut({ size, stepCount, skipped }: OrderedSlots): void {
    if (stepCount === size) return;
    const slots = this.#slots;
    this.#backend.latestRows(this.tensor, 1, slots);
    let kept = 0;
    for (let i = 0; i < slots.length; i++) if (skipped[slots[i]] === 0) slots[kept++] = slots[i];
    this.#backend.write(this.tensor, slots);
  }

  /** Writes the slots of all sequences in the drawn order, minibatch by minibatch. */
  #spread(): void {
    const [E, L] = [this.#environments, this.#sequenceSteps];
    const count = this.#sequences.length;
    let row = 0;
    for (let from = 0; from < count; from += this.#width) {
      const end = Math.min(from + this.#width, count);
      for (let t = 0; t < L; t++) {
        for (let q = from; q < end; q++) {
          const sequence = this.#sequences[q];
          const environment = sequence % E;
          const first = ((sequence - environment) / E) * L;
          this.#slots[row++] = (first + t) * E + environment;
        }
      }
    }
  }
}
