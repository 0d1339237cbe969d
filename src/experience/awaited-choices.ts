// Choices that an agent made and has yet to see the outcome of. Whoever learns from its own actions remembers what it chose, and
// for which observation: anything else that is observed would be learned from with another action's probability.

import { StateError, show } from "../errors.ts";
import type { ActionEncoder } from "./action-encoder.ts";
import type { StepRows } from "./experience.ts";

/** Slots of a rollout: where the choices lie until their outcomes come. */
export interface AwaitedSlots {
  /** Slots whose outcome is known. */
  readonly size: number;
  /** [slots, observation size] */
  readonly observation: Float32Array;
}

export class AwaitedChoices {
  readonly #actions: ActionEncoder;
  readonly #observationSize: number;
  /** [environments, action size] as environments were given them: of the call that chose last. */
  readonly #given: Float32Array;
  /** Rows of that call, and how many of them are still awaited. */
  #rows = 0;
  #count = 0;

  constructor(actions: ActionEncoder, observationSize: number, environments: number) {
    this.#actions = actions;
    this.#observationSize = observationSize;
    this.#given = new Float32Array(environments * actions.size);
  }

  /** Choices whose outcomes are awaited: slots size .. size + count - 1 of the rollout. */
  get count(): number {
    return this.#count;
  }

  /** New choices take the place of those still awaited. @param given [rows, action size] @pre rows: at most the environments */
  expect(rows: number, given: Float32Array): void {
    const n = rows * this.#actions.size;
    for (let k = 0; k < n; k++) this.#given[k] = given[k];
    this.#rows = rows;
    this.#count = rows;
  }

  /** The outcomes of the next choices came. */
  taken(count: number): void {
    this.#count = Math.max(0, this.#count - count);
  }

  forget(): void {
    this.#count = 0;
  }

  /**
   * @param ahead of the slot that the row would take, beyond the next one
   * @throws StateError unless a choice is awaited there; RangeError when another action was chosen, or for another observation
   */
  check(where: string, slots: AwaitedSlots, ahead: number, step: StepRows, row: number): void {
    if (ahead >= this.#count) {
      throw new StateError(
        `${where}: action expected to be one that this agent chose, got one that it knows nothing of. It learns from its own actions: call act(observation, { explore: true }) first, once per transition.`,
      );
    }
    const size = this.#observationSize;
    for (let i = 0, from = row * size, to = (slots.size + ahead) * size; i < size; i++) {
      if (step.observation[from + i] === slots.observation[to + i]) continue;
      throw new RangeError(
        `${where}: observation expected the one that the action was chosen for, got another. Observe every step before the next one is acted on, environments in their order.`,
      );
    }
    const { size: numbers } = this.#actions;
    const at = (this.#rows - this.#count + ahead) * numbers;
    for (let c = 0; c < numbers; c++) {
      if (step.given[row * numbers + c] !== this.#given[at + c]) throw this.#otherAction(where, at, step, row);
    }
  }

  #otherAction(where: string, at: number, step: StepRows, row: number): RangeError {
    const { size } = this.#actions;
    const shown = (rows: Float32Array, from: number): string => {
      const { space } = this.#actions;
      return show(space.kind === "discrete" ? space.start + rows[from] : Array.from(rows.subarray(from, from + size)));
    };
    return new RangeError(
      `${where}: action${step.rows > 1 ? ` of environment ${row}` : ""} expected ${shown(this.#given, at)}, which was chosen, got ${shown(step.given, row * size)}. Pass what act returned.`,
    );
  }
}
