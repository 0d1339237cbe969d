// Outputs are expected returns, learnt towards the soft targets of Munchausen-DQN (Vieillard et al. 2020,
// https://arxiv.org/abs/2007.14430).

import type { Backend } from "../backend.ts";
import type { Tensor } from "../operations/handles.ts";
import type { MunchausenUpdate, TdLoss } from "../operations/value-loss.ts";
import type { ValueHead, ValueLearning } from "./value-head.ts";

export interface MunchausenOptions {
  /** Share of the scaled log-policy that is added to the reward, 0 .. 1. */
  readonly alpha: number;
  /** Of the softmax policy over the target network's values, above 0. */
  readonly temperature: number;
  /** Lower bound of the scaled log-policy, at most 0. */
  readonly clip: number;
}

export class MunchausenHead implements ValueHead {
  readonly atoms = 1;
  readonly #backend: Backend;
  readonly #loss: TdLoss;
  readonly #options: MunchausenOptions;
  readonly #target: Tensor;
  #learning: ValueLearning | null = null;
  #update: MunchausenUpdate | null = null;

  /** @param rows of the largest batch */
  constructor(backend: Backend, rows: number, loss: TdLoss, options: MunchausenOptions) {
    this.#backend = backend;
    this.#loss = loss;
    this.#options = options;
    this.#target = backend.tensor(rows, 1);
  }

  values(_rows: number, output: Tensor): Tensor {
    return output;
  }

  /** Selects no next action: `selectionQ` is not looked at. @pre learning.policyQ is not null */
  learn(rows: number, learning: ValueLearning): void {
    if (this.#update === null || this.#learning !== learning) {
      const { output, nextOutput, policyQ, batch, dOutput, absError, metrics } = learning;
      const { alpha, temperature, clip } = this.#options;
      this.#learning = learning;
      this.#update = {
        q: output,
        nextQ: nextOutput,
        policyQ: policyQ!,
        alpha,
        temperature,
        clip,
        batch,
        loss: this.#loss,
        dQ: dOutput,
        target: this.#target,
        absError,
        metrics,
      };
    }
    this.#backend.valueLoss.munchausen(rows, this.#update);
  }
}
