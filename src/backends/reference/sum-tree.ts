// Proportional priorities in a tree of sums: node k is the sum of nodes 2k and 2k+1; the leaves are the p of the slots.

import { pow } from "../../engine/math.ts";
import type { PriorityContents } from "../../operations/priorities.ts";
import { uniform53 } from "./xoshiro.ts";

export class ReferenceSumTree {
  readonly bytes: number;
  readonly #leaves: number;
  readonly #nodes: Float64Array;
  #maximum = 1;

  constructor(capacity: number) {
    let leaves = 1;
    while (leaves < capacity) leaves *= 2;
    this.#leaves = leaves;
    this.#nodes = new Float64Array(2 * leaves);
    this.bytes = this.#nodes.byteLength;
  }

  add(slot: number): void {
    this.#set(slot, this.#maximum);
  }

  #set(slot: number, p: number): void {
    let node = this.#leaves + slot;
    this.#nodes[node] = p;
    while (node > 1) {
      node = Math.floor(node / 2);
      this.#nodes[node] = this.#nodes[2 * node] + this.#nodes[2 * node + 1];
    }
  }

  sample(stream: Uint32Array, rows: number, beta: number, index: Float32Array, weight: Float32Array): void {
    const p = new Float64Array(rows);
    let smallest = Number.POSITIVE_INFINITY;
    for (let b = 0; b < rows; b++) {
      const slot = this.#find((b + uniform53(stream)) * (this.#nodes[1] / rows));
      index[b] = slot;
      p[b] = this.#nodes[this.#leaves + slot];
      smallest = Math.min(smallest, p[b]);
    }
    for (let b = 0; b < rows; b++) weight[b] = pow(smallest / p[b], beta);
  }

  #find(mass: number): number {
    let x = mass;
    let node = 1;
    while (node < this.#leaves) {
      const left = this.#nodes[2 * node];
      const goesLeft = x < left || this.#nodes[2 * node + 1] === 0;
      if (!goesLeft) x -= left;
      node = goesLeft ? 2 * node : 2 * node + 1;
    }
    return node - this.#leaves;
  }

  update(rows: number, index: Float32Array, absError: Float32Array, alpha: number, epsilon: number): void {
    for (let b = 0; b < rows; b++) {
      const p = pow(absError[b] + epsilon, alpha);
      this.#maximum = Math.max(this.#maximum, p);
      this.#set(index[b], p);
    }
  }

  contents(size: number): PriorityContents {
    return { values: this.#nodes.slice(this.#leaves, this.#leaves + size), maximum: this.#maximum };
  }

  setContents({ values, maximum }: PriorityContents): void {
    this.#nodes.fill(0);
    this.#maximum = maximum;
    for (let slot = 0; slot < values.length; slot++) this.#set(slot, values[slot]);
  }
}
