// States of a recurrent policy while it acts: one for every environment that it learns from, and one for every stream of
// observations that it acts on greedily.
//
// A state is 0 where an episode starts. After an exploring choice the new state is `pending`. Observing the step makes the
// pending state the current one, or 0 if the episode ended with that step; before that, an action may be chosen again.

import type { Backend } from "../../backend.ts";
import type { ActingRows, ActingStreams, Actor } from "../../experience/actor.ts";
import {
  type CheckpointPart,
  type CheckpointReader,
  type CheckpointWriter,
  requireFiniteNumbers,
} from "../../formats/checkpoint-part.ts";
import type { GruNetwork, GruPass } from "../../nn/gru.ts";
import type { Tensor } from "../../operations/handles.ts";

/** [streams, units] states of the greedy streams; as many as have appeared so far. */
export class RecurrentStreams implements ActingStreams {
  readonly owner: Actor;
  states: Float32Array;

  constructor(owner: Actor, units: number) {
    this.owner = owner;
    this.states = new Float32Array(units);
  }

  /** Makes room for `count` streams. */
  grow(count: number, units: number): void {
    if (count * units <= this.states.length) return;
    const grown = new Float32Array(count * units);
    grown.set(this.states);
    this.states = grown;
  }
}

/** States of all environments, and the recurrent layer's pass for acting. */
export class RecurrentStates implements CheckpointPart {
  readonly units: number;
  readonly #backend: Backend;
  readonly #pass: GruPass;
  readonly #environments: number;
  /** [environments, units] states before the next step, and states after a step that is not yet observed. */
  readonly #carried: Float32Array;
  readonly #pending: Float32Array;
  /** [rows, units] states of the acting rows: first before the step, then after it. */
  readonly #states: Float32Array;

  /** @param x [rows, inputs] observations to act on */
  constructor(backend: Backend, memory: GruNetwork, environments: number, rows: number, x: Tensor) {
    const units = memory.module.outputs;
    this.units = units;
    this.#backend = backend;
    this.#environments = environments;
    this.#carried = new Float32Array(environments * units);
    this.#pending = new Float32Array(environments * units);
    this.#pass = memory.plan({ rows, x });
    this.#states = new Float32Array(rows * units);
  }

  /** [rows, units] inputs of the networks: the states after the last step of the acting rows. */
  get output(): Tensor {
    return this.#pass.output;
  }

  /**
   * Makes one step of the states of the rows' environments.
   * @param remembered [rows, units], written: the states before the step; null for choices that are not learned from
   */
  explore({ rows, first }: ActingRows, remembered: Float32Array | null): void {
    const { units } = this;
    this.#copyStates(this.#carried, first, rows, true);
    if (remembered !== null) for (let k = 0; k < rows * units; k++) remembered[k] = this.#states[k];
    this.#step(rows);
    if (remembered === null) return;
    this.#backend.latestRows(this.output, rows, this.#states);
    this.#copyStates(this.#pending, first, rows, false);
  }

  /**
   * Makes one step of the states of greedy streams. Row i belongs to stream first + i.
   * @param goesOn true when the streams remember these observations
   */
  recall({ rows, first, starts }: ActingRows, streams: RecurrentStreams, goesOn: boolean): void {
    const { units } = this;
    streams.grow(first + rows, units);
    const { states } = streams;
    for (let i = first; starts !== null && i < first + rows; i++) {
      if (starts[i]) states.fill(0, i * units, (i + 1) * units);
    }
    for (let k = 0, from = first * units; k < rows * units; k++) this.#states[k] = states[from + k];
    this.#step(rows);
    if (goesOn) this.#backend.latestRows(this.output, rows, states, first * units);
  }

  /** Makes one step from the states of the acting rows. */
  #step(rows: number): void {
    this.#backend.write(this.#pass.state, this.#states);
    this.#pass.forward(rows);
  }

  /** Copies states between environments and acting rows. Row i belongs to environment (first + i) modulo their number. */
  #copyStates(states: Float32Array, first: number, rows: number, toRows: boolean): void {
    const { units } = this;
    for (let row = 0; row < rows; row++) {
      const of = ((first + row) % this.#environments) * units;
      for (let k = 0; k < units; k++) {
        if (toRows) this.#states[row * units + k] = states[of + k];
        else states[of + k] = this.#states[row * units + k];
      }
    }
  }

  /**
   * Called when a step of the environment was observed. The pending state becomes the current one, or 0 after an episode's
   * end.
   */
  advance(environment: number, ended: boolean): void {
    const { units } = this;
    const from = environment * units;
    for (let k = from; k < from + units; k++) this.#carried[k] = ended ? 0 : this.#pending[k];
  }

  /** Resets all states: the environments begin new episodes. */
  forget(): void {
    this.#carried.fill(0);
  }

  check(from: CheckpointReader): void {
    if (from.contents === "run") this.#read(from);
  }

  load(from: CheckpointReader): void {
    if (from.contents !== "run") return;
    const [carried, pending] = this.#read(from);
    this.#carried.set(carried);
    this.#pending.set(pending);
  }

  save(to: CheckpointWriter): void {
    if (to.contents !== "run") return;
    to.tensor("state.carried", this.#carried.slice());
    to.tensor("state.pending", this.#pending.slice());
  }

  #read(from: CheckpointReader): Float32Array[] {
    return ["state.carried", "state.pending"].map((name) =>
      requireFiniteNumbers(name, from.tensor(name, Float32Array, this.#carried.length)),
    );
  }
}
