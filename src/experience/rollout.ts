// The rollout of on-policy agents: T steps of E environments. The agent learns from a full rollout and then clears it.
//
//   slot k = t E + e: step t of environment e. Slots are filled in order.
//
// Every slot has its own next observation. At the end of an episode it is the last observation of that episode, so that targets
// can bootstrap from its value after truncation. Plain arrays collect the steps; `upload` copies a full rollout to the backend.
// Acting runs ahead of observing: chosen actions lie in the next slots until their outcomes are observed (awaited-choices.ts).

import type { Backend } from "../backend.ts";
import { StateError } from "../errors.ts";
import { damaged } from "../formats/checkpoint.ts";
import type { CheckpointReader, CheckpointWriter } from "../formats/checkpoint-part.ts";
import type { Tensor } from "../operations/handles.ts";
import type { ActionEncoder } from "./action-encoder.ts";
import type { ActingRows, Choice } from "./actor.ts";
import { AwaitedChoices } from "./awaited-choices.ts";
import type { Expecting, StepRows } from "./experience.ts";
import type { RunningNormalizer } from "./running-normalizer.ts";

/** Largest number of slots: slot numbers are passed as float32, which is exact up to 2^24. */
export const MAX_SLOTS = 16_777_216;

/** A full rollout on the backend, written by `upload`. T steps of E environments. */
export interface RolloutTensors {
  /** [T E, observation size] */
  readonly observation: Tensor;
  /** [T E, observation size] */
  readonly nextObservation: Tensor;
  /** [T E, action size] */
  readonly action: Tensor;
  /** [T, E] */
  readonly reward: Tensor;
  /** [T, E], 1 for terminated episodes. */
  readonly terminated: Tensor;
  /** [T, E], 1 for truncated episodes. */
  readonly truncated: Tensor;
}

/** Numbers that the actor computed for every slot and learning needs, such as log-probabilities. */
export interface RememberedColumn {
  /** Numbers per slot. */
  readonly columns: number;
  /** [slots, columns], row-major. */
  readonly values: Float32Array;
  /** Copy on the backend: [T, E] for one number per slot, else [slots, columns]. */
  readonly tensor: Tensor;
}

/** Sizes and parts of a `Rollout`. */
export interface RolloutPlan<Names extends string> {
  /** Steps per environment, T. */
  readonly steps: number;
  /** Number of environments, E. */
  readonly environments: number;
  /** Numbers per encoded observation. */
  readonly observationSize: number;
  /** Encoder of the action space. */
  readonly actions: ActionEncoder;
  /** Name and number of columns of everything that the actor computes for learning. Null: the agent learns from any actions. */
  readonly remembered: Readonly<Record<Names, number>> | null;
  /** Normalises observations and rewards of every step. */
  readonly normalizer: RunningNormalizer;
  /** Converts stored actions to given actions, for actions that a checkpoint holds without their outcomes. */
  present(rows: number, stored: Float32Array, given: Float32Array): void;
}

/** Experience of on-policy agents: T steps of E environments, one slot per step. */
export class Rollout<Names extends string = never> implements Expecting {
  readonly steps: number;
  readonly environments: number;
  /** Number of slots, T E. */
  readonly slots: number;
  /** The rollout on the backend, valid after `upload`. */
  readonly tensors: RolloutTensors;
  /** Numbers that the actor computed, by name. */
  readonly remembered: Readonly<Record<Names, RememberedColumn>>;
  /** [slots, observation size] */
  readonly observation: Float32Array;
  /** [slots, observation size] */
  readonly nextObservation: Float32Array;
  /** [slots, action size] stored actions. */
  readonly action: Float32Array;
  /** [slots] */
  readonly reward: Float32Array;
  /** [slots], 1 for terminated episodes. */
  readonly terminated: Float32Array;
  /** [slots], 1 for truncated episodes. */
  readonly truncated: Float32Array;
  /** 1 for slots that hold a reset instead of a step, see `StepRows.skip`. */
  readonly skipped: Uint8Array;
  readonly normalizer: RunningNormalizer;
  readonly #backend: Backend;
  readonly #plan: RolloutPlan<Names>;
  readonly #awaited: AwaitedChoices | null;
  /** [slots, options], 0 for forbidden options; allocated with the first mask. */
  #mask: RememberedColumn | null = null;
  #bytes = 0;
  #length = 0;
  #skips = 0;

