// The rollout that on-policy agents learn from: every step of E environments for T steps. Then all is learned from and forgotten.
//
//   slot k = t E + e: step t of environment e. Slots are filled in order.
//
// Every slot has its own next observation: at the end of an episode that is the episode's last one, not the next one's first, so
// that a truncated episode's value goes on where it was cut. Plain arrays hold what is collected; `upload` puts a full rollout
// where a backend computes.
//
// Acting runs ahead of observing: exploring choices lie in the next slots until their outcomes are observed (awaited-choices.ts).

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

/** Numbers of every slot that acting found and learning needs, such as log-probabilities. */
export interface RememberedColumn {
  readonly columns: number;
  /** [slots, columns], row-major */
  readonly values: Float32Array;
  /** [T, E] where there is one number a slot, else [slots, columns]. */
  readonly tensor: Tensor;
}

export interface RolloutPlan<Names extends string> {
  readonly steps: number;
  readonly environments: number;
  readonly observationSize: number;
  readonly actions: ActionEncoder;
  /** Columns that acting fills, by name; null for an algorithm that learns from any actions, whoever chose them. */
  readonly remembered: Readonly<Record<Names, number>> | null;
  /** Statistics of observations and returns, which are applied as steps come in. */
  readonly normalizer: RunningNormalizer;
  /** From stored actions to those that environments are given: for choices that a file left without outcomes. */
  present(rows: number, stored: Float32Array, given: Float32Array): void;
}

export class Rollout<Names extends string = never> implements Expecting {
  readonly steps: number;
  readonly environments: number;
  /** T E. */
  readonly slots: number;
  readonly tensors: RolloutTensors;
  readonly remembered: Readonly<Record<Names, RememberedColumn>>;
  readonly observation: Float32Array;
  readonly nextObservation: Float32Array;
  readonly action: Float32Array;
  readonly reward: Float32Array;
  /** 1 where the episode ended so. */
  readonly terminated: Float32Array;
  readonly truncated: Float32Array;
  /** 1 where a slot is no step: see StepRows.skip. */
  readonly skipped: Uint8Array;
  readonly normalizer: RunningNormalizer;
  readonly #backend: Backend;
  readonly #plan: RolloutPlan<Names>;
  readonly #awaited: AwaitedChoices | null;
  /** [slots, options], 0 where an option was forbidden; planned with the first mask. */
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

  /** Slots filled. */
  get size(): number {
    return this.#length;
  }

  get capacity(): number {
    return this.slots;
  }

  /** Bytes of the arrays and of their copy on the backend. */
  get bytes(): number {
    return this.#bytes;
  }

  get turn(): number {
    return this.#length % this.environments;
  }

  get isFull(): boolean {
    return this.#length === this.slots;
  }

  /** Slots that are steps: all filled ones, but for resets. */
  get stepCount(): number {
    return this.#length - this.#skips;
  }

  /** [slots, options] of a full rollout, or null when no mask was ever given. */
  get mask(): Tensor | null {
    return this.#mask?.tensor ?? null;
  }

  // --- acting ahead --------------------------------------------------------------------------------------------------

  /** Whether choices for so many rows can be learned from: that has to be said before they are made. */
  hasRoomFor(rows: number): boolean {
    return this.#length + rows <= this.slots;
  }

  /** Puts exploring choices and what they were made for into the next slots. @pre hasRoomFor(rows.rows) */
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
   * Whether a row can be added as the one `ahead` slots beyond the next.
   * @throws StateError where there is no room, or the agent learns from its own actions and did not choose this one; RangeError
   *   when it chose another action, or for another observation
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

  /** What follows belongs to other episodes: the last slot of every environment ends its own, cut off from outside. */
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

  /** Forgets everything. */
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

  /** Slots whose outcomes are known, and those for which an action was chosen already. */
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

  /** @throws CheckpointError when sizes do not fit each other, or the engine would take a number for an address that is none */
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

  /** The numbers of so many slots. */
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
