// Action values in a table, one float64 per state and action, and the step sizes that move them.
//
//   values[state * actions + action]      visits[state * actions + action]: how often the entry was moved

import { pow } from "../../engine/math.ts";
import { DivergenceError, rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { type CheckpointReader, type CheckpointWriter, requireFiniteNumbers } from "../../formats/checkpoint-part.ts";
import type { Trained } from "../../training/learner.ts";

/**
 * Share of the way that a value moves towards its target.
 * - a number: always this share, in (0, 1]. 1 is exact if outcomes are certain (Mitchell 1997, section 13.3); with random
 *   outcomes the values keep fluctuating;
 * - visits: 1 / N^exponent at the N-th move of this entry. For exponents in (0.5, 1] the sum of the steps diverges and the sum
 *   of their squares converges (Robbins & Monro 1951), as convergence requires (Watkins & Dayan 1992). At exponent 1 the time
 *   to a given accuracy is exponential in 1 / (1 - discount), below 1 polynomial (Even-Dar & Mansour 2003,
 *   https://www.jmlr.org/papers/v5/evendar03a.html: worst-case bounds are best near 0.77). Far from the worst case smaller
 *   exponents are better: after 1e6 steps of FrozenLake-v1 at discount 0.99 the start value is within 2 % at 0.6 and more than
 *   15 % off at 0.8 (test/agents/tabular/q-learning.slow.test.ts).
 */
export type StepSize = number | { readonly type: "visits"; readonly exponent: number };

/** Checks a step size. @throws TypeError or RangeError unless it is in (0, 1], or "visits" with an exponent in (0.5, 1] */
export function checkStepSize(where: string, stepSize: StepSize): void {
  if (typeof stepSize !== "object" || stepSize === null) {
    requireNumber(where, "stepSize", stepSize, { above: 0, max: 1 }, 'Or { type: "visits", exponent: 0.6 }.');
    return;
  }
  rejectUnknownOptions(`${where}: stepSize`, stepSize, ["type", "exponent"]);
  if (stepSize.type !== "visits") {
    throw new RangeError(
      `${where}: stepSize.type expected "visits", got ${JSON.stringify(stepSize.type)}. Or give a number.`,
    );
  }
  requireNumber(where, "stepSize.exponent", stepSize.exponent, { above: 0.5, max: 1 }, "0.6 is a good one.");
}

/** Table of action values, with the number of moves of every entry. */
export class QTable implements Trained {
  readonly states: number;
  readonly actions: number;
  readonly values: Float64Array;
  readonly visits: Uint32Array;
  /** |target - value| and step size of the last move; NaN before the first move. */
  readonly last: Float64Array = Float64Array.of(Number.NaN, Number.NaN);
  readonly #stepSize: StepSize;

  constructor(states: number, actions: number, stepSize: StepSize, initialValue: number) {
    this.states = states;
    this.actions = actions;
    this.#stepSize = stepSize;
    this.values = new Float64Array(states * actions).fill(initialValue);
    this.visits = new Uint32Array(states * actions);
  }

  value(state: number, action: number): number {
    return this.values[state * this.actions + action];
  }

  /** Returns the largest value of a state. */
  best(state: number): number {
    return this.value(state, this.greedy(state, null));
  }

  /**
   * Returns the first action of largest value.
   * @param mask [rows, actions], 0 for a forbidden action; null: all are allowed
   */
  greedy(state: number, mask: Float32Array | null, row: number = 0): number {
    const from = state * this.actions;
    let best = -1;
    for (let a = 0; a < this.actions; a++) {
      if (mask !== null && mask[row * this.actions + a] === 0) continue;
      if (best < 0 || this.values[from + a] > this.values[from + best]) best = a;
    }
    return best;
  }

  /**
   * Moves an entry: Q += stepSize (target - Q).
   * @throws DivergenceError when target - Q is not finite; nothing changes then
   */
  move(state: number, action: number, target: number): void {
    const i = state * this.actions + action;
    const error = target - this.values[i];
    if (error - error !== 0) {
      throw new DivergenceError(
        `QTable: error expected a finite number, got ${error} for state ${state}, action ${action}. ` +
          "Scale rewards down, or choose a discount below 1; the table is intact.",
      );
    }
    this.visits[i]++;
    const share = typeof this.#stepSize === "number" ? this.#stepSize : pow(this.visits[i], -this.#stepSize.exponent);
    this.values[i] += share * error;
    this.last[0] = Math.abs(error);
    this.last[1] = share;
  }

  get bytes(): number {
    return this.values.byteLength;
  }

  numbers(): Float64Array[] {
    return [this.values];
  }

  check(from: CheckpointReader): void {
    requireFiniteNumbers("tensor q", from.tensor("q", Float64Array, this.values.length));
    if (from.contents === "run") from.tensor("visits", Uint32Array, this.visits.length);
  }

  load(from: CheckpointReader): void {
    this.values.set(from.tensor("q", Float64Array, this.values.length));
    if (from.contents === "run") this.visits.set(from.tensor("visits", Uint32Array, this.visits.length));
  }

  save(to: CheckpointWriter): void {
    const shape = [this.states, this.actions];
    to.tensor("q", this.values, shape);
    if (to.contents === "run") to.tensor("visits", this.visits, shape);
  }
}
