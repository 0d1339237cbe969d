// Rows that are placed and repeated. Others of the group are tested where they are used: in operations.test.ts (columns, scaled
// sums, softmax, argmax), rollout.test.ts (maxima, records), distributional.test.ts (means, groups), policy.test.ts (scores).

import { describe, expect, test } from "vitest";
import { BACKENDS } from "./backends.ts";
import { expectSameBits, now } from "./compare.ts";
import { output, Pair, plannedRows, ROWS, SEED, SENTINEL, tensorOf, WIDTHS } from "./pair.ts";
import { Sampler, type Wildness } from "./sampler.ts";

describe.each(BACKENDS.slice(1))("$name equals the reference bit for bit", ({ create }) => {
  test.each<Wildness>(["ordinary", "wild"])("in rows repeated, of %s numbers, the next row untouched", (wildness) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create);
    for (const rows of ROWS) {
      for (const columns of WIDTHS) {
        const times = sampler.pick([1, 2, 3, 8]);
        const values = sampler.values(plannedRows(rows, sampler) * columns, wildness);
        pair.agree(`[${rows}, ${columns}] x ${times}`, (backend) => {
          const x = tensorOf(backend, values.length / columns, columns, values);
          const y = output(backend, rows * times + 1, columns);
          backend.rows.repeat(rows, times, x, y);
          return { y: now(backend.read(y)), x: now(backend.read(x)) };
        });
      }
    }
  });

  test.each<Wildness>(["ordinary", "wild"])(
    "in columns placed in a grid, of %s numbers, the rest untouched",
    (wildness) => {
      const sampler = new Sampler(SEED);
      const pair = new Pair(create);
      for (const rows of ROWS) {
        for (const columns of WIDTHS) {
          const first = sampler.index(2 * columns + 3);
          const [planned, width] = [plannedRows(rows, sampler), sampler.pick([1, 1, 3])];
          const values = sampler.values(planned * width, wildness);
          pair.agree(`${rows} of ${width} from ${first} on, in rows of ${columns}`, (backend) => {
            const y = output(backend, Math.ceil((first + rows) / columns) + 1, columns);
            backend.rows.place(rows, tensorOf(backend, planned, width, values), first, y);
            return { y: now(backend.read(y)) };
          });
        }
      }
    },
  );
});

describe.each(BACKENDS)("$name", ({ create }) => {
  test("repeats every row so many times, one after the other", () => {
    const backend = create();
    const x = tensorOf(backend, 3, 2, [1, 2, 3, 4, 5, 6]);
    const y = output(backend, 7, 2);
    backend.rows.repeat(2, 3, x, y);
    expectSameBits("y", now(backend.read(y)), [1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4, SENTINEL, SENTINEL]);
  });

  test("places a column from the middle of one row to the middle of a later one", () => {
    const backend = create();
    const y = output(backend, 3, 3);
    backend.rows.place(5, tensorOf(backend, 6, 1, [1, 2, 3, 4, 5, 9]), 2, y);
    const s = SENTINEL;
    expect(Array.from(now(backend.read(y)))).toEqual([s, s, 1, 2, 3, 4, 5, s, s]);
  });

  test("places a NaN as it is", () => {
    const backend = create();
    const y = output(backend, 1, 3);
    backend.rows.place(3, tensorOf(backend, 3, 1, [Number.NaN, -0, Number.POSITIVE_INFINITY]), 0, y);
    expectSameBits("y", now(backend.read(y)), [Number.NaN, -0, Number.POSITIVE_INFINITY]);
  });
});
