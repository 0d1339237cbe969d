import { expect, test } from "vitest";
import { firstStreamState } from "../../src/backends/stream-seed.ts";

// From a second implementation, in Python integers, of FNV-1a and MurmurHash3's finaliser.
const KNOWN = {
  empty: [2337197272, 3757461676, 2501068504, 1715113170],
  replay: [2299488780, 2335411254, 142124549, 3025288548],
  exploration: [2534898266, 1974304692, 958865568, 3128234867],
};

test("gives the state that checkpoints and published runs rely on", () => {
  expect(Array.from(firstStreamState(0, ""))).toEqual(KNOWN.empty);
  expect(Array.from(firstStreamState(7, "replay"))).toEqual(KNOWN.replay);
  expect(Array.from(firstStreamState(Number.MAX_SAFE_INTEGER, "exploration"))).toEqual(KNOWN.exploration);
});

test("is never all zero, and differs for every seed and purpose", () => {
  const states = new Set<string>();
  for (const purpose of ["init", "exploration", "replay", "environment"]) {
    for (let seed = 0; seed < 5000; seed++) {
      const state = firstStreamState(seed, purpose);
      expect(state.some((word) => word !== 0)).toBe(true);
      states.add(state.join());
    }
  }
  expect(states.size).toBe(20_000);
});

test("uses the upper bits of large seeds", () => {
  const seeds = [1, 1 + 2 ** 32, 1 + 2 ** 33, 1 + 2 ** 52];
  expect(new Set(seeds.map((seed) => firstStreamState(seed, "init").join())).size).toBe(seeds.length);
});

test("changes about half of the bits when one bit of the seed changes", () => {
  let changed = 0;
  let pairs = 0;
  for (let bit = 0; bit < 53; bit++) {
    for (const purpose of ["init", "replay", "exploration"]) {
      const a = firstStreamState(0, purpose);
      const b = firstStreamState(2 ** bit, purpose);
      for (let k = 0; k < 4; k++) changed += ((a[k] ^ b[k]) >>> 0).toString(2).replaceAll("0", "").length;
      pairs++;
    }
  }
  // 128 bits a pair; the mean of 159 pairs has a standard deviation of about 0.5 bits.
  expect(Math.abs(changed / pairs - 64)).toBeLessThan(3);
});
