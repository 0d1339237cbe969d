// Outputs are expected returns, learned towards the soft targets of Munchausen-DQN (Vieillard et al. 2020,
// https://arxiv.org/abs/2007.14430).

import type { Backend } from "../../backend.ts";
import type { Pass } from "../../nn/module.ts";
import type { Batch, Tensor } from "../../operations/handles.ts";
import type { TdLoss } from "../../operations/value-loss.ts";
import type { PlannedLoss, PlannedValues, ValueHead, ValuePasses } from "./value-head.ts";

/** Options of Munchausen targets. */
export interface MunchausenOptions {
  /** Share of the scaled log-policy that is added to the reward, in 0 .. 1. @defaultValue 0.9 */
  readonly alpha: number;
  /** Temperature of the softmax policy over the target network's values, above 0. @defaultValue 0.03 */
  readonly temperature: number;
  /** Lower bound of the scaled log-policy, at most 0. @defaultValue -1 */
  readonly clip: number;
}

/** Head of expected returns, learned towards soft targets. */
export class MunchausenHead implements ValueHead {
  readonly atoms = 1;
  readonly #loss: TdLoss;
  readonly #options: MunchausenOptions;

  constructor(loss: TdLoss, options: MunchausenOptions) {
    this.#loss = loss;
    this.#options = options;
  }

  planValues(_backend: Backend, { output }: Pass): PlannedValues {
    return { q: output, forward: () => {} };
  }

  /** Plans the loss. Its targets average over the next actions and select none. @pre passes.policy is not null */
  planLoss(backend: Backend, { now, next, policy }: ValuePasses, batch: Batch, metrics: Tensor): PlannedLoss {
    const { rows } = now;
    const absError = backend.tensor(rows, 1);
    const update = {
      ...this.#options,
      q: now.output,
      nextQ: next.output,
      policyQ: policy!.output,
      batch,
      loss: this.#loss,
      dQ: now.dOutput!,
      target: backend.tensor(rows, 1),
      absError,
      metrics,
    };
    return { absError, learn: () => backend.valueLoss.munchausen(rows, update) };
  }
}
