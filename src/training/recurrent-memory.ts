// What a policy that remembers carries from step to step: a state for every environment that it learns from, one for every
// stream that it acts on greedily, and the passes of its recurrent layer when it acts and when it learns.
//
// A state is 0 where an episode starts. Choosing an exploring action leaves the state after it `pending`: it is carried on
// once the step is observed, so that an action may be chosen again, and forgotten when the episode ended with that step.
// Rollouts remember the state before every step, where sequences then start.

import type { Backend } from "../backend.ts";
import { type Checkpoint, type CheckpointTensor, damaged, requireTensor } from "../formats/checkpoint.ts";
import type { Gru, GruWorkspace } from "../nn/gru.ts";
import type { Parameters, Tensor } from "../operations/handles.ts";
import { vectorTensor } from "./replay-tensors.ts";
import type { Rollout } from "./rollout.ts";

type StateRollout = Rollout<"state">;

export class RecurrentMemory {
  /** [streams, units] of greedy acting; the first is that of `act`. */
  streams: Float32Array;
  readonly #backend: Backend;
  readonly #gru: Gru;
  readonly #environments: number;
  /** [environments, units] */
  readonly #carried: Float32Array;
  readonly #pending: Float32Array;
  readonly #acting: GruWorkspace;
  /** States of the acting rows, before and after. */
  readonly #states: Float32Array;
  // Planned with the rollout.
  #learning!: GruWorkspace;
  #start!: Tensor;
  #starts!: Float32Array;
  /** The same tensors for what follows a step within its episode. */
  #ahead!: GruWorkspace;
  #sequenceSteps = 1;

  /** @param rows that are acted on together, at most */
  constructor(backend: Backend, gru: Gru, environments: number, rows: number) {
    const { units } = gru;
    this.#backend = backend;
    this.#gru = gru;
    this.#environments = environments;
    this.#carried = new Float32Array(environments * units);
    this.#pending = new Float32Array(environments * units);
    this.#acting = gru.workspace(rows, rows);
    this.#states = new Float32Array(rows * units);
    this.streams = new Float32Array(units);
  }

  // --- acting --------------------------------------------------------------------------------------------------------

  /**
   * What the networks see of exploring actions: the states after the first `rows` rows of x.
   * @param rollout where the actions are learned from: row i is of environment length + i modulo E; else of environment i
   */
  explore(x: Tensor, rows: number, rollout: StateRollout | null): Tensor {
    const { units } = this.#gru;
    const first = rollout === null ? 0 : rollout.length;
    this.#copyStates(this.#carried, first, rows, true);
    const states = this.#step(x, rows);
    if (rollout === null) return states;
    const { values } = rollout.remembered.state;
    for (let k = 0, to = first * units; k < rows * units; k++) values[to + k] = this.#states[k];
    this.#backend.latestRows(states, rows, this.#states);
    this.#copyStates(this.#pending, first, rows, false);
    return states;
  }

  /**
   * The same of greedy actions: row i is of stream first + i.
   * @param goesOn whether the streams remember these observations
   */
  recall(x: Tensor, rows: number, first: number, goesOn: boolean): Tensor {
    const { units } = this.#gru;
    this.#growStreams(first + rows);
    const { streams } = this;
    for (let k = 0, from = first * units; k < rows * units; k++) this.#states[k] = streams[from + k];
    const states = this.#step(x, rows);
    if (goesOn) this.#backend.latestRows(states, rows, streams, first * units);
    return states;
  }

  /** What a stream shows next begins an episode. */
  forgetStream(stream: number): void {
    const { units } = this.#gru;
    this.#growStreams(stream + 1);
    this.streams.fill(0, stream * units, (stream + 1) * units);
  }

  /** A fresh stream of one. */
  newStream(): Float32Array {
    return new Float32Array(this.#gru.units);
  }

  #growStreams(count: number): void {
    const length = count * this.#gru.units;
    if (length <= this.streams.length) return;
    const grown = new Float32Array(length);
    grown.set(this.streams);
    this.streams = grown;
  }