  constructor(backend: Backend, plan: RolloutPlan<Names>) {
    const { steps, environments, observationSize, actions } = plan;
    const slots = steps * environments;
    this.steps = steps;
    this.environments = environments;
    this.slots = slots;
    this.normalizer = plan.normalizer;
    this.#backend = backend;
    this.#plan = plan;
    const before = backend.bytes;
    const perStep = (): Tensor => backend.tensor(steps, environments);
    this.tensors = {
      observation: backend.tensor(slots, observationSize),
      nextObservation: backend.tensor(slots, observationSize),
      action: backend.tensor(slots, actions.size),
      reward: perStep(),
      terminated: perStep(),
      truncated: perStep(),
    };
    this.observation = new Float32Array(slots * observationSize);
    this.nextObservation = new Float32Array(slots * observationSize);
    this.action = new Float32Array(slots * actions.size);
    this.reward = new Float32Array(slots);
    this.terminated = new Float32Array(slots);
    this.truncated = new Float32Array(slots);
    this.skipped = new Uint8Array(slots);
    const columns = Object.entries<number>(plan.remembered ?? {});
    this.remembered = Object.fromEntries(columns.map(([name, count]) => [name, this.#column(count)])) as Record<
      Names,
      RememberedColumn
    >;
    this.#awaited = plan.remembered === null ? null : new AwaitedChoices(actions, observationSize, environments);
    const numbers = columns.reduce((sum, [, count]) => sum + count, 2 * observationSize + actions.size + 3);
    this.#bytes = slots * (numbers * 4 + 1) + (backend.bytes - before);
  }

  #column(columns: number): RememberedColumn {
    const { steps, environments, slots } = this;
    const tensor = columns === 1 ? this.#backend.tensor(steps, environments) : this.#backend.tensor(slots, columns);
    return { columns, values: new Float32Array(slots * columns), tensor };
  }

  /** Number of filled slots. */
  get size(): number {
    return this.#length;
  }

  get capacity(): number {
    return this.slots;
  }

  /** Memory of the arrays and of their copy on the backend, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  get turn(): number {
    return this.#length % this.environments;
  }

  /** True when all slots are filled: the agent can learn from the rollout. */
  get isFull(): boolean {
    return this.#length === this.slots;
  }

  /** Number of filled slots that hold a step, not a reset. */
  get stepCount(): number {
    return this.#length - this.#skips;
  }

  /** [slots, options] masks on the backend, valid after `upload`; null if no mask was ever given. */
  get mask(): Tensor | null {
    return this.#mask?.tensor ?? null;
  }

  // --- acting ahead --------------------------------------------------------------------------------------------------

  hasRoomFor(rows: number): boolean {
    return this.#length + rows <= this.slots;
  }

  /** Writes exploring actions and their observations into the next slots. @pre hasRoomFor(rows.rows) */
  expect(rows: ActingRows, choice: Choice): void {
    if (this.#awaited === null) return;
    const count = rows.rows;
    const first = this.#length;
    copyRows(
      rows.observation,
      count * this.#plan.observationSize,
      this.observation,
      first * this.#plan.observationSize,
    );
    copyRows(choice.action, count * this.#plan.actions.size, this.action, first * this.#plan.actions.size);
    for (const name in this.remembered) {
      const { columns, values } = this.remembered[name];
      const found = choice.remembered?.[name];
      if (found !== undefined) copyRows(found, count * columns, values, first * columns);
    }
    this.#writeMasks(count, rows.mask);
    this.#awaited.expect(count, choice.given);
  }

  #writeMasks(count: number, masks: Float32Array | null): void {
    const { options } = this.#plan.actions;
    if (options === 0 || (masks === null && this.#mask === null)) return;
    const { values } = this.#mask ?? this.#planMask();
    const from = this.#length * options;
    for (let k = 0; k < count * options; k++) values[from + k] = masks === null ? 1 : masks[k];
  }

  #planMask(): RememberedColumn {
    const { options } = this.#plan.actions;
    const before = this.#backend.bytes;
    const values = new Float32Array(this.slots * options).fill(1);
    this.#mask = { columns: options, values, tensor: this.#backend.tensor(this.slots, options) };
    this.#bytes += values.byteLength + (this.#backend.bytes - before);
    return this.#mask;
  }

  // --- observing -----------------------------------------------------------------------------------------------------

  /**
   * Checks that a row can be added, `ahead` slots after the next free slot.
   * @throws StateError when there is no room, or when the agent learns from its own actions only and chose none for this slot
   * @throws RangeError when the action or the observation is not that of the agent's choice
   */
  checkRow(where: string, ahead: number, step: StepRows, row: number): void {
    if (!this.hasRoomFor(ahead + 1)) throw this.#noRoom(where, ahead + 1);
    this.#awaited?.check(where, this, ahead, step, row);
  }

  /** @pre `checkRow` accepted all rows */
  add(step: StepRows): void {
    const { rows } = step;
    const first = this.#length;
    const { observationSize, actions } = this.#plan;
    if (this.#awaited === null) {
      copyRows(step.observation, rows * observationSize, this.observation, first * observationSize);
      copyRows(step.action, rows * actions.size, this.action, first * actions.size);
    }
    copyRows(step.next, rows * observationSize, this.nextObservation, first * observationSize);
    for (let row = 0, k = first; row < rows; row++, k++) {
      this.reward[k] = step.reward[row];
      this.terminated[k] = step.terminated[row];
      this.truncated[k] = step.truncated[row];
      this.skipped[k] = step.skip === null ? 0 : step.skip[row];
      this.#skips += this.skipped[k];
    }
    this.#length += rows;
    this.#awaited?.taken(rows);
    const last = this.environments - 1;
    for (let k = first; k < this.#length; k++) {
      if (k % this.environments === last) this.normalizer.includeStep(this, k - last);
    }
  }

  #noRoom(where: string, count: number): StateError {
    return new StateError(
      `${where}: rollout expected room for ${count} transitions, got ${this.slots - this.#length} of ${this.slots} free. ` +
        "Call update when the rollout is full: it learns from it and empties it.",
    );
  }

  /** Ends the running episodes: the last filled slot of every environment counts as truncated. */
  forget(): void {
    this.#awaited?.forget();
    for (let k = Math.max(0, this.#length - this.environments); k < this.#length; k++) {
      if (this.terminated[k] === 0) this.truncated[k] = 1;
    }
    this.normalizer.forgetEpisodes(this.#length % this.environments);
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

  /** Empties the rollout. */
  clear(): void {
    this.#length = 0;
    this.#skips = 0;
    this.#awaited?.forget();
    this.#mask?.values.fill(1);
  }

  // --- checkpoints ---------------------------------------------------------------------------------------------------

  check(from: CheckpointReader): void {
    if (from.contents === "run") this.#read(from);
  }

  load(from: CheckpointReader): void {
    if (from.contents !== "run") return;
    const { length, ahead, mask } = this.#read(from);
    const { actions } = this.#plan;
    this.observation.set(this.#filled(from, "observation", ahead));
    this.nextObservation.set(this.#filled(from, "nextObservation", length));
    this.action.set(this.#filled(from, "action", ahead));
    this.reward.set(this.#filled(from, "reward", length));
    this.terminated.set(this.#filled(from, "terminated", length));
    this.truncated.set(this.#filled(from, "truncated", length));
    for (const name in this.remembered) this.remembered[name].values.set(this.#filled(from, name, ahead));
    if (mask !== null) (this.#mask ?? this.#planMask()).values.set(mask);
    this.skipped.fill(0);
    if (from.has("rollout.skipped")) this.skipped.set(from.tensor("rollout.skipped", Uint8Array, length));
    this.#skips = countOnes(this.skipped);
    this.#length = length;
    if (this.#awaited === null) return;
    const count = ahead - length;
    const given = new Float32Array(count * actions.size);
    if (count > 0) this.#plan.present(count, this.action.slice(length * actions.size, ahead * actions.size), given);
    this.#awaited.expect(count, given);
  }

  /** Saves the filled slots, and the slots for which an action is already chosen. */
  save(to: CheckpointWriter): void {
    if (to.contents !== "run") return;
    const { observationSize, actions } = this.#plan;
    const length = this.#length;
    const ahead = length + (this.#awaited?.count ?? 0);
    const put = (name: string, values: Float32Array, numbers: number): void =>
      to.tensor(`rollout.${name}`, values.slice(0, numbers));
    put("observation", this.observation, ahead * observationSize);
    put("nextObservation", this.nextObservation, length * observationSize);
    put("action", this.action, ahead * actions.size);
    put("reward", this.reward, length);
    put("terminated", this.terminated, length);
    put("truncated", this.truncated, length);
    for (const name in this.remembered) {
      const { columns, values } = this.remembered[name];
      put(name, values, ahead * columns);
    }
    if (this.#mask !== null) put("mask", this.#mask.values, ahead * actions.options);
    if (this.#skips > 0) to.tensor("rollout.skipped", this.skipped.slice(0, length));
  }

  /** Checks a saved rollout. @throws CheckpointError when sizes do not agree, or a stored action or flag is out of range */
  #read(from: CheckpointReader): {
    readonly length: number;
    readonly ahead: number;
    readonly mask: Float32Array | null;
  } {
    const { actions } = this.#plan;
    const length = from.length("rollout.reward");
    if (length > this.slots) throw damaged("rollout.reward", `at most ${this.slots} numbers`, length);
    const chosen = Math.max(0, from.length("rollout.action") / actions.size - length);
    if (!Number.isInteger(chosen) || chosen > Math.min(this.environments, this.slots - length)) {
      const expected = `those of ${length} transitions, and at most the next step's`;
      throw damaged("rollout.action", expected, from.length("rollout.action"));
    }
    const ahead = length + chosen;
    this.#filled(from, "observation", ahead);
    for (const name of ["nextObservation", "reward", "terminated", "truncated"]) this.#filled(from, name, length);
    for (const name in this.remembered) this.#filled(from, name, ahead);
    const action = this.#filled(from, "action", ahead);
    if (!action.every((value, k) => actions.isStored(value, k % actions.size))) {
      throw damaged("rollout.action", "actions of the space", action);
    }
    const skipped = from.has("rollout.skipped") ? from.tensor("rollout.skipped", Uint8Array, length) : null;
    if (skipped?.some((flag) => flag > 1)) throw damaged("rollout.skipped", "zeros and ones", skipped);
    const hasMask = actions.options > 0 && from.has("rollout.mask");
    const mask = hasMask ? from.tensor("rollout.mask", Float32Array, ahead * actions.options) : null;
    return { length, ahead, mask };
  }

  /** Reads the saved numbers of `slots` slots. */
  #filled(from: CheckpointReader, name: string, slots: number): Float32Array {
    const { observationSize, actions } = this.#plan;
    const columns =
      name === "observation" || name === "nextObservation"
        ? observationSize
        : name === "action"
          ? actions.size
          : ((this.remembered as Readonly<Record<string, RememberedColumn>>)[name]?.columns ?? 1);
    return from.tensor(`rollout.${name}`, Float32Array, slots * columns);
  }
}

function copyRows(source: Float32Array, count: number, target: Float32Array, offset: number): void {
  for (let k = 0; k < count; k++) target[offset + k] = source[k];
}

function countOnes(flags: Uint8Array): number {
  let count = 0;
  for (let k = 0; k < flags.length; k++) count += flags[k];
  return count;
}
