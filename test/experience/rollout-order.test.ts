// Minibatches of whole sequences: every slot once, in the order in which recurrent layers take them.

import { expect, test } from "vitest";
import { createBackend } from "../../src/backends/select.ts";
import { RolloutOrder } from "../../src/experience/rollout-order.ts";

const BACKEND = createBackend("test");
const read = (order: RolloutOrder): number[] => Array.from(BACKEND.read(order.tensor) as Float32Array);

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
    order.shuffle(stream);
    const list = read(order);
    seen.push(list.join());
    expect([...list].sort((a, b) => a - b)).toEqual(Array.from({ length: slots }, (_, k) => k));
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
  order.reset();
  expect(read(order)).toEqual(Array.from({ length: slots }, (_, k) => k));
});

test("sequences of one step are a permutation of the slots, as the backend draws it", () => {
  const order = new RolloutOrder(BACKEND, 12, 3, 4, 1);
  order.shuffle(BACKEND.random.stream(3, "order"));
  const drawn = BACKEND.tensor(1, 12);
  BACKEND.random.permutation(BACKEND.random.stream(3, "order"), drawn);
  expect(read(order)).toEqual(Array.from(BACKEND.read(drawn) as Float32Array));
});

test("sequences that are left over stay at the end", () => {
  // Five sequences, two in a minibatch.
  const order = new RolloutOrder(BACKEND, 10, 5, 4, 2);
  order.shuffle(BACKEND.random.stream(3, "order"));
  const list = read(order);
  expect(list[9]).toBe(list[8] + 5);
  expect([...list].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
