// Rank-based priorities as a plain list: the slots in use, sorted by |delta|, largest first, equal errors by slot.

import { pow } from "../../engine/math.ts";
import type { PriorityContents } from "../../operations/priorities.ts";
import { uniform53 } from "./xoshiro.ts";

export class ReferenceRankList {
  readonly bytes: number;
  readonly #alpha: number;
  readonly #errors: Float32Array;
  /** sums[r - 1] = sum of k^-alpha over k = 1 .. r */
  readonly #sums: Float64Array;
  readonly #order: number[] = [];
  #maximum = 1;

  constructor(capacity: number, alpha: number) {
    this.#alpha = alpha;
    this.#errors = new Float32Array(capacity);
    this.#sums = new Float64Array(capacity);
    this.bytes = this.#errors.byteLength + this.#sums.byteLength + 4 * capacity;
  }

  add(slot: number): void {
    if (slot < this.#order.length) this.#take(slot);
    else this.#grow();
    this.#put(slot, this.#maximum);
  }

  #grow(): void {
    const n = this.#order.length;
    this.#sums[n] = (n > 0 ? this.#sums[n - 1] : 0) + pow(n + 1, -this.#alpha);
  }

  /** Returns the number of slots that come before this slot in the list, or would come before it. */
  #place(slot: number): number {
    const error = this.#errors[slot];
    let first = 0;
    let end = this.#order.length;
    while (first < end) {
      const middle = (first + end) >> 1;
      const other = this.#order[middle];
      const isBefore = this.#errors[other] > error || (this.#errors[other] === error && other < slot);
      if (isBefore) first = middle + 1;
      else end = middle;
    }
    return first;
  }

  #take(slot: number): void {
    this.#order.splice(this.#place(slot), 1);
  }

  #put(slot: number, error: number): void {
    this.#errors[slot] = error;
    this.#order.splice(this.#place(slot), 0, slot);
  }

  sample(stream: Uint32Array, rows: number, beta: number, index: Float32Array, weight: Float32Array): void {
    const n = this.#order.length;
    const ranks: number[] = [];
    for (let b = 0; b < rows; b++) {
      const x = (b + uniform53(stream)) * (this.#sums[n - 1] / rows);
      let rank = 1;
      while (rank < n && !(this.#sums[rank - 1] > x)) rank++;
      ranks.push(rank);
      index[b] = this.#order[rank - 1];
    }
    const largest = ranks.reduce((a, b) => Math.max(a, b));
    for (let b = 0; b < rows; b++) weight[b] = pow(ranks[b] / largest, this.#alpha * beta);
  }

  update(rows: number, index: Float32Array, absError: Float32Array): void {
    for (let b = 0; b < rows; b++) {
      this.#maximum = Math.max(this.#maximum, absError[b]);
      this.#take(index[b]);
      this.#put(index[b], absError[b]);
    }
  }

  contents(size: number): PriorityContents {
    return { values: Float64Array.from(this.#errors.subarray(0, size)), maximum: this.#maximum };
  }

  setContents({ values, maximum }: PriorityContents): void {
    this.#maximum = Math.fround(maximum);
    this.#order.length = 0;
    for (let slot = 0; slot < values.length; slot++) {
      this.#grow();
      this.#put(slot, values[slot]);
    }
  }
}
