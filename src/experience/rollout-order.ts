// The order in which an epoch goes through a rollout, minibatch by minibatch: transition by transition, or, for recurrent
// policies, sequence by sequence. A sequence is L successive steps of one environment; of a minibatch of S sequences row
// t S + s is step t of sequence s, which is how recurrent layers take them.
//
// Slots that are no steps (resets of environments in mode "next-step") are left out, and the order is as much shorter.

import type { Backend } from "../backend.ts";
import type { RandomStream, Tensor } from "../operations/handles.ts";

/** The slots of a rollout: see Rollout. */
export interface OrderedSlots {
  readonly size: number;
  readonly stepCount: number;
  /** [slots], 1 where a slot is left out. */
  readonly skipped: Uint8Array;
}

export class RolloutOrder {
  /** [1, slots]: numbers of slots (see Rollout), the first `stepCount` of them. */
  readonly tensor: Tensor;
  readonly #backend: Backend;
  readonly #environments: number;
  readonly #sequenceSteps: number;
  /** Sequences of a minibatch. */
  readonly #width: number;
  readonly #collected: Float32Array;
  /** A permutation of all sequences, drawn and read; null where a sequence is one step. */
  readonly #drawn: Tensor | null;
  readonly #sequences: Float32Array;
  readonly #slots: Float32Array;

  /** @param minibatchSize a multiple of sequenceSteps; what is left over of the slots stays at the end */
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

  /** All slots as they were collected, those that are no steps too: for what is computed of every slot. */
  collect(): void {
    this.#backend.write(this.tensor, this.#collected);
  }

  /** The steps as they were collected. */
  reset(rollout: OrderedSlots): void {
    this.collect();
    this.#leaveOut(rollout);
  }

  /** The steps in a random order. @pre the rollout is full */
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

  /** Takes over an order that was saved. */
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

  /** Slots of the sequences, in the order drawn. */
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
