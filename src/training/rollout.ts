// What on-policy agents learn from: every step of E environments for T steps, then all is learned from and forgotten.
//
//   slot k = t E + e: step t of environment e. Slots are filled in order.
//
// Every slot has its own next observation: at the end of an episode that is the episode's last one, not the next one's
// first, so that a truncated episode's value goes on where it was cut. Plain arrays hold what is collected; `upload` puts
// a full rollout where a backend computes.

import type { Backend } from "../backend.ts";
import { type Checkpoint, type CheckpointTensor, damaged, requireTensor } from "../formats/checkpoint.ts";
import type { Tensor } from "../operations/handles.ts";
import { vectorTensor } from "./replay-tensors.ts";

/** The most slots: their numbers are exact in float32. */
export const MAX_SLOTS = 16_777_216;

/** A rollout on a backend. Letters: T steps, E environments. */
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
  /** Entries of an action mask; 0 where there are none. @default 0 */
  readonly maskSize?: number;
}

/** Numbers that acting found and learning needs, such as log-probabilities. */
export interface Remembered {
  /** [slots, columns], row-major */
  readonly values: Float32Array;
  /** [T, E] where there is one number a slot, else [slots, columns]. */
  readonly tensor: Tensor;
}

export class Rollout<Names extends string = never> {
  readonly shape: RolloutShape;
  /** T E. */
  readonly slots: number;
  readonly tensors: RolloutTensors;
  readonly remembered: Readonly<Record<Names, Remembered>>;
  readonly observation: Float32Array;
  readonly nextObservation: Float32Array;
  readonly action: Float32Array;
  readonly reward: Float32Array;
  /** 1 where the episode ended so. */
  readonly terminated: Float32Array;
  readonly truncated: Float32Array;
  readonly #backend: Backend;
  /** [slots, mask size], 0 where an action was not allowed; planned with the first mask. */
  #mask: Remembered | null = null;
  #bytes = 0;
  #length = 0;
  #chosen = 0;

  /** @param remembered what acting remembers, by name, and how many numbers a slot; acting writes slots from `length` on */
  constructor(backend: Backend, shape: RolloutShape, remembered: Readonly<Record<Names, number>> = {} as never) {
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
    const entries = Object.entries<number>(remembered);
    this.remembered = Object.fromEntries(
      entries.map(([name, columns]) => [
        name,
        {
          values: new Float32Array(slots * columns),
          tensor: columns === 1 ? perStep() : backend.tensor(slots, columns),
        },
      ]),
    ) as never;
    const more = entries.reduce((sum, [, columns]) => sum + columns, 0);
    const numbers = 2 * observationSize + actionSize + 3 + more;
    this.#bytes = slots * numbers * 4 + (backend.bytes - before);
  }