  /** One step from the states of the acting rows. */
  #step(x: Tensor, rows: number): Tensor {
    this.#backend.write(this.#acting.state, this.#states);
    return this.#gru.forward(x, this.#acting, 1, rows);
  }

  /** Between the acting rows and `states` of environments, from that of row 0 on, round and round. */
  #copyStates(states: Float32Array, first: number, rows: number, toRows: boolean): void {
    const { units } = this.#gru;
    for (let row = 0; row < rows; row++) {
      const of = ((first + row) % this.#environments) * units;
      for (let k = 0; k < units; k++) {
        if (toRows) this.#states[row * units + k] = states[of + k];
        else states[of + k] = this.#states[row * units + k];
      }
    }
  }

  // --- observing -----------------------------------------------------------------------------------------------------

  /** A step of the environment was observed: its state goes on, or is forgotten with the episode that ended. */
  advance(environment: number, ended: boolean): void {
    const { units } = this.#gru;
    const from = environment * units;
    for (let k = from; k < from + units; k++) this.#carried[k] = ended ? 0 : this.#pending[k];
  }

  /** All environments begin new episodes. */
  forget(): void {
    this.#carried.fill(0);
  }

  // --- learning ------------------------------------------------------------------------------------------------------

  /** @param rows of a minibatch, whole sequences of so many steps */
  plan({ shape, slots }: StateRollout, rows: number, sequenceSteps: number): void {
    this.#learning = this.#gru.workspace(rows, rows);
    this.#ahead = { ...this.#learning, start: this.#backend.tensor(rows, 1) };
    this.#sequenceSteps = sequenceSteps;
    this.#start = this.#backend.tensor(shape.steps, shape.environments);
    this.#starts = new Float32Array(slots);
  }

  /** [T, E], 1 where an episode starts: part of a checkpoint in the middle of a round. */
  get start(): Tensor {
    return this.#start;
  }

  /** Finds where in the rollout episodes start. */
  prepare({ terminated, truncated, slots }: StateRollout): void {
    const E = this.#environments;
    for (let k = E; k < slots; k++) this.#starts[k] = terminated[k - E] !== 0 || truncated[k - E] !== 0 ? 1 : 0;
    this.#backend.write(this.#start, this.#starts);
  }

  /**
   * What the networks see of the next observations of `rows` transitions, order[first] and on.
   * @param into [rows, observation size], overwritten
   */
  lookAhead({ tensors, remembered }: StateRollout, order: Tensor, first: number, rows: number, into: Tensor): Tensor {
    const space = this.#ahead;
    const { units } = this.#gru;
    this.#backend.rows.gather(rows, order, first, remembered.state.tensor, space.state);
    this.#backend.rows.gather(rows, order, first, tensors.observation, into);
    this.#gru.forward(into, space, 1, rows);
    this.#backend.rows.copyColumns(rows, space.output, 0, space.state, 0, units);
    this.#backend.rows.gather(rows, order, first, tensors.nextObservation, into);
    return this.#gru.forward(into, space, 1, rows);
  }

  /** What the networks see of a minibatch, through its sequences: order[first] and on, observations x. */
  forward({ remembered }: StateRollout, order: Tensor, first: number, rows: number, x: Tensor): Tensor {
    const space = this.#learning;
    const sequences = rows / this.#sequenceSteps;
    this.#backend.rows.gather(rows, order, first, this.#start, space.start);
    this.#backend.rows.gather(sequences, order, first, remembered.state.tensor, space.state);
    return this.#gru.forward(x, space, this.#sequenceSteps, sequences);
  }

  /** What the networks saw of the minibatch. */
  get features(): Tensor {
    return this.#learning.output;
  }

  /** Gradients of the layer, from those of what the networks saw, which are overwritten. */
  backward(x: Tensor, dFeatures: Tensor, gradients: Parameters, rows: number): void {
    const sequences = rows / this.#sequenceSteps;
    this.#gru.backward(x, this.#learning, dFeatures, gradients, this.#sequenceSteps, sequences, null);
  }

  // --- checkpoints ---------------------------------------------------------------------------------------------------

  save(): CheckpointTensor[] {
    return [
      vectorTensor("state.carried", "F32", this.#carried.slice()),
      vectorTensor("state.pending", "F32", this.#pending.slice()),
    ];
  }

  /** The inverse of `save`. @throws CheckpointError when sizes do not fit; nothing is taken over then */
  restore(checkpoint: Checkpoint): void {
    const [carried, pending] = ["state.carried", "state.pending"].map((name) => {
      const values = requireTensor(checkpoint, name, Float32Array, this.#carried.length);
      // x - x is 0 for finite numbers only.
      if (!values.every((x) => x - x === 0)) throw damaged(name, "finite numbers", values);
      return values;
    });
    this.#carried.set(carried);
    this.#pending.set(pending);
  }
}
