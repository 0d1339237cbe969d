// The order in which an epoch goes through a rollout, minibatch by minibatch: transition by transition, or, for policies that
// remember, sequence by sequence. A sequence is L successive steps of one environment; of a minibatch of S sequences row
// t S + s is step t of sequence s, which is how recurrent layers take them.

import type { Backend } from "../backend.ts";
import type { RandomStream, Tensor } from "../operations/handles.ts";

export class RolloutOrder {
  /** [1, slots]: numbers of slots (see Rollout). */
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

  /** As the transitions were collected. */
  reset(): void {
    this.#backend.write(this.tensor, this.#collected);
  }

  shuffle(stream: RandomStream): void {
    const backend = this.#backend;
    if (this.#drawn === null) {
      backend.random.permutation(stream, this.tensor);
      return;
    }
    backend.random.permutation(stream, this.#drawn);
    backend.latestRows(this.#drawn, 1, this.#sequences);
    this.#spread();
    backend.write(this.tensor, this.#slots);
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
