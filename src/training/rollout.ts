// What on-policy agents learn from: every step of E environments for T steps, then all is learned from and forgotten.
//
//   slot k = t E + e: step t of environment e. Slots are filled in order.
//
// Every slot has its own next observation: at the end of an episode that is the episode's last one, not the next one's
// first, so that a truncated episode's value goes on where it was cut. Plain arrays hold what is collected; `upload` puts
// a full rollout where a backend computes.

import type { Backend, Tensor } from "../backend.ts";
import { type Checkpoint, type CheckpointTensor, damaged, requireTensor } from "../formats/checkpoint.ts";
import { vectorTensor } from "./replay-tensors.ts";

/** The most slots: their numbers are exact in float32. */
export const MAX_SLOTS = 16_777_216;

/** A full rollout on a backend. Letters: T steps, E environments. */
export interface RolloutTensors {
  /** [T E, observation size] */
  readonly observation: Tensor;
  readonly nextObservation: Tensor;
  /** [T E, action size] */
  readonly action: Tensor;
  /** [T, E] */
  readonly reward: Tensor;
  /** [T, E], 1 where the episode ended so. */
  readonly terminated: Tensor;
  readonly truncated: Tensor;
}

export interface RolloutShape {
  readonly steps: number;
  readonly environments: number;
  readonly observationSize: number;
  readonly actionSize: number;
}

export class Rollout<Remembered extends string = never> {
  readonly shape: RolloutShape;
  /** T E. */
  readonly slots: number;
  /** Bytes of what is collected and of its copy on the backend. */
  readonly bytes: number;
  readonly tensors: RolloutTensors;
  /** Numbers that acting found and learning needs, such as log-probabilities: [slots] here, [T, E] on the backend. */
  readonly remembered: Readonly<Record<Remembered, { readonly values: Float32Array; readonly tensor: Tensor }>>;
  readonly observation: Float32Array;
  readonly nextObservation: Float32Array;
  readonly action: Float32Array;
  readonly reward: Float32Array;
  /** 1 where the episode ended so. */
  readonly terminated: Float32Array;
  readonly truncated: Float32Array;
  readonly #backend: Backend;
  #length = 0;

  /** @param remembered names of what acting remembers; it writes slot `length + i` for row i of what it acts on */
  constructor(backend: Backend, shape: RolloutShape, remembered: readonly Remembered[] = []) {
    const { steps, environments, observationSize, actionSize } = shape;
    const slots = steps * environments;
    this.shape = shape;
    this.slots = slots;
    this.#backend = backend;
    const before = backend.bytes;
    const perStep = (): Tensor => backend.tensor(steps, environments);
    this.tensors = {
      observation: backend.tensor(slots, observationSize),
      nextObservation: backend.tensor(slots, observationSize),
      action: backend.tensor(slots, actionSize),
      reward: perStep(),
      terminated: perStep(),
      truncated: perStep(),
    };
    this.observation = new Float32Array(slots * observationSize);
    this.nextObservation = new Float32Array(slots * observationSize);
    this.action = new Float32Array(slots * actionSize);
    this.reward = new Float32Array(slots);
    this.terminated = new Float32Array(slots);
    this.truncated = new Float32Array(slots);
    this.remembered = Object.fromEntries(
      remembered.map((name) => [name, { values: new Float32Array(slots), tensor: perStep() }]),
    ) as never;
    const numbers = 2 * observationSize + actionSize + 3 + remembered.length;
    this.bytes = slots * numbers * 4 + (backend.bytes - before);
  }

  /** Slots filled. */
  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === this.slots;
  }

  /** Takes in the next `count` slots, which were written into the arrays. */
  advance(count: number): void {
    this.#length += count;
  }

  /** What follows belongs to other episodes: the last slot of every environment ends its own, cut off from outside. */
  cut(): void {
    for (let k = Math.max(0, this.#length - this.shape.environments); k < this.#length; k++) {
      if (this.terminated[k] === 0) this.truncated[k] = 1;
    }
  }

  /** Copies a full rollout to the backend. */
  upload(): void {
    const { tensors } = this;
    this.#backend.write(tensors.observation, this.observation);
    this.#backend.write(tensors.nextObservation, this.nextObservation);
    this.#backend.write(tensors.action, this.action);
    this.#backend.write(tensors.reward, this.reward);
    this.#backend.write(tensors.terminated, this.terminated);
    this.#backend.write(tensors.truncated, this.truncated);
    for (const name in this.remembered) {
      const { tensor, values } = this.remembered[name];
      this.#backend.write(tensor, values);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#length = 0;
  }

  /** Tensors "rollout.*" of a checkpoint: the slots filled, and all that acting remembers. */
  save(): CheckpointTensor[] {
    const { observationSize, actionSize } = this.shape;
    const length = this.#length;
    const filled = (name: string, values: Float32Array, size: number): CheckpointTensor =>
      vectorTensor(`rollout.${name}`, "F32", values.slice(0, length * size));
    const tensors = [
      filled("observation", this.observation, observationSize),
      filled("nextObservation", this.nextObservation, observationSize),
      filled("action", this.action, actionSize),
      filled("reward", this.reward, 1),
      filled("terminated", this.terminated, 1),
      filled("truncated", this.truncated, 1),
    ];
    for (const name in this.remembered) {
      tensors.push(vectorTensor(`rollout.${name}`, "F32", this.remembered[name].values.slice()));
    }
    return tensors;
  }

  /**
   * The inverse of `save`.
   * @param isAction whether a number that the engine takes for an address is in range
   * @throws CheckpointError when sizes or actions do not fit; nothing is taken over then
   */
  restore(checkpoint: Checkpoint, isAction: (value: number) => boolean): void {
    const { observationSize, actionSize } = this.shape;
    const length = checkpoint.tensors.get("rollout.reward")?.data.length ?? 0;
    if (length > this.slots) throw damaged("rollout.reward", `at most ${this.slots} numbers`, length);
    const read = (name: string, size: number): Float32Array =>
      requireTensor(checkpoint, `rollout.${name}`, Float32Array, size);
    const observation = read("observation", length * observationSize);
    const nextObservation = read("nextObservation", length * observationSize);
    const action = read("action", length * actionSize);
    const [reward, terminated, truncated] = ["reward", "terminated", "truncated"].map((name) => read(name, length));
    const remembered = Object.keys(this.remembered).map((name) => read(name, this.slots));
    if (!action.every(isAction)) throw damaged("rollout.action", "actions of the space", action);
    this.observation.set(observation);
    this.nextObservation.set(nextObservation);
    this.action.set(action);
    this.reward.set(reward);
    this.terminated.set(terminated);
    this.truncated.set(truncated);
    Object.keys(this.remembered).forEach((name, i) => {
      this.remembered[name as Remembered].values.set(remembered[i]);
    });
    this.#length = length;
  }
}
