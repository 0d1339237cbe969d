// Outputs are logits of the probabilities of fixed returns. The loss is the cross-entropy to projected targets (Bellemare et al.
// 2017, https://arxiv.org/abs/1707.06887).

import type { Backend } from "../../backend.ts";
import type { GraphWriter, Pass } from "../../nn/module.ts";
import type { Batch, Tensor } from "../../operations/handles.ts";
import type { PlannedLoss, PlannedValues, ValueHead, ValuePasses } from "./value-head.ts";

/** Distribution of returns as probabilities of fixed returns, the atoms. */
export interface CategoricalOptions {
  /** Name of this kind of distribution. */
  readonly type: "categorical";
  /** Number of fixed returns, evenly spaced from low to high, both included; at least 2. @defaultValue 51 */
  readonly atoms: number;
  /**
   * Lowest fixed return. A return outside low .. high counts as the nearest end: choose a range wide enough.
   * @defaultValue -10
   */
  readonly low: number;
  /** Highest fixed return. @defaultValue 10 */
  readonly high: number;
}

/** Head of the probabilities of fixed returns, as C51 learns them. */
export class CategoricalHead implements ValueHead {
  readonly atoms: number;
  readonly #low: number;
  readonly #high: number;

  constructor({ atoms, low, high }: Pick<CategoricalOptions, "atoms" | "low" | "high">) {
    this.atoms = atoms;
    this.#low = low;
    this.#high = high;
  }

  planValues(backend: Backend, { output, rows: most }: Pass): PlannedValues {
    const { returnDistribution } = backend;
    const q = backend.tensor(most, output.columns / this.atoms);
    return {
      q,
      forward: (rows) => returnDistribution.categoricalValues(rows, output, this.#low, this.#high, this.atoms, q),
    };
  }

  describe(graph: GraphWriter, output: string): string {
    const [low, high, N] = [this.#low, this.#high, this.atoms];
    const returns = Float32Array.from({ length: N }, (_, i) => low + (i * (high - low)) / (N - 1));
    const probabilities = graph.node("Softmax", [graph.reshape(output, [0, -1, N])], { axis: 2 });
    return graph.reshape(graph.node("MatMul", [probabilities, graph.constant(returns, [N, 1])]), [0, -1]);
  }

  /** Plans the loss. absError is the Kullback-Leibler divergence of the prediction from its target, as Rainbow's priority. */
  planLoss(backend: Backend, { now, next, select }: ValuePasses, batch: Batch, metrics: Tensor): PlannedLoss {
    const { rows } = now;
    const absError = backend.tensor(rows, 1);
    const selecting = select === null ? null : this.planValues(backend, select);
    const update = {
      logits: now.output,
      nextLogits: next.output,
      selectionQ: selecting === null ? null : selecting.q,
      batch,
      low: this.#low,
      high: this.#high,
      atoms: this.atoms,
      dLogits: now.dOutput!,
      absError,
      metrics,
    };
    const learn = (): void => {
      selecting?.forward(rows);
      backend.returnDistribution.categorical(rows, update);
    };
    return { absError, learn };
  }
}
