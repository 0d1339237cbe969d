// How the conformance suite compares numbers.

import type { Reading } from "../../src/operations/handles.ts";

/** What a CPU backend's `read` gives, as the numbers it is. */
export function now(reading: Reading): Float32Array {
  if (reading instanceof Promise) throw new Error("compare: reading expected numbers at once, got a promise");
  return reading;
}

/**
 * Equal bit for bit, -0 apart from 0. Any NaN equals any NaN: WebAssembly leaves its sign and payload open.
 * @throws Error naming the first difference
 */
export function expectSameBits(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: expected ${expected.length} numbers, got ${actual.length}`);
  }
  for (let k = 0; k < expected.length; k++) {
    if (Object.is(actual[k], expected[k])) continue;
    const different = Array.from(expected).filter((value, j) => !Object.is(actual[j], value)).length;
    throw new Error(
      `${what}[${k}]: expected ${expected[k]}, got ${actual[k]}; ${different} of ${expected.length} differ`,
    );
  }
}

/**
 * |actual - expected| <= tolerance * max(1, |expected|).
 * @throws Error naming the worst difference
 */
export function expectClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: expected ${expected.length} numbers, got ${actual.length}`);
  }
  let worst = -1;
  let worstError = tolerance;
  for (let k = 0; k < expected.length; k++) {
    const error = Math.abs(actual[k] - expected[k]) / Math.max(1, Math.abs(expected[k]));
    if (error <= worstError) continue;
    worst = k;
    worstError = error;
    if (Number.isNaN(error)) break;
  }
  if (worst < 0) return;
  throw new Error(
    `${what}[${worst}]: expected ${expected[worst]} within ${tolerance}, got ${actual[worst]} (error ${worstError})`,
  );
}
