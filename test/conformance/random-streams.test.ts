// Statistics of what the random streams of every backend give. Thresholds are five standard deviations or more: the seeds
// are fixed, so a failure is a defect, and BELLWETHER_SEED tries another seed.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { RandomStream } from "../../src/operations/handles.ts";
import { BACKENDS } from "./backends.ts";
import { now } from "./compare.ts";

const SEED = Number(process.env.BELLWETHER_SEED ?? 20_261_121);

function filled(
  backend: Backend,
  columns: number,
  fill: (tensor: ReturnType<Backend["tensor"]>) => void,
): Float32Array {
  const tensor = backend.tensor(1, columns);
  fill(tensor);
  return now(backend.read(tensor));
}

/** Chi-square of counts against equal shares, in standard deviations from its mean. */
function excess(counts: ArrayLike<number>): number {
  const total = Array.from(counts).reduce((sum, count) => sum + count, 0);
  const share = total / counts.length;
  const chiSquare = Array.from(counts).reduce((sum, count) => sum + (count - share) ** 2 / share, 0);
  const freedom = counts.length - 1;
  return (chiSquare - freedom) / Math.sqrt(2 * freedom);
}

describe.each(BACKENDS)(`$name, seed ${SEED}`, ({ create }) => {
  const stream = (backend: Backend, purpose: string = "test"): RandomStream => backend.random.stream(SEED, purpose);

  test("the generator is xoshiro128++", () => {
    const backend = create();
    const s = stream(backend);
    backend.random.write(s, [1, 2, 3, 4]);
    // The first words after state 1, 2, 3, 4, from the authors' C program, as rand_xoshiro's tests quote them.
    const words = [641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295];
    expect(words.map(() => backend.random.uniform(s))).toEqual(words.map((word) => (word >>> 8) / 2 ** 24));
  });

  test("equal seeds and purposes give equal streams; another seed or purpose gives another", () => {
    const backend = create();
    const draw = (seed: number, purpose: string): string => {
      const s = backend.random.stream(seed, purpose);
      return Array.from({ length: 4 }, () => backend.random.uniform(s)).join();
    };
    expect(draw(SEED, "init")).toBe(draw(SEED, "init"));
    const all = [0, 1, SEED, SEED + 2 ** 32].flatMap((seed) =>
      ["init", "exploration", "replay"].map((p) => draw(seed, p)),
    );
    expect(new Set(all).size).toBe(all.length);
    expect(backend.random.stream(1, "init").purpose).toBe("init");
  });

  test("a stream continues where its saved state was", () => {
    const backend = create();
    const s = stream(backend);
    backend.random.uniform(s);
    const saved = backend.random.read(s);
    const first = [backend.random.uniform(s), backend.random.uniform(s)];
    backend.random.write(s, saved);
    expect([backend.random.uniform(s), backend.random.uniform(s)]).toEqual(first);
  });

  test.each([2, 3, 7, 10, 100, 1000])("randomIndex below %i is uniform", (n) => {
    const backend = create();
    const s = stream(backend);
    const counts = new Uint32Array(n);
    for (let k = 0; k < 100_000; k++) counts[backend.random.index(s, n)]++;
    expect(excess(counts)).toBeLessThan(5);
  });

  test("randomIndex rejects what would favour some numbers below 3 * 2^30", () => {
    const backend = create();
    const s = stream(backend);
    // Without rejection every third number would come up twice as often as the others.
    const counts = new Uint32Array(3);
    for (let k = 0; k < 100_000; k++) counts[backend.random.index(s, 3 * 2 ** 30) % 3]++;
    expect(excess(counts)).toBeLessThan(5);
  });

  test("uniform numbers are even over [0, 1), within the given ends and independent of the one before", () => {
    const backend = create();
    const values = filled(backend, 100_000, (tensor) => backend.random.fillUniform(stream(backend), tensor, -3, 5));
    const counts = new Uint32Array(64);
    const pairs = new Uint32Array(64);
    const octave = (value: number): number => Math.floor(value + 3);
    values.forEach((value, k) => {
      expect(value >= -3 && value < 5).toBe(true);
      counts[Math.floor((value + 3) * 8)]++;
      if (k % 2 === 1) pairs[octave(values[k - 1]) * 8 + octave(value)]++;
    });
    expect(excess(counts)).toBeLessThan(5);
    expect(excess(pairs)).toBeLessThan(5);
  });

  test("normal numbers have the moments of the normal distribution", () => {
    const backend = create();
    const n = 200_000;
    const values = filled(backend, n, (tensor) => backend.random.fillNormal(stream(backend), tensor, 2, 3));
    const z = Float64Array.from(values, (value) => (value - 2) / 3);
    const moment = (k: number): number => z.reduce((sum, value) => sum + value ** k, 0) / n;
    // Standard deviations of sample moments of a standard normal: sqrt((E z^2k - (E z^k)^2) / n).
    const expected = [0, 1, 0, 3];
    const deviation = [1, 2, 15, 96].map((variance) => Math.sqrt(variance / n));
    expected.forEach((exact, k) => {
      expect(Math.abs(moment(k + 1) - exact)).toBeLessThan(5 * deviation[k]);
    });
    const product = z.reduce((sum, value, k) => sum + (k % 2 === 1 ? value * z[k - 1] : 0), 0) / (n / 2);
    expect(Math.abs(product)).toBeLessThan(5 / Math.sqrt(n / 2));
  });

  test("a permutation holds every number once, and every order of four comes up equally often", () => {
    const backend = create();
    const s = stream(backend);
    const long = filled(backend, 1000, (tensor) => backend.random.permutation(s, tensor));
    expect(Array.from(long).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, k) => k));
    const counts = new Map<string, number>();
    const order = backend.tensor(1, 4);
    for (let k = 0; k < 24_000; k++) {
      backend.random.permutation(s, order);
      const key = now(backend.read(order)).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(excess([...counts.values()])).toBeLessThan(5);
  });
});
