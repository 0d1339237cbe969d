// Actions that an agent chose and has yet to see the outcome of. Who learns from its own actions remembers what it chose,
// and what for: whatever else is observed would be learned from with another action's probability.

import { StateError, show } from "../errors.ts";
import type { SpaceValue } from "../space.ts";
import type { ActionEncoder } from "./action-encoder.ts";
import type { Rollout } from "./rollout.ts";

export class ChosenActions {
  readonly #actions: ActionEncoder;
  /** As environments were given them, [environments, numbers per action], and how many were chosen together. */
  readonly #given: Float32Array;
  #rows = 0;

  constructor(actions: ActionEncoder, environments: number) {
    this.#actions = actions;
    this.#given = new Float32Array(environments * actions.size);
  }

  /** Puts `rows` chosen actions and what they were chosen for into the rollout's next slots. */
  add(
    rows: number,
    rollout: Rollout<string>,
    observations: Float32Array,
    chosen: Float32Array,
    given: Float32Array,
  ): void {
    const { size } = this.#actions;
    const { observationSize } = rollout.shape;
    const first = rollout.length;
    for (let i = 0; i < rows * observationSize; i++) rollout.observation[first * observationSize + i] = observations[i];
    for (let k = 0; k < rows * size; k++) {
      rollout.action[first * size + k] = chosen[k];
      this.#given[k] = given[k];
    }
    rollout.choose(rows);
    this.#rows = rows;
  }

  /** Goes on with what a restored rollout holds. @param present as RolloutAgent's */
  restore(rollout: Rollout<string>, present: (rows: number, chosen: Float32Array, given: Float32Array) => void): void {
    const { size } = this.#actions;
    const from = rollout.length * size;
    this.#rows = rollout.chosen;
    if (this.#rows > 0) present(this.#rows, rollout.action.slice(from, from + this.#rows * size), this.#given);
  }

  /**
   * @param observation as the network sees it
   * @throws StateError unless an action was chosen for the slot `ahead` beyond the rollout's next one; RangeError when that
   *   was for another observation
   */
  requireObservation(where: string, rollout: Rollout<string>, ahead: number, observation: Float32Array): void {
    if (ahead >= rollout.chosen) {
      throw new StateError(
        `${where}: action expected to be one that this agent chose, got one that it knows nothing of. It learns from its own actions: call act(observation, { explore: true }) first, once per transition.`,
      );
    }
    const { observationSize } = rollout.shape;
    const from = (rollout.length + ahead) * observationSize;
    for (let i = 0; i < observationSize; i++) {
      if (observation[i] === rollout.observation[from + i]) continue;
      throw new RangeError(
        `${where}: observation expected the one that the action was chosen for, got another. Observe every step before the next one is acted on, environments in their order.`,
      );
    }
  }

  /** @throws RangeError unless `action` is what the environment was given for the slot `ahead` beyond the next one */
  requireAction(where: string, rollout: Rollout<string>, ahead: number, action: SpaceValue): void {
    const { size, space } = this.#actions;
    const at = (this.#rows - rollout.chosen + ahead) * size;
    if (space.kind === "discrete") {
      if ((action as number) - space.start === this.#given[at]) return;
    } else if (typeof action === "object" && action !== null && (action as ArrayLike<number>).length === size) {
      let c = 0;
      while (c < size && (action as ArrayLike<number>)[c] === this.#given[at + c]) c++;
      if (c === size) return;
    }
    const row = this.#given.slice(at, at + size);
    throw new RangeError(
      `${where}: action expected ${show(space.kind === "discrete" ? space.start + row[0] : Array.from(row))}, which was chosen, got ${show(action)}. Pass what act returned.`,
    );
  }

  /** The same for a row of `actions` [environments, numbers per action]. */
  requireRow(where: string, rollout: Rollout<string>, ahead: number, actions: ArrayLike<number>): void {
    const { size, space } = this.#actions;
    const start = space.kind === "discrete" ? space.start : 0;
    const at = (this.#rows - rollout.chosen + ahead) * size;
    for (let c = 0; c < size; c++) {
      const given = actions[ahead * size + c];
      if (given - start === this.#given[at + c]) continue;
      throw new RangeError(
        `${where}: action of environment ${ahead} expected the one that was chosen, got ${given}. Pass what actRows wrote.`,
      );
    }
  }
}
