// Where networks see what is acted on: encoded observations, normalised where an agent normalises them. Allocates nothing after it
// was built.

import type { Backend } from "../backend.ts";
import type { GraphWriter } from "../nn/module.ts";
import type { Tensor } from "../operations/handles.ts";
import type { ActingRows } from "./actor.ts";
import type { RunningNormalizer } from "./running-normalizer.ts";

export class ActingInput {
  /** [rows, observation size] */
  readonly tensor: Tensor;
  readonly #backend: Backend;
  readonly #normalizer: RunningNormalizer | null;
  readonly #row: Float32Array;

  /**
   * @param rows that are acted on together, at most
   * @param normalizer null: networks see observations as they are encoded
   */
  constructor(backend: Backend, rows: number, observationSize: number, normalizer: RunningNormalizer | null = null) {
    this.#backend = backend;
    this.#normalizer = normalizer === null || normalizer.observations === null ? null : normalizer;
    this.tensor = backend.tensor(rows, observationSize);
    this.#row = new Float32Array(observationSize);
  }

  /** Shows the observations to the networks, in the first rows of `tensor`. */
  write({ rows, observation }: ActingRows): void {
    const row = this.#row;
    if (this.#normalizer === null && observation.length === rows * row.length) {
      this.#backend.write(this.tensor, observation);
      return;
    }
    for (let r = 0; r < rows; r++) {
      for (let i = 0, from = r * row.length; i < row.length; i++) row[i] = observation[from + i];
      this.#normalizer?.normalize(row, 1);
      this.#backend.write(this.tensor, row, r);
    }
  }

  /** Observations as the networks see them, in an ONNX graph. @returns their name */
  describe(graph: GraphWriter, observation: string): string {
    return this.#normalizer?.describe(graph, observation) ?? observation;
  }
}
