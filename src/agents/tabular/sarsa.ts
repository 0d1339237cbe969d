// Sarsa (Rummery & Niranjan 1994; Sutton & Barto 2018, section 6.4) with a table:
//
//   Q(s, a) += alpha (r + gamma Q(s', a') - Q(s, a)),   without the second term where the episode terminated
//
// a' is the action really taken next, so that Sarsa learns the values of the policy that it follows, exploration included. A
// step therefore waits for a' until the next step is observed. After a truncated step a' is drawn from the policy.

import { damaged } from "../../formats/checkpoint.ts";
import type { CheckpointReader, CheckpointWriter } from "../../formats/checkpoint-part.ts";
import type { Workplace } from "../../workplace.ts";
import { SARSA_PRESETS } from "./sarsa-presets.ts";
import { openTable, type TablePlan, type TableStep, type TableUpdate, TabularAgent } from "./tabular-agent.ts";
import { TABULAR, type TabularAbout, type TabularOptions } from "./tabular-options.ts";

/** Options of Sarsa. */
export type SarsaOptions = TabularOptions;

/** Sarsa with a table: learns the values of the policy that it follows (Rummery & Niranjan 1994). */
export class Sarsa extends TabularAgent {
  static override readonly about: TabularAbout = {
    name: "Sarsa",
    algorithm: "sarsa",
    summary: "Sarsa with a table",
    ...TABULAR,
    presets: SARSA_PRESETS,
  };

  /**
   * @param workplace an environment, several stepped together, or `{ observationSpace, actionSpace }`; observations Discrete or
   *   MultiDiscrete
   * @throws TypeError or RangeError when an option is unknown or out of range, or a space has no numbered values
   */
  constructor(workplace: Workplace, options: SarsaOptions = {}) {
    super(openTable(new.target, workplace, options), (plan) => new SarsaUpdate(plan));
  }
}

type Move = Parameters<TableUpdate["learnFrom"]>[1];

class SarsaUpdate implements TableUpdate {
  readonly #plan: TablePlan;
  /** s, a, r, s' of the waiting step of every environment; s is -1 when no step waits. */
  readonly #waiting: Float64Array;

  constructor(plan: TablePlan) {
    this.#plan = plan;
    this.#waiting = new Float64Array(4 * plan.context.environments);
    this.forget();
  }

  learnFrom({ environment, state, action, reward, nextState, terminated, truncated }: TableStep, move: Move): void {
    const waiting = this.#waiting;
    const at = 4 * environment;
    // A caller may mix steps of several episodes. Then a' was not observed and is drawn from the policy.
    if (waiting[at] >= 0) this.#finish(at, waiting[at + 3] === state ? action : this.#draw(waiting[at + 3]), move);
    if (terminated) {
      move(state, action, reward);
      return;
    }
    waiting[at] = state;
    waiting[at + 1] = action;
    waiting[at + 2] = reward;
    waiting[at + 3] = nextState;
    if (truncated) this.#finish(at, this.#draw(nextState), move);
  }

  #draw(state: number): number {
    return this.#plan.actor.draw(state, null);
  }

  #finish(at: number, nextAction: number, move: Move): void {
    const { context, table } = this.#plan;
    const waiting = this.#waiting;
    const state = waiting[at];
    waiting[at] = -1;
    move(
      state,
      waiting[at + 1],
      waiting[at + 2] + context.settings.discount * table.value(waiting[at + 3], nextAction),
    );
  }

  forget(): void {
    for (let at = 0; at < this.#waiting.length; at += 4) this.#waiting[at] = -1;
  }

  check(from: CheckpointReader): void {
    if (from.contents !== "run") return;
    const saved = from.tensor("waiting", Float64Array, this.#waiting.length);
    const { states, actions } = this.#plan.table;
    const limits = [states, actions, Number.POSITIVE_INFINITY, states];
    const fits = (value: number, i: number): boolean => {
      const part = i % 4;
      if (part === 2) return Number.isFinite(value);
      return Number.isInteger(value) && value >= (part === 0 ? -1 : 0) && value < limits[part];
    };
    if (!saved.every(fits)) throw damaged("waiting", "state, action, reward and next state", saved);
  }

  load(from: CheckpointReader): void {
    if (from.contents === "run") this.#waiting.set(from.tensor("waiting", Float64Array, this.#waiting.length));
  }

  save(to: CheckpointWriter): void {
    if (to.contents === "run") to.tensor("waiting", this.#waiting.slice());
  }
}
