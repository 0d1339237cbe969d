// The recurrent layer of a policy while it learns. A forward pass goes through sequences of a rollout and starts from the states
// that acting remembered before their first steps; gradients go back through the whole sequence.

import type { Backend } from "../../backend.ts";
import type { Rollout } from "../../experience/rollout.ts";
import type { GruNetwork, GruPass } from "../../nn/gru.ts";
import type { Parameters, Tensor } from "../../operations/handles.ts";

/** Sizes and tensors that the layer is planned with. */
export interface SequencePlan {
  /** Rows of a minibatch: whole sequences. */
  readonly rows: number;
  /** Steps of a sequence. */
  readonly sequenceSteps: number;
  /** [rows, observation size] observations of the minibatch; `lookAhead` overwrites them. */
  readonly observation: Tensor;
  readonly gradients: Parameters;
}

/** Recurrent layer on sequences of a rollout. */
export class SequenceMemory {
  readonly #backend: Backend;
  readonly #rollout: Rollout<"state">;
  readonly #plan: SequencePlan;
  readonly #pass: GruPass;
  /** Pass for the observation that follows a step, on the same tensors. */
  readonly #ahead: GruPass;
  /** [T, E], 1 where an episode starts. A file that is saved during a round contains the tensor. */
  readonly start: Tensor;
  readonly #starts: Float32Array;

  constructor(backend: Backend, memory: GruNetwork, rollout: Rollout<"state">, plan: SequencePlan) {
    const { rows, sequenceSteps: steps, observation: x, gradients } = plan;
    this.#backend = backend;
    this.#rollout = rollout;
    this.#plan = plan;
    this.#pass = memory.plan({ rows, x, gradients, steps });
    this.#ahead = memory.plan({ rows, x, borrow: this.#pass });
    this.start = backend.tensor(rollout.steps, rollout.environments);
    this.#starts = new Float32Array(rollout.slots);
  }

  /** [rows, units] states of the minibatch, the inputs of the networks; `dOutput` is their gradient. */
  get output(): Tensor {
    return this.#pass.output;
  }

  get dOutput(): Tensor {
    return this.#pass.dOutput!;
  }

  /** Writes `start`: the steps of the rollout at which episodes start. */
  prepare(): void {
    const { environments: E, slots, terminated, truncated } = this.#rollout;
    for (let k = E; k < slots; k++) this.#starts[k] = terminated[k - E] !== 0 || truncated[k - E] !== 0 ? 1 : 0;
    this.#backend.write(this.start, this.#starts);
  }

  /** Computes the states after the next observations of the transitions order[first] .. order[first + rows - 1]. */
  lookAhead(order: Tensor, first: number, rows: number): void {
    const arithmetic = this.#backend.rows;
    const { observation } = this.#plan;
    const { tensors, remembered } = this.#rollout;
    const pass = this.#ahead;
    arithmetic.gather(rows, order, first, remembered.state.tensor, pass.state);
    arithmetic.gather(rows, order, first, tensors.observation, observation);
    pass.forward(rows);
    arithmetic.copyColumns(rows, pass.output, 0, pass.state, 0, pass.output.columns);
    arithmetic.gather(rows, order, first, tensors.nextObservation, observation);
    pass.forward(rows);
  }

  /** Computes the states of a minibatch, step by step through its sequences. @pre its observations are gathered */
  forward(order: Tensor, first: number, rows: number): void {
    const arithmetic = this.#backend.rows;
    const pass = this.#pass;
    arithmetic.gather(rows, order, first, this.start, pass.start);
    arithmetic.gather(rows / this.#plan.sequenceSteps, order, first, this.#rollout.remembered.state.tensor, pass.state);
    pass.forward(rows);
  }

  /** Computes the gradients of the layer from `dOutput`, which is overwritten. */
  backward(rows: number): void {
    this.#pass.backward(rows);
  }
}
