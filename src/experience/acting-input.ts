// The input tensor of the networks that act: encoded observations, normalised if the agent normalises observations. Nothing is
// allocated after construction.

import type { Backend } from "../backend.ts";
import type { GraphWriter } from "../nn/module.ts";
import type { Tensor } from "../operations/handles.ts";
import type { ActingRows } from "./actor.ts";
import type { RunningNormalizer } from "./running-normalizer.ts";

/** The tensor from which the acting networks read observations. `write` fills it before every forward pass. */
export class ActingInput {
  /** [rows, observation size], the input of the acting networks. */
  readonly tensor: Tensor;
  readonly #backend: Backend;
  readonly #normalizer: RunningNormalizer | null;
  readonly #row: Float32Array;

  /**
   * @param rows largest number of observations in one call of `write`
   * @param observationSize numbers per encoded observation
   * @param normalizer normalises observations; null: networks see the encoded observations. Default: null.
   */
  constructor(backend: Backend, rows: number, observationSize: number, normalizer: RunningNormalizer | null = null) {
    this.#backend = backend;
    this.#normalizer = normalizer === null || normalizer.observations === null ? null : normalizer;
    this.tensor = backend.tensor(rows, observationSize);
    this.#row = new Float32Array(observationSize);
  }

  /** Writes the observations into the first rows of `tensor`, normalised if there is a normalizer. */
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

  /**
   * Adds the normalisation of observations to an ONNX graph.
   * @param observation name of the encoded observations
   * @returns the name of the observations that the networks see
   */
  describe(graph: GraphWriter, observation: string): string {
    return this.#normalizer?.describe(graph, observation) ?? observation;
  }
}
