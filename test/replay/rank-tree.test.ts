// Ranks in the engine's memory: exact, whatever happened before; and how often each is drawn. Layout: assembly/replay/rank-tree.ts.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { pow } from "../../src/engine/math.ts";
import { planBatch } from "../../src/experience/replay-buffer.ts";
import type { Batch } from "../../src/operations/handles.ts";
import type { Priorities } from "../../src/operations/priorities.ts";
import { now } from "../conformance/compare.ts";
import { Sampler } from "../conformance/sampler.ts";

const SEED = 6;

/** Slots of errors by rank: largest first, equal ones by slot. */
function sorted(errors: ArrayLike<number>): number[] {
  return Array.from(errors, (_, slot) => slot).sort((a, b) => errors[b] - errors[a] || a - b);
}

class Ranks {
  readonly backend = new WasmBackend();
  readonly rows: number;
  readonly priorities: Priorities;
  readonly batch: Batch;
  readonly #stream = this.backend.random.stream(SEED, "replay");

  constructor(capacity: number, alpha: number, rows: number) {
    this.rows = rows;
    this.priorities = this.backend.priorities.plan({ type: "rank", capacity, alpha, epsilon: 1e-6 });
    this.batch = planBatch(this.backend, rows, 1, 1);
  }

  fill(errors: ArrayLike<number>): void {
    const values = Float64Array.from(errors);
    this.backend.priorities.write(this.priorities, { values, maximum: 1000 });
  }

  add(slot: number): void {
    this.backend.priorities.add(this.priorities, slot);
  }

  update(slots: ArrayLike<number>, errors: ArrayLike<number>): number {
    this.backend.write(this.batch.index, slots);
    this.backend.write(this.batch.reward, errors);
    return this.backend.priorities.update(this.priorities, slots.length, this.batch.index, this.batch.reward);
  }

  errors(size: number): Float64Array {
    return this.backend.priorities.read(this.priorities, size).values;
  }

