// Meaning of a network's outputs, and their loss: one number per action (ExpectedHead), or `atoms` numbers per action that
// describe the distribution of its return. Output unit = action x atoms + atom. A head plans its tensors once and then allocates
// nothing. Letters: B rows, A actions, N atoms.

import type { Backend } from "../../backend.ts";
import type { GraphWriter, Pass } from "../../nn/module.ts";
import type { Batch, Tensor } from "../../operations/handles.ts";
import type { TdLoss } from "../../operations/value-loss.ts";

/** Planned computation of the Q values of a pass. */
export interface PlannedValues {
  /** [rows, A] Q values; the outputs themselves if they are values. */
  readonly q: Tensor;
  /** Writes the values of the first `rows` rows. */
  forward(rows: number): void;
}

/** Planned computation of the Q values of single members of an ensemble. */
export interface PlannedMembers {
  /** [rows, A] Q values. */
  readonly q: Tensor;
  /** Writes the values of one member per row. @param members [at least rows] index of the member for each row */
  forward(rows: number, members: Float32Array): void;
}

/** Passes that a loss reads. They run forward before the loss. */
export interface ValuePasses {
  /** Online network on observations: the trained pass. */
  readonly now: Pass;
  /** Target network on next observations. */
  readonly next: Pass;
  /** Online network on next observations: selects the next action in double Q-learning. null: `next` selects the action. */
  readonly select: Pass | null;
  /** Target network on observations, for Munchausen targets; null for all others. */
  readonly policy: Pass | null;
}

/** Planned targets and loss. */
export interface PlannedLoss {
  /** [B, 1], written: error of each sample for its priority; at least 0, without importance weight. */
  readonly absError: Tensor;
  /** Computes targets and loss, and writes the gradient into `now.dOutput`. */
  learn(): void;
}

/** Meaning of a network's outputs: how values and a loss are computed from them. */
export interface ValueHead {
  /** Number of outputs per action. */
  readonly atoms: number;
  /** Plans the computation of Q values from the outputs of a pass. */
  planValues(backend: Backend, pass: Pass): PlannedValues;
  /** Plans the loss. @param metrics [1, VALUE_METRICS], written */
  planLoss(backend: Backend, passes: ValuePasses, batch: Batch, metrics: Tensor): PlannedLoss;
  /** Number of value functions in an ensemble; absent for a single value function. */
  readonly members?: number;
  /** Plans the Q values of single members of an ensemble. */
  planMembers?(backend: Backend, pass: Pass): PlannedMembers;
  /** Adds the head's nodes to an ONNX graph; absent if outputs are values. @returns the name of the values, [rows, A] */
  describe?(graph: GraphWriter, output: string): string;
}

/** Adds nodes for the mean of the outputs of each action to a graph. @returns the name of the means, [rows, A] */
export function describeMeans(graph: GraphWriter, output: string, actions: number): string {
  return graph.node("ReduceMean", [graph.reshape(output, [0, actions, -1])], { axes: [2], keepdims: 0 });
}

/** Head of expected returns, learned by the temporal-difference error (Mnih et al. 2015). */
export class ExpectedHead implements ValueHead {
  readonly atoms = 1;
  readonly #loss: TdLoss;

  constructor(loss: TdLoss) {
    this.#loss = loss;
  }

  planValues(_backend: Backend, { output }: Pass): PlannedValues {
    return { q: output, forward: () => {} };
  }

  planLoss(backend: Backend, { now, next, select }: ValuePasses, batch: Batch, metrics: Tensor): PlannedLoss {
    const { rows } = now;
    const absError = backend.tensor(rows, 1);
    const update = {
      q: now.output,
      nextQ: next.output,
      selectionQ: select === null ? null : select.output,
      batch,
      loss: this.#loss,
      dQ: now.dOutput!,
      target: backend.tensor(rows, 1),
      absError,
      metrics,
    };
    return { absError, learn: () => backend.valueLoss.td(rows, update) };
  }
}
