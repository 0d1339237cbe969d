// Minibatches of whole sequences: every slot once, in the order in which recurrent layers take them.

import { describe, expect, test } from "vitest";
import { createBackend } from "../../src/backends/select.ts";
import { type OrderedSlots, RolloutOrder } from "../../src/experience/rollout-order.ts";

const BACKEND = createBackend("test");
const read = (order: RolloutOrder): number[] => Array.from(BACKEND.read(order.tensor) as Float32Array);
const counted = (slots: number): number[] => Array.from({ length: slots }, (_, k) => k);

/** Slots of a rollout, of which some are resets. */
function rollout(size: number, resets: readonly number[] = []): OrderedSlots {
  const skipped = new Uint8Array(size);
  for (const k of resets) skipped[k] = 1;
  return { size, stepCount: size - resets.length, skipped };
}

test.each([
  [6, 2, 3, 1],
  [8, 3, 4, 2],
  [8, 4, 2, 4],
  [9, 1, 3, 1],
])("%i steps of %i environments in sequences of %i, %i in a minibatch", (T, E, L, S) => {
  const slots = T * E;
  const order = new RolloutOrder(BACKEND, slots, E, S * L, L);
  const stream = BACKEND.random.stream(3, "order");
  const seen: string[] = [];
  for (let epoch = 0; epoch < 3; epoch++) {
    order.shuffle(stream, rollout(slots));
    const list = read(order);
    seen.push(list.join());
    expect([...list].sort((a, b) => a - b)).toEqual(counted(slots));
    for (let first = 0; first + S * L <= slots; first += S * L) {
      for (let s = 0; s < S; s++) {
        for (let t = 0; t < L; t++) {
          const slot = list[first + t * S + s];
          // Successive steps of one environment, from a multiple of the sequence's length on.
          expect(slot).toBe(list[first + s] + t * E);
          if (t === 0) expect(Math.floor(slot / E) % L).toBe(0);
        }
      }
    }
  }
  expect(new Set(seen).size).toBeGreaterThan(1);
  order.reset(rollout(slots));
  expect(read(order)).toEqual(counted(slots));
});

test("sequences of one step are a permutation of the slots, as the backend draws it", () => {
  const order = new RolloutOrder(BACKEND, 12, 3, 4, 1);
  order.shuffle(BACKEND.random.stream(3, "order"), rollout(12));
  const drawn = BACKEND.tensor(1, 12);
  BACKEND.random.permutation(BACKEND.random.stream(3, "order"), drawn);
  expect(read(order)).toEqual(Array.from(BACKEND.read(drawn) as Float32Array));
});

test("sequences that are left over stay at the end", () => {
  // Five sequences, two in a minibatch.
  const order = new RolloutOrder(BACKEND, 10, 5, 4, 2);
  order.shuffle(BACKEND.random.stream(3, "order"), rollout(10));
  const list = read(order);
  expect(list[9]).toBe(list[8] + 5);
  expect([...list].sort((a, b) => a - b)).toEqual(counted(10));
});

describe("slots that are no steps", () => {
  const RESETS = [2, 3, 7];

  test("are left out of a random order, whose draw is that of all slots", () => {
    const [order, whole] = [0, 1].map(() => new RolloutOrder(BACKEND, 12, 3, 4, 1));
    whole.shuffle(BACKEND.random.stream(3, "order"), rollout(12));
    order.shuffle(BACKEND.random.stream(3, "order"), rollout(12, RESETS));
    const expected = read(whole).filter((slot) => !RESETS.includes(slot));
    expect(read(order).slice(0, 9)).toEqual(expected);
    // And of the next one, which is drawn from the order left behind.
    order.shuffle(BACKEND.random.stream(4, "order"), rollout(12, RESETS));
    const again = read(order).slice(0, 9);
    expect(again).not.toEqual(expected);
    expect([...again].sort((a, b) => a - b)).toEqual([0, 1, 4, 5, 6, 8, 9, 10, 11]);
  });

  test("are left out where the steps stay as they were collected", () => {
    const order = new RolloutOrder(BACKEND, 12, 3, 4, 1);
    order.reset(rollout(12, RESETS));
    expect(read(order).slice(0, 9)).toEqual([0, 1, 4, 5, 6, 8, 9, 10, 11]);
  });

  test("come last of a rollout that is not full, behind its steps", () => {
    const order = new RolloutOrder(BACKEND, 12, 3, 4, 1);
    const { skipped } = rollout(12, RESETS);
    order.reset({ size: 6, stepCount: 4, skipped });
    expect(read(order).slice(0, 4)).toEqual([0, 1, 4, 5]);
  });

  test("are there where something is computed of every slot", () => {
    const order = new RolloutOrder(BACKEND, 12, 3, 4, 1);
    order.reset(rollout(12, RESETS));
    order.collect();
    expect(read(order)).toEqual(counted(12));
  });
});

test("an order that was saved is taken over", () => {
  const order = new RolloutOrder(BACKEND, 4, 1, 2, 1);
  order.load(Float32Array.of(3, 1, 0, 2));
  expect(read(order)).toEqual([3, 1, 0, 2]);
});
