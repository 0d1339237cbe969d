// Outputs are quantiles of the return, learned by quantile Huber regression: of fixed fractions (Dabney et al. 2018a,
// https://arxiv.org/abs/1710.10044), or of those that an implicit quantile network was asked for (Dabney et al. 2018b,
// https://arxiv.org/abs/1806.06923).

import type { Backend } from "../../backend.ts";
import type { GraphWriter, Pass } from "../../nn/module.ts";
import type { Batch, Tensor } from "../../operations/handles.ts";
import { describeMeans, type PlannedLoss, type PlannedValues, type ValueHead, type ValuePasses } from "./value-head.ts";

export interface QuantileOptions {
  readonly type: "quantile";
  /** Quantiles of a distribution, those of the fractions (i + 1/2) / quantiles. @defaultValue 200 */
  readonly quantiles: number;
  /** Errors up to here count by their square, larger ones by their size; 0: all by their size. @defaultValue 1 */
  readonly kappa: number;
}

/** A pass that was asked for quantiles of fractions of its own. */
interface FractionPass extends Pass {
  /** [rows, N] */
  readonly fractions?: Tensor;
}

export class QuantileHead implements ValueHead {
  readonly atoms: number;
  readonly #actions: number;
  readonly #kappa: number;

  constructor(actions: number, { quantiles, kappa }: Pick<QuantileOptions, "quantiles" | "kappa">) {
    this.atoms = quantiles;
    this.#actions = actions;
    this.#kappa = kappa;
  }

  /** The means of any number of quantiles. */
  planValues(backend: Backend, { output, rows: most }: Pass): PlannedValues {
    const q = backend.tensor(most, this.#actions);
    return { q, forward: (rows) => backend.rows.mean(rows, output, output.columns / this.#actions, q) };
  }

  describe(graph: GraphWriter, output: string): string {
    return describeMeans(graph, output, this.#actions);
  }

  /** absError is the sample's loss, without its importance weight. */
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
