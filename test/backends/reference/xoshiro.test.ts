import { expect, test } from "vitest";
import { nextWord, randomIndex } from "../../../src/backends/reference/xoshiro.ts";

test("gives the words of the authors' C program after state 1, 2, 3, 4", () => {
  const state = Uint32Array.of(1, 2, 3, 4);
  const words = [
    641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011, 621204420,
  ];
  expect(words.map(() => nextWord(state))).toEqual(words);
});

test("takes the exact high word of the 64-bit product for an index", () => {
  const state = Uint32Array.of(5, 6, 7, 8);
  const twin = state.slice();
  for (let k = 0; k < 2000; k++) {
    // Below 2^16 + 1 a rejection has a chance of 1e-5 a draw: none occurs from this state.
    const n = 1 + ((k * 31) % 65_537);
    expect(randomIndex(state, n)).toBe(Number((BigInt(nextWord(twin)) * BigInt(n)) >> 32n));
  }
  expect(state).toEqual(twin);
});
