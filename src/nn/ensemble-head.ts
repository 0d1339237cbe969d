// Outputs are the returns that several members expect; each learns by its own temporal-difference error, towards its own
// value of the next state (Osband et al. 2016, https://arxiv.org/abs/1602.04621, algorithm 1). One member explores for a
// whole episode, so that it goes through with what it hopes for; all together decide by their mean.
//
// Letters: B rows, A actions, K members. Outputs [B, A K] are learned from as B K rows of A values, row b K + member.

import type { Backend } from "../backend.ts";
import type { RandomStream, Tensor } from "../operations/handles.ts";
import type { TdLoss, TdUpdate } from "../operations/value-loss.ts";
import type { Ensemble, ValueHead, ValueLearning } from "./value-head.ts";

/** Most rows that a head can be planned for. */
export interface EnsembleRows {
  /** Of a batch. */
  readonly batch: number;
  /** Of a pass that a member acts on. */
  readonly acting: number;
}

export class EnsembleHead implements ValueHead, Ensemble {
  readonly atoms: number;
  readonly ensemble: Ensemble = this;
  readonly #backend: Backend;
  readonly #loss: TdLoss;
  #member = 0;
  /** [acting K, A] */
  readonly #opinions: Tensor;
  /** [1, acting] where among them the member's are. */
  readonly #order: Tensor;
  readonly #positions: Float32Array;
  /** [1, B K] 0, 0, ..., 1, 1, ...: every transition K times. */
  readonly #repeated: Tensor;
  /** [B K, 1] */
  readonly #columns: Record<"action" | "reward" | "discount" | "weight" | "target" | "absError", Tensor>;
  /** [B K, A] */
  readonly #values: Record<"q" | "nextQ" | "selectionQ" | "dQ", Tensor>;
  /** [B, K] */
  readonly #errors: Tensor;
  #learning: ValueLearning | null = null;
  #update: TdUpdate | null = null;

  constructor(backend: Backend, rows: EnsembleRows, actions: number, loss: TdLoss, members: number) {
    this.atoms = members;
    this.#backend = backend;
    this.#loss = loss;
    this.#opinions = backend.tensor(rows.acting * members, actions);
    this.#order = backend.tensor(1, rows.acting);
    this.#positions = new Float32Array(rows.acting);
    const all = rows.batch * members;
    this.#repeated = backend.tensor(1, all);
    backend.write(
      this.#repeated,
      Float32Array.from({ length: all }, (_, k) => Math.floor(k / members)),
    );
    const column = (): Tensor => backend.tensor(all, 1);
    const values = (): Tensor => backend.tensor(all, actions);
    this.#columns = {
      action: column(),
      reward: column(),
      discount: column(),
      weight: column(),
      target: column(),
      absError: column(),
    };
    this.#values = { q: values(), nextQ: values(), selectionQ: values(), dQ: values() };
    this.#errors = backend.tensor(rows.batch, members);
    this.member = 0;
  }

  get member(): number {
    return this.#member;
  }

  set member(member: number) {
    this.#member = member;
    for (let row = 0; row < this.#positions.length; row++) this.#positions[row] = row * this.atoms + member;
    this.#backend.write(this.#order, this.#positions);
  }

  draw(stream: RandomStream): void {
    this.member = this.#backend.random.index(stream, this.atoms);
  }

  /** The mean of all members. */
  values(rows: number, output: Tensor, q: Tensor): Tensor {
    this.#backend.rows.mean(rows, output, this.atoms, q);
    return q;
  }

  memberValues(rows: number, output: Tensor, q: Tensor): Tensor {
    this.#backend.rows.unfold(rows, this.atoms, output, this.#opinions);
    this.#backend.rows.gather(rows, this.#order, 0, this.#opinions, q);
    return q;
  }

  /**
   * Of double Q-learning every member selects for itself. Loss and mean taken q are means over the members, too, and so is
   * the gradient: the shared layers are moved as far as one value function would move them (section 6.1 and appendix D).
   * absError is the mean of the members' errors.
   */
  learn(rows: number, learning: ValueLearning): void {
    const { output, nextOutput, selectionOutput, batch, dOutput, absError } = learning;
    const { action, reward, discount, weight } = this.#columns;
    const { q, nextQ, selectionQ, dQ } = this.#values;
    const members = this.atoms;
    const all = rows * members;
    this.#backend.rows.gather(all, this.#repeated, 0, batch.action, action);
    this.#backend.rows.gather(all, this.#repeated, 0, batch.reward, reward);
    this.#backend.rows.gather(all, this.#repeated, 0, batch.discount, discount);
    this.#backend.rows.gather(all, this.#repeated, 0, batch.weight, weight);
    this.#backend.rows.unfold(rows, members, output, q);
    this.#backend.rows.unfold(rows, members, nextOutput, nextQ);
    if (selectionOutput !== null) this.#backend.rows.unfold(rows, members, selectionOutput, selectionQ);
    this.#backend.valueLoss.td(all, this.#updateOf(learning));
    this.#backend.rows.fold(rows, members, dQ, dOutput);
    this.#backend.rows.fold(rows, members, this.#columns.absError, this.#errors);
    this.#backend.rows.mean(rows, this.#errors, members, absError);
  }

  #updateOf(learning: ValueLearning): TdUpdate {
    if (this.#update === null || this.#learning !== learning) {
      const { target, absError, ...columns } = this.#columns;
      const { q, nextQ, selectionQ, dQ } = this.#values;
      this.#learning = learning;
      this.#update = {
        q,
        nextQ,
        selectionQ: learning.selectionOutput === null ? null : selectionQ,
        batch: { ...learning.batch, ...columns },
        loss: this.#loss,
        dQ,
        target,
        absError,
        metrics: learning.metrics,
      };
    }
    return this.#update;
  }
}
