// Categorical policies: P choices among numbered options, n_p logits each, side by side in a row.

import { log } from "../../engine/math.ts";
import { exp } from "./exp.ts";

const f = Math.fround;

/** One choice of one row: its logits from `start` on, normalised over the allowed options. */
export class Choice {
  readonly #x: Float32Array;
  readonly #mask: Float32Array | null;
  readonly #start: number;
  readonly #n: number;
  readonly #max: number;
  readonly #sum: number;
  readonly #logSum: number;

  constructor(x: Float32Array, mask: Float32Array | null, start: number, n: number) {
    this.#x = x;
    this.#mask = mask;
    this.#start = start;
    this.#n = n;
    let max = Number.NaN;
    let isFirst = true;
    for (let j = 0; j < n; j++) {
      if (!this.allows(j)) continue;
      if (isFirst || max < x[start + j]) max = x[start + j];
      isFirst = false;
    }
    this.#max = max;
    let sum = 0;
    for (let j = 0; j < n; j++) if (this.allows(j)) sum = f(sum + exp(f(x[start + j] - max)));
    this.#sum = sum;
    this.#logSum = f(log(sum));
  }

  allows(j: number): boolean {
    return this.#mask === null || this.#mask[this.#start + j] !== 0;
  }

  probability(j: number): number {
    return f(exp(f(this.#x[this.#start + j] - this.#max)) / this.#sum);
  }

  logProbability(j: number): number {
    return f(f(this.#x[this.#start + j] - this.#max) - this.#logSum);
  }

  /** Sum over allowed options of p term(j), where p is not 0. */
  expectation(term: (j: number) => number): number {
    let sum = 0;
    for (let j = 0; j < this.#n; j++) {
      if (!this.allows(j)) continue;
      const p = this.probability(j);
      if (p !== 0) sum = f(sum + f(p * term(j)));
    }
    return sum;
  }

  entropy(): number {
    return f(-this.expectation((j) => this.logProbability(j)));
  }
}

/** Calls `visit` for every choice of every row, with the choice's number, the offset of its logits, and their number. */
export function eachChoice(
  rows: number,
  choices: Float32Array,
  visit: (row: number, choice: number, start: number, n: number) => void,
): void {
  let start = 0;
  for (let row = 0; row < rows; row++) {
    for (let choice = 0; choice < choices.length; choice++) {
      visit(row, choice, start, choices[choice]);
      start += choices[choice];
    }
  }
}
