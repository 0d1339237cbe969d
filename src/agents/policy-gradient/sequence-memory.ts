// The recurrent layer of a policy while it learns: it goes through sequences of a rollout, from the states that acting remembered
// before their first steps, and back.

import type { Backend } from "../../backend.ts";
import type { Rollout } from "../../experience/rollout.ts";
import type { GruNetwork, GruPass } from "../../nn/gru.ts";
import type { Parameters, Tensor } from "../../operations/handles.ts";

export interface SequencePlan {
  /** Rows of a minibatch: whole sequences of so many steps. */
  readonly rows: number;
  readonly sequenceSteps: number;
  /** [rows, observation size] of the minibatch; overwritten by `lookAhead`. */
  readonly observation: Tensor;
  readonly gradients: Parameters;
}

export class SequenceMemory {
  readonly #backend: Backend;
  readonly #rollout: Rollout<"state">;
  readonly #plan: SequencePlan;
  readonly #pass: GruPass;
  /** Through what follows a step within its episode, on the same tensors. */
  readonly #ahead: GruPass;
  /** [T, E], 1 where an episode starts: part of a file in the middle of a round. */
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

  /** [rows, units] what the networks see of a minibatch, and its gradient. */
  get output(): Tensor {
    return this.#pass.output;
  }

  get dOutput(): Tensor {
    return this.#pass.dOutput!;
  }

  /** Finds where in the rollout episodes start. */
  prepare(): void {
    const { environments: E, slots, terminated, truncated } = this.#rollout;
    for (let k = E; k < slots; k++) this.#starts[k] = terminated[k - E] !== 0 || truncated[k - E] !== 0 ? 1 : 0;
    this.#backend.write(this.start, this.#starts);
  }

  /** What the networks see of the next observations of the transitions order[first] .. order[first + rows - 1]. */
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

  /** What the networks see of a minibatch, whose observations are gathered: its sequences one step after the other. */
  forward(order: Tensor, first: number, rows: number): void {
    const arithmetic = this.#backend.rows;
    const pass = this.#pass;
    arithmetic.gather(rows, order, first, this.start, pass.start);
    arithmetic.gather(rows / this.#plan.sequenceSteps, order, first, this.#rollout.remembered.state.tensor, pass.state);
    pass.forward(rows);
  }

  /** Gradients of the layer, from those of what the networks saw, which are overwritten. */
  backward(rows: number): void {
    this.#pass.backward(rows);
  }
}
