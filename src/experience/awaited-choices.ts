// Actions that an on-policy agent chose but whose outcomes it has not observed yet. The agent remembers each chosen action and
// its observation. Other transitions are refused, because the agent does not know the probability of their actions.

import { StateError, show } from "../errors.ts";
import type { ActionEncoder } from "./action-encoder.ts";
import type { StepRows } from "./experience.ts";

/** The slots of a rollout. The awaited choices lie in the slots after the known ones. */
export interface AwaitedSlots {
  /** Number of slots whose outcome is known. */
  readonly size: number;
  /** [slots, observation size] */
  readonly observation: Float32Array;
}

/** The choices of the latest exploring call whose outcomes were not observed yet. */
export class AwaitedChoices {
  readonly #actions: ActionEncoder;
  readonly #observationSize: number;
  /** [environments, action size] given actions of the latest call. */
  readonly #given: Float32Array;
  /** Rows of the latest call, then how many of these are still awaited. */
  #rows = 0;
  #count = 0;

  constructor(actions: ActionEncoder, observationSize: number, environments: number) {
    this.#actions = actions;
    this.#observationSize = observationSize;
    this.#given = new Float32Array(environments * actions.size);
  }

  /** Number of awaited choices. They lie in slots size .. size + count - 1 of the rollout. */
  get count(): number {
    return this.#count;
  }

  /** Replaces the awaited choices by new ones. @param given [rows, action size] @pre rows is at most the environments */
  expect(rows: number, given: Float32Array): void {
    const n = rows * this.#actions.size;
    for (let k = 0; k < n; k++) this.#given[k] = given[k];
    this.#rows = rows;
    this.#count = rows;
  }

  /** Drops the next `count` choices: their outcomes were observed. */
  taken(count: number): void {
    this.#count = Math.max(0, this.#count - count);
  }

  /** Drops all awaited choices. */
  forget(): void {
    this.#count = 0;
  }

  /**
   * Checks that a row is the outcome of an awaited choice.
   * @param ahead slots between the next free slot and the slot of this row
   * @throws StateError when no choice is awaited for that slot
   * @throws RangeError when the action or the observation is not that of the choice
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
