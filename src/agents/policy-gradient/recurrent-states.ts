// What a recurrent policy carries from step to step while it acts: a state for every environment that it learns from, and one for
// every stream that it acts on greedily.
//
// A state is 0 where an episode starts. Choosing an exploring action leaves the state after it `pending`: it is carried on once the
// step is observed, so that an action may be chosen again, and forgotten when the episode ended with that step.

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

/** States of streams that are acted on greedily, [streams, units]: as many as were shown so far. */
export class RecurrentStreams implements ActingStreams {
  readonly owner: Actor;
  states: Float32Array;

  constructor(owner: Actor, units: number) {
    this.owner = owner;
    this.states = new Float32Array(units);
  }

  /** Makes room for as many streams. */
  grow(count: number, units: number): void {
    if (count * units <= this.states.length) return;
    const grown = new Float32Array(count * units);
    grown.set(this.states);
    this.states = grown;
  }
}

export class RecurrentStates implements CheckpointPart {
  readonly units: number;
  readonly #backend: Backend;
  readonly #pass: GruPass;
  readonly #environments: number;
  /** [environments, units] */
  readonly #carried: Float32Array;
  readonly #pending: Float32Array;
  /** States of the acting rows, before and after. */
  readonly #states: Float32Array;

  /** @param x [rows, inputs] what is acted on */
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

  /** [rows, units] what the networks see: the states after the rows last stepped. */
  get output(): Tensor {
    return this.#pass.output;
  }

  /**
   * Steps the states of the rows' environments.
   * @param remembered [rows, units] where the states before are written, of choices that are learned from; null: they are not
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
   * Steps the states of greedy streams: row i is of stream first + i.
   * @param goesOn whether the streams remember these observations
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

  /** One step from the states of the acting rows. */
  #step(rows: number): void {
    this.#backend.write(this.#pass.state, this.#states);
    this.#pass.forward(rows);
  }

  /** Between the acting rows and `states` of environments, from that of row 0 on, round and round. */
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

  /** A step of the environment was observed: its state goes on, or is forgotten with the episode that ended. */
  advance(environment: number, ended: boolean): void {
    const { units } = this;
    const from = environment * units;
    for (let k = from; k < from + units; k++) this.#carried[k] = ended ? 0 : this.#pending[k];
  }

  /** All environments begin new episodes. */
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