  /** Bytes of what is collected and of its copy on the backend. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Slots filled. */
  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === this.slots;
  }

  /** Slots from `length` on whose observations, actions and what is remembered are there: acting runs ahead of observing. */
  get chosen(): number {
    return this.#chosen;
  }

  /** [slots, mask size] of a full rollout, or null when no mask was ever given. */
  get mask(): Tensor | null {
    return this.#mask?.tensor ?? null;
  }

  /** Takes in the next `count` slots, which were written into the arrays. */
  advance(count: number): void {
    this.#length += count;
    this.#chosen = Math.max(0, this.#chosen - count);
  }

  /** Actions were chosen for the next `count` slots, and written. */
  choose(count: number): void {
    this.#chosen = count;
  }

  /** Writes the masks [count, mask size] of the next `count` slots; null: everything is allowed. */
  writeMasks(count: number, masks: Float32Array | null): void {
    const { maskSize = 0 } = this.shape;
    const mask = this.#mask ?? (masks === null ? null : this.#planMask());
    if (mask === null) return;
    const from = this.#length * maskSize;
    const to = from + count * maskSize;
    for (let k = from; k < to; k++) mask.values[k] = masks === null ? 1 : masks[k - from];
  }

  #planMask(): Remembered {
    const { maskSize = 0 } = this.shape;
    const before = this.#backend.bytes;
    const values = new Float32Array(this.slots * maskSize).fill(1);
    this.#mask = { values, tensor: this.#backend.tensor(this.slots, maskSize) };
    this.#bytes += values.byteLength + (this.#backend.bytes - before);
    return this.#mask;
  }

  /** What follows belongs to other episodes: the last slot of every environment ends its own, cut off from outside. */
  cut(): void {
    this.#chosen = 0;
    for (let k = Math.max(0, this.#length - this.shape.environments); k < this.#length; k++) {
      if (this.terminated[k] === 0) this.truncated[k] = 1;
    }
  }

  /** Copies the rollout to the backend. */
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
    if (this.#mask !== null) this.#backend.write(this.#mask.tensor, this.#mask.values);
  }

  /** Forgets everything. */
  clear(): void {
    this.#length = 0;
    this.#chosen = 0;
    this.#mask?.values.fill(1);
  }

  /** Tensors "rollout.*" of a checkpoint: the slots filled, and those that acting has run ahead to. */
  save(): CheckpointTensor[] {
    const { observationSize, actionSize, maskSize = 0 } = this.shape;
    const length = this.#length;
    const ahead = length + this.#chosen;
    const filled = (name: string, values: Float32Array, numbers: number): CheckpointTensor =>
      vectorTensor(`rollout.${name}`, "F32", values.slice(0, numbers));
    const tensors = [
      filled("observation", this.observation, ahead * observationSize),
      filled("nextObservation", this.nextObservation, length * observationSize),
      filled("action", this.action, ahead * actionSize),
      filled("reward", this.reward, length),
      filled("terminated", this.terminated, length),
      filled("truncated", this.truncated, length),
    ];
    for (const name in this.remembered) {
      const { values } = this.remembered[name];
      tensors.push(filled(name, values, (ahead * values.length) / this.slots));
    }
    if (this.#mask !== null) tensors.push(filled("mask", this.#mask.values, ahead * maskSize));
    return tensors;
  }

  /**
   * The inverse of `save`.
   * @param isAction whether a number, the c-th of its action, is one that the engine may take for an address
   * @throws CheckpointError when sizes or actions do not fit; nothing is taken over then
   */
  restore(checkpoint: Checkpoint, isAction: (value: number, c: number) => boolean): void {
    const { environments, observationSize, actionSize, maskSize = 0 } = this.shape;
    const numbers = (name: string): number => checkpoint.tensors.get(`rollout.${name}`)?.data.length ?? 0;
    const length = numbers("reward");
    if (length > this.slots) throw damaged("rollout.reward", `at most ${this.slots} numbers`, length);
    const chosen = Math.max(0, numbers("action") / actionSize - length);
    if (!Number.isInteger(chosen) || chosen > Math.min(environments, this.slots - length)) {
      throw damaged("rollout.action", `those of ${length} transitions, and at most the next step's`, numbers("action"));
    }
    const ahead = length + chosen;
    const read = (name: string, size: number): Float32Array =>
      requireTensor(checkpoint, `rollout.${name}`, Float32Array, size);
    const observation = read("observation", ahead * observationSize);
    const nextObservation = read("nextObservation", length * observationSize);
    const action = read("action", ahead * actionSize);
    const [reward, terminated, truncated] = ["reward", "terminated", "truncated"].map((name) => read(name, length));
    const names = Object.keys(this.remembered) as Names[];
    const remembered = names.map((name) => read(name, (ahead * this.remembered[name].values.length) / this.slots));
    const mask = maskSize > 0 && checkpoint.tensors.has("rollout.mask") ? read("mask", ahead * maskSize) : null;
    if (!action.every((value, k) => isAction(value, k % actionSize))) {
      throw damaged("rollout.action", "actions of the space", action);
    }
    this.observation.set(observation);
    this.nextObservation.set(nextObservation);
    this.action.set(action);
    this.reward.set(reward);
    this.terminated.set(terminated);
    this.truncated.set(truncated);
    for (const [i, name] of names.entries()) this.remembered[name].values.set(remembered[i]);
    if (mask !== null) this.#planMask().values.set(mask);
    this.#length = length;
    this.#chosen = chosen;
  }
}
