// Measures the size from which on it pays to split an operation among threads, on this machine as it is now. The size
// changes the speed of an operation, never its numbers.

import type { Engine } from "../../engine/engine.ts";

const [INPUTS, OUTPUTS] = [64, 256];
/** Layers of 2^16 to 2^20 multiplications. */
const ROWS = [4, 8, 16, 32, 64];
/** Multiplications of one timing; they take long compared with the clock's resolution on pages. */
const TIMED = 4_194_304;
const TURNS = 8;
/** Largest ratio of times, with and without a team, at which the team is worth its waking and waiting. */
const GAIN = 0.85;

/**
 * @param open opens the team for operations of that many multiplications or more
 * @returns multiplications from which on a team pays; Infinity where even the largest layer gains nothing
 * Cost: some 20 ms. The measurement works in memory that is not planned yet, and leaves it zero.
 */
export function measureWorth(engine: Engine, open: (worth: number) => void): number {
  const kernel = engine.exports;
  const weights = Math.ceil(engine.bytes / 64) * 64;
  const bias = weights + INPUTS * OUTPUTS * 4;
  const x = bias + OUTPUTS * 4;
  const y = x + ROWS[ROWS.length - 1] * INPUTS * 4;
  const time = (rows: number, worth: number): number => {
    open(worth);
    const start = performance.now();
    for (let left = TIMED; left > 0; left -= rows * INPUTS * OUTPUTS) {
      kernel.dense_forward(rows, INPUTS, OUTPUTS, x, INPUTS * 4, weights, bias, 0, y, 0, OUTPUTS * 4);
    }
    return performance.now() - start;
  };
  time(ROWS[0], Infinity);
  for (const rows of ROWS) {
    // The fastest turn counts: other programs make times longer, never shorter.
    let [alone, together] = [Infinity, Infinity];
    for (let turn = 0; turn < TURNS; turn++) {
      alone = Math.min(alone, time(rows, Infinity));
      together = Math.min(together, time(rows, 0));
    }
    if (together < GAIN * alone) return rows * INPUTS * OUTPUTS;
  }
  return Infinity;
}
