// Outputs are the returns that several members expect. Each member learns by its own temporal-difference error, towards its own
// value of the next state (Osband et al. 2016, https://arxiv.org/abs/1602.04621, algorithm 1). One member explores for a whole
// episode, so that a plan of several steps is carried out; greedy actions follow the mean of all members.
//
// Letters: B rows, A actions, K members. The loss reads the outputs [B, A K] as B K rows of A values, row b K + member.

import type { Backend } from "../../backend.ts";
import type { GraphWriter, Pass } from "../../nn/module.ts";
import type { Batch, Tensor } from "../../operations/handles.ts";
import type { TdLoss } from "../../operations/value-loss.ts";
import {
  describeMeans,
  type PlannedLoss,
  type PlannedMembers,
  type PlannedValues,
  type ValueHead,
  type ValuePasses,
} from "./value-head.ts";

/** Options of an ensemble of value functions. */
export interface EnsembleOptions {
  /** Number of value functions, the papers' K. @defaultValue 10, as Osband et al. 2016 */
  readonly members: number;
  /**
   * Factor of the random priors, beta of Osband et al. 2018; 0: no priors.
   * @defaultValue 3, as bsuite's agent, https://arxiv.org/abs/1908.03568
   */
  readonly priorScale: number;
}

/** Head of several value functions. */
export class EnsembleHead implements ValueHead {
  readonly atoms: number;
  readonly members: number;
  readonly #actions: number;
  readonly #loss: TdLoss;

  constructor(actions: number, loss: TdLoss, members: number) {
    this.atoms = members;
    this.members = members;
    this.#actions = actions;
    this.#loss = loss;
  }

  /** Plans the values for greedy acting: the mean of all members. */
  planValues(backend: Backend, { output, rows: most }: Pass): PlannedValues {
    const q = backend.tensor(most, this.#actions);
    return { q, forward: (rows) => backend.rows.mean(rows, output, this.members, q) };
  }

  describe(graph: GraphWriter, output: string): string {
    return describeMeans(graph, output, this.#actions);
  }

  planMembers(backend: Backend, { output, rows: most }: Pass): PlannedMembers {
    const K = this.members;
    const q = backend.tensor(most, this.#actions);
    /** [rows K, A] the values of all members; `positions` selects one member's row for each row. */
    const opinions = backend.tensor(most * K, this.#actions);
    const order = backend.tensor(1, most);
    const positions = new Float32Array(most);
    return {
      q,
      forward: (rows, members) => {
        for (let row = 0; row < rows; row++) positions[row] = row * K + members[row];
        backend.write(order, positions);
        backend.rows.unfold(rows, K, output, opinions);
        backend.rows.gather(rows, order, 0, opinions, q);
      },
    };
  }

  /**
   * Plans the loss. With double Q-learning every member selects its own next action. The loss, the reported mean value and the
   * gradient are means over the members, so that the shared layers move as far as with one value function (section 6.1 and
   * appendix D). absError is the mean of the members' errors.
   */
  planLoss(backend: Backend, { now, next, select }: ValuePasses, batch: Batch, metrics: Tensor): PlannedLoss {
    const K = this.members;
    const { rows } = now;
    const all = rows * K;
    const column = (): Tensor => backend.tensor(all, 1);
    const values = (): Tensor => backend.tensor(all, this.#actions);
    const repeated = { action: column(), reward: column(), discount: column(), weight: column() };
    const selectionQ = select === null ? null : values();
    const errors = backend.tensor(rows, K);
    const absError = backend.tensor(rows, 1);
    const update = {
      q: values(),
      nextQ: values(),
      selectionQ,
      batch: { ...batch, ...repeated },
      loss: this.#loss,
      dQ: values(),
      target: column(),
      absError: column(),
      metrics,
    };
    const learn = (): void => {
      const { rows: arithmetic, valueLoss } = backend;
      arithmetic.repeat(rows, K, batch.action, repeated.action);
      arithmetic.repeat(rows, K, batch.reward, repeated.reward);
      arithmetic.repeat(rows, K, batch.discount, repeated.discount);
      arithmetic.repeat(rows, K, batch.weight, repeated.weight);
      arithmetic.unfold(rows, K, now.output, update.q);
      arithmetic.unfold(rows, K, next.output, update.nextQ);
      if (select !== null && selectionQ !== null) arithmetic.unfold(rows, K, select.output, selectionQ);
      valueLoss.td(all, update);
      arithmetic.fold(rows, K, update.dQ, now.dOutput!);
      arithmetic.fold(rows, K, update.absError, errors);
      arithmetic.mean(rows, errors, K, absError);
    };
    return { absError, learn };
  }
}
