// The measurement by which operations are cut up, on a made-up machine with a clock of its own.

import { afterEach, expect, test, vi } from "vitest";
import { measureWorth } from "../../../src/backends/threads/worth.ts";
import type { Engine } from "../../../src/engine/engine.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** A machine on which a layer takes `alone(multiplications)` or `together(multiplications)`. */
function measureOn(alone: (work: number) => number, together: (work: number) => number): number {
  let clock = 0;
  let worth = 0;
  const reached: number[] = [];
  const dense_forward = (rows: number, inputs: number, outputs: number, ...rest: number[]): void => {
    const work = rows * inputs * outputs;
    clock += work < worth ? alone(work) : together(work);
    const [x, ldx, weights, bias, , y, , ldy] = rest;
    reached.push(weights, x + rows * ldx, y + rows * ldy, bias + 4 * outputs);
  };
  vi.spyOn(performance, "now").mockImplementation(() => clock);
  const engine = { bytes: 5000, exports: { dense_forward } } as unknown as Engine;
  const found = measureWorth(engine, (least) => {
    worth = least;
  });
  // Nothing that is planned is touched, and nothing beyond the pages that a team's memory begins with.
  expect(Math.min(...reached)).toBeGreaterThanOrEqual(5000);
  expect(Math.max(...reached)).toBeLessThanOrEqual(4 * 65_536);
  return found;
}

test("finds the size from which two threads save a sixth", () => {
  // Half of the work each, and 10,000 multiplications' time to wake and to wait: even at 20,000, a sixth saved at 28,571.
  expect(
    measureOn(
      (work) => work,
      (work) => work / 2 + 10_000,
    ),
  ).toBe(65_536);
  expect(
    measureOn(
      (work) => work,
      (work) => work / 2 + 90_000,
    ),
  ).toBe(262_144);
});

test("finds no size where threads save nothing", () => {
  expect(
    measureOn(
      (work) => work,
      (work) => work + 1,
    ),
  ).toBe(Infinity);
});

test("takes the fastest of several turns, so that other programs do not decide", () => {
  let calls = 0;
  // Every second timing is disturbed.
  const disturbed = (work: number): number => (Math.floor(calls++ / 64) % 2 === 0 ? work : 50 * work);
  expect(
    measureOn(
      (work) => work,
      (work) => disturbed(work) / 2,
    ),
  ).toBe(65_536);
});
