// Outputs are logits of the probabilities of fixed returns, learnt by the cross-entropy to projected targets (Bellemare et
// al. 2017, https://arxiv.org/abs/1707.06887).

import type { Backend } from "../backend.ts";
import type { Tensor } from "../operations/handles.ts";
import type { CategoricalUpdate } from "../operations/return-distribution.ts";
import type { ValueHead, ValueLearning } from "./value-head.ts";

export interface CategoricalOptions {
  readonly type: "categorical";
  /** Returns that a distribution is made of, evenly spaced, both ends included; at least 2. [51] */
  readonly atoms: number;
  /** The lowest of them. Returns outside low .. high count as the nearest end: the range must cover them. [-10] */
  readonly low: number;
  /** The highest of them. [10] */
  readonly high: number;
}

export class CategoricalHead implements ValueHead {
  readonly atoms: number;
  readonly #backend: Backend;
  readonly #low: number;
  readonly #high: number;
  #learning: ValueLearning | null = null;
  #update: CategoricalUpdate | null = null;

  constructor(backend: Backend, options: Pick<CategoricalOptions, "atoms" | "low" | "high">) {
    this.#backend = backend;
    this.atoms = options.atoms;
    this.#low = options.low;
    this.#high = options.high;
  }

  values(rows: number, output: Tensor, q: Tensor): Tensor {
    this.#backend.returnDistribution.categoricalValues(rows, output, this.#low, this.#high, this.atoms, q);
    return q;
  }

  /** absError is the Kullback-Leibler divergence of the prediction from its target, Rainbow's priority. */
  learn(rows: number, learning: ValueLearning): void {
    if (this.#update === null || this.#learning !== learning) {
      const { output, nextOutput, selectionQ, batch, dOutput, absError, metrics } = learning;
      this.#learning = learning;
      this.#update = {
        logits: output,
        nextLogits: nextOutput,
        selectionQ,
        batch,
        low: this.#low,
        high: this.#high,
        atoms: this.atoms,
        dLogits: dOutput,
        absError,
        metrics,
      };
    }
    this.#backend.returnDistribution.categorical(rows, this.#update);
  }
}
