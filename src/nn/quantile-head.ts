// Outputs are quantiles of the return, learnt by quantile Huber regression: of fixed fractions (Dabney et al. 2018a,
// https://arxiv.org/abs/1710.10044), or of those that an implicit quantile network was asked for (Dabney et al. 2018b,
// https://arxiv.org/abs/1806.06923).

import type { Backend } from "../backend.ts";
import type { Tensor } from "../operations/handles.ts";
import type { QuantileUpdate } from "../operations/return-distribution.ts";
import type { ValueHead, ValueLearning } from "./value-head.ts";

export interface QuantileOptions {
  readonly type: "quantile";
  /** Quantiles of a distribution, those of the fractions (i + 1/2) / quantiles. [200] */
  readonly quantiles: number;
  /** Errors up to here count by their square, larger ones by their size; 0: all by their size. [1] */
  readonly kappa: number;
}

export class QuantileHead implements ValueHead {
  readonly atoms: number;
  readonly #backend: Backend;
  readonly #kappa: number;
  #learning: ValueLearning | null = null;
  #update: QuantileUpdate | null = null;

  constructor(backend: Backend, options: Pick<QuantileOptions, "quantiles" | "kappa">) {
    this.#backend = backend;
    this.atoms = options.quantiles;
    this.#kappa = options.kappa;
  }

  /** The means of any number of quantiles: of output.columns / q.columns. */
  values(rows: number, output: Tensor, q: Tensor): Tensor {
    this.#backend.rows.mean(rows, output, output.columns / q.columns, q);
    return q;
  }

  /** absError is the sample's loss, without its importance weight. */
  learn(rows: number, learning: ValueLearning): void {
    if (this.#update === null || this.#learning !== learning) {
      const { output, nextOutput, fractions, selectionQ, batch, dOutput, absError, metrics } = learning;
      this.#learning = learning;
      this.#update = {
        quantiles: output,
        nextQuantiles: nextOutput,
        fractions,
        count: this.atoms,
        nextCount: nextOutput.columns / (output.columns / this.atoms),
        kappa: this.#kappa,
        selectionQ,
        batch,
        dQuantiles: dOutput,
        absError,
        metrics,
      };
    }
    this.#backend.returnDistribution.quantile(rows, this.#update);
  }
}