  sample(beta: number): { readonly slots: Float32Array; readonly weights: Float32Array } {
    this.backend.priorities.sample(this.priorities, this.#stream, this.rows, beta, this.batch);
    return { slots: now(this.backend.read(this.batch.index)), weights: now(this.backend.read(this.batch.weight)) };
  }

  /** All slots by rank, read off the weights: rank / size, where alpha and beta are 1 and the last rank is drawn. */
  order(size: number): number[] {
    const byRank: number[] = [];
    for (let round = 0; round < 1000 && Object.keys(byRank).length < size; round++) {
      const { slots, weights } = this.sample(1);
      for (const [b, slot] of slots.entries()) byRank[Math.round(weights[b] * size) - 1] = slot;
    }
    return byRank;
  }
}

describe("ranks", () => {
  // So many more rows than slots that every batch holds the last rank.
  test.each([1, 2, 3, 7, 8, 33])(
    "are exact for capacity %i while it fills, wraps and learns, with many ties",
    (capacity) => {
      const ranks = new Ranks(capacity, 1, 64 * capacity);
      const sampler = new Sampler(SEED);
      for (let i = 0; i < 3 * capacity; i++) {
        ranks.add(i % capacity);
        const inUse = Math.min(i + 1, capacity);
        const slots = Array.from({ length: 4 }, () => sampler.index(inUse));
        expect(
          ranks.update(
            slots,
            Array.from({ length: 4 }, () => sampler.index(6) / 2),
          ),
        ).toBe(-1);
        expect(ranks.order(inUse), `seed ${SEED}, step ${i}`).toEqual(sorted(ranks.errors(inUse)));
      }
    },
  );

  test("stay exact over 2e6 updates of 1000 slots, and equal those of a tree built afresh", () => {
    const capacity = 1000;
    const rows = 1000;
    const ranks = new Ranks(capacity, 0.7, rows);
    const sampler = new Sampler(SEED);
    for (let slot = 0; slot < capacity; slot++) ranks.add(slot);
    const column = (next: () => number): number[] => Array.from({ length: rows }, next);
    for (let batch = 0; batch < 40; batch++) {
      ranks.update(
        column(() => sampler.index(capacity)),
        column(() => 5 * sampler.next()),
      );
      for (let again = 0; again < 50; again++) {
        ranks.backend.priorities.update(ranks.priorities, rows, ranks.batch.index, ranks.batch.reward);
      }
    }
    const afresh = new Ranks(capacity, 0.7, rows);
    afresh.fill(ranks.errors(capacity));
    for (let round = 0; round < 50; round++) expect(ranks.sample(0.5)).toEqual(afresh.sample(0.5));
  });

  test("need a depth of a few logarithms for sorted errors too", () => {
    const capacity = 100_000;
    const ranks = new Ranks(capacity, 0.7, 1);
    // A tree that does not balance itself is a list for these: hours.
    ranks.fill(Float64Array.from({ length: capacity }, (_, slot) => slot));
    ranks.fill(Float64Array.from({ length: capacity }, (_, slot) => capacity - slot));
    ranks.fill(new Float64Array(capacity).fill(0.5));
    const { engine } = ranks.backend;
    const words = engine.u32((ranks.priorities as unknown as { tree: number }).tree, 4 + 4 * capacity);
    const nodeAt = (address: number): number => (address - (ranks.priorities as unknown as { tree: number }).tree) / 4;
    const depth = (address: number): number =>
      address === 0 ? 0 : 1 + Math.max(depth(words[nodeAt(address)]), depth(words[nodeAt(address) + 1]));
    // Expected: 4.3 ln N = 50 at the most.
    expect(depth(words[0])).toBeLessThan(60);
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])("are left as they were by an error of %s", (error) => {
    const ranks = new Ranks(4, 0.7, 4);
    ranks.fill([1, 2, 3, 4]);
    for (let row = 0; row < 3; row++) {
      const errors = [5, 6, 7];
      errors[row] = error;
      expect(ranks.update([0, 1, 2], errors)).toBe(row);
      expect(ranks.backend.priorities.read(ranks.priorities, 4)).toEqual({
        values: Float64Array.of(1, 2, 3, 4),
        maximum: 1000,
      });
    }
  });

  test("of a slot that occurs twice the last row counts, and the maximum keeps the first", () => {
    const ranks = new Ranks(3, 0.7, 2);
    for (let slot = 0; slot < 3; slot++) ranks.add(slot);
    ranks.update([1, 1], [9, 0.5]);
    expect(ranks.backend.priorities.read(ranks.priorities, 3)).toEqual({
      values: Float64Array.of(1, 0.5, 1),
      maximum: 9,
    });
    ranks.add(0);
    expect(ranks.errors(3)[0]).toBe(9);
  });
});

describe("draws", () => {
  test.each([0, 0.7, 1])("each rank r as r^-alpha within 1 % over 2e6 draws, alpha %d", (alpha) => {
    const size = 20;
    const ranks = new Ranks(32, alpha, 1000);
    const sampler = new Sampler(SEED);
    const errors = Array.from({ length: size }, () => Math.fround(sampler.next()));
    // One huge error counts no more than any first rank.
    errors[11] = 999;
    ranks.fill(errors);
    const counts = new Float64Array(size);
    const rounds = 2000;
    for (let round = 0; round < rounds; round++) for (const slot of ranks.sample(0.5).slots) counts[slot]++;
    const total = sorted(errors).reduce((sum, _, k) => sum + pow(k + 1, -alpha), 0);
    for (const [k, slot] of sorted(errors).entries()) {
      const share = pow(k + 1, -alpha) / total;
      const drawn = counts[slot] / (rounds * ranks.rows);
      expect(Math.abs(drawn / share - 1), `seed ${SEED}, rank ${k + 1}`).toBeLessThan(0.01);
    }
  });

  test("from segments of equal probability, larger errors in earlier rows", () => {
    const ranks = new Ranks(64, 0, 16);
    ranks.fill(Float64Array.from({ length: 64 }, (_, slot) => 64 - slot));
    for (let round = 0; round < 200; round++) {
      const blocks = [...ranks.sample(1).slots].map((slot) => Math.floor(slot / 4));
      expect(blocks).toEqual(Array.from({ length: 16 }, (_, b) => b));
    }
  });

  test("the one slot there is, with weight 1", () => {
    const ranks = new Ranks(1, 0.7, 3);
    ranks.add(0);
    expect(ranks.sample(1)).toEqual({ slots: Float32Array.of(0, 0, 0), weights: Float32Array.of(1, 1, 1) });
  });
});

describe("weights", () => {
  test.each([0, 0.5, 1])("are (N P(i))^-beta over their largest, beta %d", (beta) => {
    const size = 50;
    const alpha = 0.7;
    const ranks = new Ranks(size, alpha, 32);
    const sampler = new Sampler(SEED);
    const errors = Array.from({ length: size }, () => Math.fround(sampler.next()));
    ranks.fill(errors);
    const order = sorted(errors);
    const p = errors.map((_, slot) => pow(order.indexOf(slot) + 1, -alpha));
    const total = p.reduce((sum, x) => sum + x, 0);
    for (let round = 0; round < 50; round++) {
      const { slots, weights } = ranks.sample(beta);
      const naive = [...slots].map((slot) => pow((size * p[slot]) / total, -beta));
      const largest = Math.max(...naive);
      // float32: half a unit in the last place is 6e-8; the naive form rounds a few times more.
      for (const [b, w] of naive.entries()) expect(Math.abs(weights[b] / (w / largest) - 1)).toBeLessThan(1e-7);
      expect(Math.max(...weights)).toBe(1);
    }
  });
});
