// The sum tree in the engine's memory: its invariant, its edges, and how often it draws what. Layout: assembly/replay/sum-tree.ts.

import { describe, expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { pow } from "../../src/engine/math.ts";
import { Sampler } from "../conformance/sampler.ts";

const SEED = 5;
/** 1e8 by BELLWETHER_DRIFT_UPDATES=100000000: time grows in proportion, 0.09 us an update on one core. */
const DRIFT_UPDATES = Number(process.env.BELLWETHER_DRIFT_UPDATES ?? 5_000_000);

/** A tree planned by hand, with room for `rows` rows of a batch. Columns of a batch are floats 16 bytes apart. */
class Tree {
  readonly engine = new Engine();
  readonly leaves: number;
  readonly address: number;
  readonly rows: number;
  readonly #stream: number;
  readonly #index: number;
  readonly #column: number;

  constructor(capacity: number, rows: number) {
    this.leaves = 1;
    while (this.leaves < capacity) this.leaves *= 2;
    this.rows = rows;
    this.address = this.engine.allocate(16 * this.leaves);
    this.#stream = this.engine.allocate(16);
    this.#index = this.engine.allocate(16 * rows);
    this.#column = this.engine.allocate(16 * rows);
    this.engine.u32(this.#stream, 4).set([SEED, 2, 3, 4]);
    this.nodes[0] = 1;
  }

  /** Largest priority, total, and so on down to the leaves. */
  get nodes(): Float64Array {
    return this.engine.f64(this.address, 2 * this.leaves);
  }

  get total(): number {
    return this.nodes[1];
  }

  setAll(priorities: ArrayLike<number>): void {
    this.nodes.set(priorities, this.leaves);
    this.engine.exports.sum_tree_build(this.address, this.leaves);
  }

  update(slots: ArrayLike<number>, errors: ArrayLike<number>, alpha: number, epsilon: number): number {
    const [index, column] = [this.engine.f32(this.#index, 4 * this.rows), this.engine.f32(this.#column, 4 * this.rows)];
    for (let b = 0; b < this.rows; b++) {
      index[4 * b] = slots[b];
      column[4 * b] = errors[b];
    }
    return this.updateAgain(alpha, epsilon);
  }

  /** With the slots and errors already there. */
  updateAgain(alpha: number, epsilon: number): number {
    const { address, leaves, rows } = this;
    return this.engine.exports.sum_tree_update(address, leaves, alpha, epsilon, rows, this.#index, this.#column);
  }

  /** @param words the stream's next state; all bits 1 draws the largest u there is */
  sample(beta: number, words?: readonly number[]): { readonly slots: Float32Array; readonly weights: Float32Array } {
    if (words !== undefined) this.engine.u32(this.#stream, 4).set(words);
    const { address, leaves, rows } = this;
    this.engine.exports.sum_tree_sample(address, leaves, this.#stream, rows, beta, this.#index, this.#column);
    const every4th = (_: number, b: number, all: Float32Array): number => all[4 * b];
    const [index, column] = [this.engine.f32(this.#index, 4 * rows), this.engine.f32(this.#column, 4 * rows)];
    return { slots: index.map(every4th).subarray(0, rows), weights: column.map(every4th).subarray(0, rows) };
  }
}

function expectInvariant(tree: Tree): void {
  const { nodes, leaves } = tree;
  const wrong = Array.from({ length: leaves }, (_, node) => node).filter(
    (node) => node > 0 && nodes[node] !== nodes[2 * node] + nodes[2 * node + 1],
  );
  expect(wrong).toEqual([]);
}

describe("sums", () => {
  test(`are those of the leaves, to the bit, after ${DRIFT_UPDATES.toLocaleString("en")} updates over 24 orders of magnitude`, () => {
    const capacity = 1000;
    const rows = 50_000;
    const tree = new Tree(capacity, rows);
    tree.setAll(new Float64Array(capacity).fill(1));
    const sampler = new Sampler(SEED);
    for (let done = 0; done < DRIFT_UPDATES; done += rows) {
      // A few different batches, each used for many calls: what is timed is the engine.
      if (done % (20 * rows) === 0) {
        const slots = Float32Array.from({ length: rows }, () => sampler.index(capacity));
        const errors = Float32Array.from({ length: rows }, () => pow(10, 24 * sampler.next() - 12));
        tree.update(slots, errors, 0.99, 1e-6);
      } else {
        tree.updateAgain((done % 7) / 7, 1e-6);
      }
    }
    expectInvariant(tree);
    const afresh = new Tree(capacity, 1);
    afresh.setAll(tree.nodes.slice(tree.leaves));
    expect(tree.total).toBe(afresh.total);
    expect(tree.nodes.slice(1)).toEqual(afresh.nodes.slice(1));
  });

  test.each([1, 2, 3, 5, 8, 9, 100, 127])("hold for capacity %i while it fills, wraps and learns", (capacity) => {
    const tree = new Tree(capacity, 3);
    const sampler = new Sampler(SEED);
    for (let i = 0; i < 3 * capacity; i++) {
      const slot = i % capacity;
      tree.engine.exports.sum_tree_add(tree.address, tree.leaves, slot);
      expect(tree.nodes[tree.leaves + slot]).toBe(tree.nodes[0]);
      const inUse = Math.min(i + 1, capacity);
      const slots = [0, 1, 2].map(() => sampler.index(inUse));
      tree.update(slots, [sampler.next(), 3 * sampler.next(), 0], 0.6, 1e-6);
      expect(tree.nodes[tree.leaves + slots[2]]).toBe(pow(1e-6, 0.6));
      expect(tree.nodes.subarray(tree.leaves + inUse).every((p) => p === 0)).toBe(true);
    }
    expectInvariant(tree);
  });

  test("of a slot that occurs twice the last row counts, and the maximum keeps the first", () => {
    const tree = new Tree(4, 2);
    tree.setAll([1, 1, 1, 1]);
    tree.update([2, 2], [9, 2], 1, 1);
    expect(tree.nodes[tree.leaves + 2]).toBe(3);
    expect(tree.nodes[0]).toBe(10);
    expect(tree.total).toBe(6);
  });

  test.each([Number.NaN, -1, -1e-45, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "are left as they were by an error of %s in any row",
    (error) => {
      const tree = new Tree(4, 3);
      tree.setAll([1, 2, 3, 4]);
      const before = tree.nodes.slice();
      for (let row = 0; row < 3; row++) {
        const errors = [5, 6, 7];
        errors[row] = error;
        expect(tree.update([0, 1, 2], errors, 0.6, 1e-6)).toBe(row);
        expect(tree.nodes).toEqual(before);
      }
    },
  );
});

describe("draws", () => {
  /** Counts over rounds * rows draws. */
  function frequencies(tree: Tree, capacity: number, rounds: number): Float64Array {
    const counts = new Float64Array(capacity);
    for (let round = 0; round < rounds; round++) for (const slot of tree.sample(0.5).slots) counts[slot]++;
    return counts.map((count) => count / (rounds * tree.rows));
  }

  test("each slot in proportion to its priority within 1 % over 2e6 draws", () => {
    const capacity = 37;
    const tree = new Tree(capacity, 1000);
    const sampler = new Sampler(SEED);
    const priorities = Array.from({ length: capacity }, () => 0.5 + 2 * sampler.next());
    tree.setAll(priorities);
    const drawn = frequencies(tree, capacity, 2000);
    for (const [slot, p] of priorities.entries()) {
      expect(Math.abs(drawn[slot] / (p / tree.total) - 1), `seed ${SEED}, slot ${slot}`).toBeLessThan(0.01);
    }
  });

  test("all slots alike where alpha is 0, whatever their errors", () => {
    const capacity = 10;
    const tree = new Tree(capacity, 1000);
    tree.setAll(new Float64Array(capacity).fill(1));
    tree.update(
      Array.from({ length: 1000 }, (_, b) => b % capacity),
      Array.from({ length: 1000 }, (_, b) => b * b),
      0,
      1e-6,
    );
    for (const share of frequencies(tree, capacity, 1000)) expect(Math.abs(share * capacity - 1)).toBeLessThan(0.01);
  });

  test("one row from each segment of equal mass, in order", () => {
    const capacity = 64;
    const tree = new Tree(capacity, 16);
    tree.setAll(new Float64Array(capacity).fill(0.25));
    for (let round = 0; round < 200; round++) {
      const { slots } = tree.sample(1);
      expect([...slots].map((slot) => Math.floor(slot / 4))).toEqual(Array.from({ length: 16 }, (_, b) => b));
    }
  });

  test("almost always the slot of a huge priority, and never one of priority 0", () => {
    const capacity = 9;
    const tree = new Tree(capacity, 8);
    const priorities = new Float64Array(capacity).fill(1e-300);
    priorities[4] = 3.4e38;
    priorities[5] = 0;
    tree.setAll(priorities);
    for (let round = 0; round < 1000; round++) {
      const { slots, weights } = tree.sample(1);
      // The first u of the first segment may be 0, which is slot 0.
      expect([...slots.subarray(1)]).toEqual(new Array(7).fill(4));
      expect(weights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
    }
  });

  test("the last slot in use where rounding puts x at the total", () => {
    const sampler = new Sampler(SEED);
    for (const [capacity, inUse, rows] of [
      [1, 1, 1],
      [5, 3, 1],
      [8, 8, 3],
      [1000, 517, 7],
    ]) {
      const tree = new Tree(capacity, rows);
      const priorities = Float64Array.from({ length: inUse }, () => 0.1 + sampler.next());
      tree.setAll(priorities);
      // A segment as wide as the total and more: every x of the later rows lies past the end.
      tree.nodes[1] *= 1.5;
      const { slots } = tree.sample(1);
      expect(slots[rows - 1]).toBeLessThan(inUse);
      if (rows > 2) expect(slots[rows - 1]).toBe(inUse - 1);
    }
  });

  test("the one slot there is, with weight 1", () => {
    const tree = new Tree(1, 5);
    tree.setAll([0.125]);
    const { slots, weights } = tree.sample(0.7);
    expect([...slots]).toEqual([0, 0, 0, 0, 0]);
    expect([...weights]).toEqual([1, 1, 1, 1, 1]);
  });
});

describe("weights", () => {
  test.each([0, 0.4, 1])("are (N P(i))^-beta over their largest, beta %d", (beta) => {
    const capacity = 50;
    const tree = new Tree(capacity, 32);
    const sampler = new Sampler(SEED);
    const priorities = Array.from({ length: capacity }, () => pow(sampler.next(), 4) + 1e-3);
    tree.setAll(priorities);
    for (let round = 0; round < 50; round++) {
      const { slots, weights } = tree.sample(beta);
      const naive = [...slots].map((slot) => pow((capacity * priorities[slot]) / tree.total, -beta));
      const largest = Math.max(...naive);
      for (const [b, w] of naive.entries()) {
        // float32: half a unit in the last place is 6e-8; the naive form rounds a few times more.
        expect(Math.abs(weights[b] / (w / largest) - 1)).toBeLessThan(1e-7);
      }
      expect(Math.max(...weights)).toBe(1);
      if (beta === 0) expect(weights.every((weight) => weight === 1)).toBe(true);
    }
  });
});
