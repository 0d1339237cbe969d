// What a network's outputs mean, and how they are learned: one number per action (ExpectedHead), or `atoms` numbers per action that
// describe the distribution of its return. Output unit = action x atoms + atom. A head plans what it needs once; what it plans then
// allocates nothing. Letters: B rows, A actions, N atoms.

import type { Backend } from "../../backend.ts";
import type { GraphWriter, Pass } from "../../nn/module.ts";
import type { Batch, Tensor } from "../../operations/handles.ts";
import type { TdLoss } from "../../operations/value-loss.ts";

/** Q values of a pass's outputs. */
export interface PlannedValues {
  /** [rows, A]: the outputs themselves where they are values. */
  readonly q: Tensor;
  /** Writes the values of the first `rows` rows. */
  forward(rows: number): void;
}

/** Several value functions in one head, of which one explores for a while. */
export interface PlannedMembers {
  readonly q: Tensor;
  /** Writes the values of one member per row. @param members [at least rows] which one */
  forward(rows: number, members: Float32Array): void;
}

/** Passes that a loss is made of, run forward before it. */
export interface ValuePasses {
  /** Online network, observations: trained. */
  readonly now: Pass;
  /** Target network, next observations. */
  readonly next: Pass;
  /** Online network, next observations, whose values select the next action (double Q-learning); null: those of `next` do. */
  readonly select: Pass | null;
  /** Target network, observations: Munchausen targets need it; null for all others. */
  readonly policy: Pass | null;
}

/** Targets, loss and its gradient: written into `now.dOutput`. */
export interface PlannedLoss {
  /** [B, 1], written: what a sample's priority is made of; at least 0, without importance weight. */
  readonly absError: Tensor;
  learn(): void;
}

export interface ValueHead {
  /** Outputs per action that the network has. */
  readonly atoms: number;
  planValues(backend: Backend, pass: Pass): PlannedValues;
  /** @param metrics [1, VALUE_METRICS], written */
  planLoss(backend: Backend, passes: ValuePasses, batch: Batch, metrics: Tensor): PlannedLoss;
  /** Value functions that it holds; absent where there is one. */
  readonly members?: number;
  planMembers?(backend: Backend, pass: Pass): PlannedMembers;
  /** Adds its nodes to an ONNX graph. Absent where outputs are values. @returns the name of the values, [rows, A] */
  describe?(graph: GraphWriter, output: string): string;
}

/** Nodes of the means of any number of outputs per action. @returns the name of the means, [rows, A] */
export function describeMeans(graph: GraphWriter, output: string, actions: number): string {
  return graph.node("ReduceMean", [graph.reshape(output, [0, actions, -1])], { axes: [2], keepdims: 0 });
}

/** Outputs are expected returns, learned by the temporal-difference error (Mnih et al. 2015). */
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
