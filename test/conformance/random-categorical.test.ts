// Draws from softmax(logits / temperature): equal on every backend, by their shares, and exact at the extremes.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { BACKENDS } from "./backends.ts";
import { now } from "./compare.ts";
import { Pair, SEED, tensorOf, WIDTHS } from "./pair.ts";
import { Sampler, type Wildness } from "./sampler.ts";

const DRAWS_SEED = Number(process.env.BELLWETHER_SEED ?? 20_261_121);

describe.each(BACKENDS.slice(1))("$name equals the reference", ({ create }) => {
  test.each<Wildness>(["ordinary", "finite", "wild"])(
    "on %s numbers, and leaves the stream where it does",
    (wildness) => {
      const sampler = new Sampler(SEED);
      const pair = new Pair(create);
      for (const columns of WIDTHS) {
        const rows = 12;
        const logits = sampler.values(rows * columns, wildness);
        logits.fill(Number.NaN, columns, 2 * columns);
        logits.fill(Number.NEGATIVE_INFINITY, 2 * columns, 3 * columns);
        const masks = Array.from({ length: 4 }, (_, k) => sampler.values(columns).map((x) => (x > k - 2 ? 1 : 0)));
        pair.agree(`${columns} columns`, (backend) => {
          const stream = backend.random.stream(SEED, "exploration");
          const x = tensorOf(backend, rows, columns, logits);
          const mask = backend.tensor(1, columns);
          const chosen: number[] = [];
          for (let row = 0; row < rows; row++) {
            for (const temperature of [0, 1e-45, 0.03, 1, 50]) {
              chosen.push(backend.random.categorical(stream, row, x, temperature, null));
              for (const allowed of masks) {
                backend.write(mask, allowed);
                chosen.push(backend.random.categorical(stream, row, x, temperature, mask));
              }
            }
          }
          return { chosen, stream: backend.random.read(stream), logits: now(backend.read(x)) };
        });
      }
    },
  );
});

describe.each(BACKENDS)(`$name, seed ${DRAWS_SEED}`, ({ create }) => {
  /** How often each index comes up. */
  function counts(
    logits: readonly number[],
    temperature: number,
    mask: readonly number[] | null,
    draws: number,
  ): number[] {
    const backend = create();
    const stream = backend.random.stream(DRAWS_SEED, "exploration");
    const x = tensorOf(backend, 1, logits.length, logits);
    const allowed = mask === null ? null : tensorOf(backend, 1, logits.length, mask);
    const result = logits.map(() => 0);
    for (let k = 0; k < draws; k++) result[backend.random.categorical(stream, 0, x, temperature, allowed)]++;
    return result;
  }

  /** Statistic of Pearson's test, in standard deviations from its mean. */
  function excess(observed: number[], shares: number[]): number {
    const draws = observed.reduce((a, b) => a + b);
    const chiSquare = observed.reduce((sum, n, k) => sum + (n - draws * shares[k]) ** 2 / (draws * shares[k]), 0);
    const freedom = shares.length - 1;
    return (chiSquare - freedom) / Math.sqrt(2 * freedom);
  }

  test.each([0.5, 1, 3])("shares at temperature %f are those of softmax", (temperature) => {
    const logits = [0.3, -1.2, 1.1, 0, 0.3];
    const weights = logits.map((x) => Math.exp(x / temperature));
    const sum = weights.reduce((a, b) => a + b);
    const shares = weights.map((w) => w / sum);
    expect(Math.abs(excess(counts(logits, temperature, null, 100_000), shares))).toBeLessThan(5);
  });

  test("a mask leaves the shares of what it allows as they were among themselves", () => {
    const observed = counts([Math.log(1), 50, Math.log(2), Number.NaN, Math.log(5)], 1, [1, 0, 1, 0, 1], 100_000);
    expect(observed[1] + observed[3]).toBe(0);
    expect(Math.abs(excess([observed[0], observed[2], observed[4]], [1 / 8, 2 / 8, 5 / 8]))).toBeLessThan(5);
  });

  test("equal logits come up equally often at any temperature, however large they are", () => {
    for (const [value, temperature] of [
      [0, 1],
      [3e38, 1e-3],
      [-3e38, 0],
      [Number.NEGATIVE_INFINITY, 1],
      [Number.POSITIVE_INFINITY, 0],
    ]) {
      const third = [1 / 3, 1 / 3, 1 / 3];
      expect(Math.abs(excess(counts([value, value, value], temperature, null, 30_000), third))).toBeLessThan(5);
    }
  });

  test.each([0, 1e-45, 1e-30, 1e-4])("temperature %f takes the largest always", (temperature) => {
    expect(counts([0.1, 0.9, 0.8, -3], temperature, null, 10_000)).toEqual([0, 10_000, 0, 0]);
    expect(counts([0.1, 0.9, 0.8, -3], temperature, [1, 0, 1, 1], 10_000)).toEqual([0, 0, 10_000, 0]);
  });

  test("what exp makes 0 never comes up, first or last as it may be", () => {
    expect(counts([-200, 0, -200], 1, null, 10_000)).toEqual([0, 10_000, 0]);
  });

  const single = (backend: Backend, logits: readonly number[], mask: readonly number[]): number =>
    backend.random.categorical(
      backend.random.stream(1, "exploration"),
      0,
      tensorOf(backend, 1, logits.length, logits),
      1,
      tensorOf(backend, 1, logits.length, mask),
    );

  test("is -1, and draws nothing, when the mask allows none", () => {
    const backend = create();
    const stream = backend.random.stream(1, "exploration");
    const before = backend.random.read(stream);
    const [x, none] = [tensorOf(backend, 1, 3, [1, 2, 3]), backend.tensor(1, 3)];
    expect(backend.random.categorical(stream, 0, x, 1, none)).toBe(-1);
    expect(backend.random.read(stream)).toEqual(before);
    backend.random.categorical(stream, 0, x, 1, null);
    const one = backend.random.read(stream);
    backend.random.write(stream, before);
    backend.random.uniform(stream);
    expect(backend.random.read(stream)).toEqual(one);
  });

  test("takes the first allowed index when all allowed numbers are NaN, and a number before any NaN", () => {
    const backend = create();
    expect(single(backend, [5, Number.NaN, Number.NaN], [0, 1, 1])).toBe(1);
    expect(single(backend, [5, Number.NaN, -7], [0, 1, 1])).toBe(2);
  });
});
