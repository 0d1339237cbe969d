// Updates on request: so many, for so long, and no more than there are.

import { expect, test, vi } from "vitest";
import type { UpdateOptions } from "../../src/agent.ts";
import { makeUpdates } from "../../src/training/updates.ts";

/** Updates of which there are `left`. */
function made(options: UpdateOptions | undefined, usual: number, left: number = 1000): readonly [number, number] {
  let calls = 0;
  const count = makeUpdates(options, usual, () => {
    calls++;
    return left-- > 0;
  });
  return [count, calls];
}

test("as many are made as usual, or as are asked for", () => {
  expect(made(undefined, 3)).toEqual([3, 3]);
  expect(made({}, 3)).toEqual([3, 3]);
  expect(made({ maxUpdates: 5 }, 3)).toEqual([5, 5]);
  expect(made({ maxUpdates: 0 }, 3)).toEqual([0, 0]);
});

test("they end where one was not made, which does not count", () => {
  expect(made(undefined, Number.POSITIVE_INFINITY, 7)).toEqual([7, 8]);
  expect(made({ maxUpdates: 9 }, 1, 0)).toEqual([0, 1]);
});

test("they end with the time budget, or with the maximum, whichever comes first", () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now++);
  try {
    // The clock is asked once for the end and once before each update.
    expect(made({ maxUpdates: 100, budgetMs: 5 }, 1)).toEqual([4, 4]);
    expect(made({ maxUpdates: 2, budgetMs: 50 }, 1)).toEqual([2, 2]);
    expect(made({ budgetMs: 0 }, 1)).toEqual([0, 0]);
    // Not at all where there is no budget.
    const before = now;
    made({ maxUpdates: 3 }, 1);
    expect(now).toBe(before);
  } finally {
    vi.restoreAllMocks();
  }
});

test.each([
  [{ maxUpdates: -1 }, "update: maxUpdates expected an integer at least 0, got -1. It counts updates."],
  [{ maxUpdates: 1.5 }, "update: maxUpdates expected an integer at least 0, got 1.5."],
  [{ budgetMs: Number.NaN }, "update: budgetMs expected a number at least 0, got NaN. It is a time in milliseconds."],
  [{ updates: 1 }, 'update: option expected a known name, got "updates". Known options: maxUpdates, budgetMs.'],
])("%o is refused before any is made", (options, message) => {
  const updateOnce = vi.fn(() => true);
  expect(() => makeUpdates(options as never, 1, updateOnce)).toThrow(message);
  expect(updateOnce).not.toHaveBeenCalled();
});
