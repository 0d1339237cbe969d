// What a network's outputs mean, and how they learn: one number per action (ExpectedHead), or `atoms` numbers per action
// that describe the distribution of its return. Output unit = action x atoms + atom.

import type { Backend } from "../backend.ts";
import type { Batch, RandomStream, Tensor } from "../operations/handles.ts";
import type { TdLoss, TdUpdate } from "../operations/value-loss.ts";

/**
 * Inputs and outputs of one step of learning. An agent plans one such object and passes it every time: a head keeps what
 * it derives from it, and then allocates nothing. Letters: B rows, A actions, N atoms.
 */
export interface ValueLearning {
  /** [B, A N] outputs of the online network for the observations. */
  readonly output: Tensor;
  /** [B, A N'] outputs of the target network for the next observations; N' differs from N for implicit quantiles only. */
  readonly nextOutput: Tensor;
  /** [B, A] values whose argmax selects the next action (double DQN: the online network's); null: nextOutput's own. */
  readonly selectionQ: Tensor | null;
  /** [B, A N] the outputs that `selectionQ` was made of; null where it is. */
  readonly selectionOutput: Tensor | null;
  /** [B, A] outputs of the target network for the observations, which Munchausen targets need; null for all others. */
  readonly policyQ: Tensor | null;
  /** [B, N] the fractions that implicit quantiles were asked for; null for all other heads. */
  readonly fractions: Tensor | null;
  readonly batch: Batch;
  /** [B, A N], written: gradient of the loss by `output`. */
  readonly dOutput: Tensor;
  /** [B, 1], written: what the sample's priority is made of; at least 0, without importance weight. */
  readonly absError: Tensor;
  /** [1, 2], written: loss and mean taken q (see `ValueMetric`). */
  readonly metrics: Tensor;
}

/** Several value functions in one head, of which one explores at a time. */
export interface Ensemble {
  /** Which one explores. */
  member: number;
  /** Lets another one explore, drawn uniformly. */
  draw(stream: RandomStream): void;
  /** Its Q values of the first `rows` rows. @param output [B, A N] @param q [B, A], written @returns q */
  memberValues(rows: number, output: Tensor, q: Tensor): Tensor;
}

export interface ValueHead {
  /** Outputs per action that the network has. */
  readonly atoms: number;
  /** Of heads with several members; absent in all others. */
  readonly ensemble?: Ensemble;
  /**
   * Q values of the first `rows` rows.
   * @param output [B, A N]
   * @param q [B, A], written unless the outputs are values themselves
   * @returns the tensor that holds the values: `q`, or `output` itself
   */
  values(rows: number, output: Tensor, q: Tensor): Tensor;
  /** Targets, loss, priorities and the gradient of the outputs, in one pass over the batch. */
  learn(rows: number, learning: ValueLearning): void;
}

/** Outputs are expected returns, learnt by the temporal-difference error (Mnih et al. 2015). */
export class ExpectedHead implements ValueHead {
  readonly atoms = 1;
  readonly #backend: Backend;
  readonly #loss: TdLoss;
  readonly #target: Tensor;
  #learning: ValueLearning | null = null;
  #update: TdUpdate | null = null;

  /** @param rows of the largest batch */
  constructor(backend: Backend, rows: number, loss: TdLoss) {
    this.#backend = backend;
    this.#loss = loss;
    this.#target = backend.tensor(rows, 1);
  }

  values(_rows: number, output: Tensor): Tensor {
    return output;
  }

  learn(rows: number, learning: ValueLearning): void {
    if (this.#update === null || this.#learning !== learning) {
      const { output, nextOutput, selectionQ, batch, dOutput, absError, metrics } = learning;
      this.#learning = learning;
      this.#update = {
        q: output,
        nextQ: nextOutput,
        selectionQ,
        batch,
        loss: this.#loss,
        dQ: dOutput,
        target: this.#target,
        absError,
        metrics,
      };
    }
    this.#backend.valueLoss.td(rows, this.#update);
  }
}
