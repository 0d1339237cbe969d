// Outputs are quantiles of the return, learned by quantile Huber regression. Their fractions are fixed (Dabney et al. 2018a,
// https://arxiv.org/abs/1710.10044), or are those given to an implicit quantile network (Dabney et al. 2018b,
// https://arxiv.org/abs/1806.06923).

import type { Backend } from "../../backend.ts";
import type { GraphWriter, Pass } from "../../nn/module.ts";
import type { Batch, Tensor } from "../../operations/handles.ts";
import { describeMeans, type PlannedLoss, type PlannedValues, type ValueHead, type ValuePasses } from "./value-head.ts";

/** Distribution of returns as quantiles of fixed fractions. */
export interface QuantileOptions {
  /** Name of this kind of distribution. */
  readonly type: "quantile";
  /** Number of quantiles; their fractions are (i + 1/2) / quantiles. @defaultValue 200 */
  readonly quantiles: number;
  /**
   * Limit of the Huber loss: errors up to kappa are squared, larger ones count by their size; 0: none are squared.
   * @defaultValue 1
   */
  readonly kappa: number;
}

/** A pass that may have its own fractions, as passes of implicit quantile networks do. */
interface FractionPass extends Pass {
  /** [rows, N] fractions of the quantiles. */
  readonly fractions?: Tensor;
}

/** Head of quantiles of the return, as QR-DQN and IQN learn them. */
export class QuantileHead implements ValueHead {
  readonly atoms: number;
  readonly #actions: number;
  readonly #kappa: number;

  constructor(actions: number, { quantiles, kappa }: Pick<QuantileOptions, "quantiles" | "kappa">) {
    this.atoms = quantiles;
    this.#actions = actions;
    this.#kappa = kappa;
  }

  /** Plans the values: the means of the quantiles, whatever their number in this pass. */
  planValues(backend: Backend, { output, rows: most }: Pass): PlannedValues {
    const q = backend.tensor(most, this.#actions);
    return { q, forward: (rows) => backend.rows.mean(rows, output, output.columns / this.#actions, q) };
  }

  describe(graph: GraphWriter, output: string): string {
    return describeMeans(graph, output, this.#actions);
  }

  /** Plans the loss. absError is the loss of a sample, without its importance weight. */
  planLoss(backend: Backend, { now, next, select }: ValuePasses, batch: Batch, metrics: Tensor): PlannedLoss {
    const { rows } = now;
    const absError = backend.tensor(rows, 1);
    const selecting = select === null ? null : this.planValues(backend, select);
    const update = {
      quantiles: now.output,
      nextQuantiles: next.output,
      fractions: (now as FractionPass).fractions ?? null,
      count: this.atoms,
      nextCount: next.output.columns / this.#actions,
      kappa: this.#kappa,
      selectionQ: selecting === null ? null : selecting.q,
      batch,
      dQuantiles: now.dOutput!,
      absError,
      metrics,
    };
    const learn = (): void => {
      selecting?.forward(rows);
      backend.returnDistribution.quantile(rows, update);
    };
    return { absError, learn };
  }
}
