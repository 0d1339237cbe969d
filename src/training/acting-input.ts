// What an agent acts on: observations as they came, and as its networks see them. The two are one unless observations are
// normalised. Allocates nothing after it was built.

import type { Backend } from "../backend.ts";
import type { Tensor } from "../operations/handles.ts";
import type { RunningNormalizer } from "./running-normalizer.ts";

export class ActingInput {
  /** [rows, observation size]: what networks see. */
  readonly tensor: Tensor;
  /** [observation size]: one observation as it came, encoded. */
  readonly row: Float32Array;
  /** [environments, observation size]: one of each environment. */
  readonly rows: Float32Array;
  readonly #backend: Backend;
  readonly #normalizer: RunningNormalizer;
  /** Where they are normalised. */
  readonly #seenRow: Float32Array;
  readonly #seenRows: Float32Array;

  /**
   * @param rows that are acted on together, at most
   * @param size numbers per observation
   */
  constructor(backend: Backend, rows: number, size: number, environments: number, normalizer: RunningNormalizer) {
    this.#backend = backend;
    this.#normalizer = normalizer;
    this.tensor = backend.tensor(rows, size);
    this.row = new Float32Array(size);
    this.rows = new Float32Array(environments * size);
    const isNormalized = normalizer.observations !== null;
    this.#seenRow = isNormalized ? new Float32Array(size) : this.row;
    this.#seenRows = isNormalized ? new Float32Array(environments * size) : this.rows;
  }

  /** Shows `row` to the networks, as row `index`. */
  showRow(index: number = 0): void {
    this.#show(this.row, this.#seenRow, 1, index);
  }

  /** Shows `rows` to the networks, from the first row on. */
  showRows(): void {
    const { row, rows } = this;
    this.#show(rows, this.#seenRows, rows.length / row.length, 0);
  }

  #show(observations: Float32Array, seen: Float32Array, count: number, index: number): void {
    if (seen !== observations) {
      for (let i = 0; i < observations.length; i++) seen[i] = observations[i];
      this.#normalizer.normalize(seen, count);
    }
    this.#backend.write(this.tensor, seen, index);
  }
}
