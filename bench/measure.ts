// Timing on a noisy machine: candidates take turns, round by round, so that a drift of the clock hits all of them. Figures
// are medians over the rounds, with ratios formed within a round, or those of the rounds that nobody disturbed.

export interface Timed {
  readonly name: string;
  /** Runs the thing once. */
  readonly run: () => void;
}

/** Short, so that an interruption spoils one round of many and not the mean of each. */
const ROUND_MS = 1.5;

/** Calls of `run` that take about one round, found by doubling; warms up on the way. */
function callsPerRound(run: () => void): number {
  for (let calls = 1; ; calls *= 2) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) run();
    const elapsed = performance.now() - start;
    if (elapsed >= ROUND_MS / 2) return Math.max(1, Math.round((calls * ROUND_MS) / elapsed));
  }
}

/** @returns for each candidate the microseconds per call of every round */
export function takeTurns(candidates: readonly Timed[], rounds: number): number[][] {
  const calls = candidates.map(({ run }) => {
    callsPerRound(run);
    return callsPerRound(run);
  });
  const times: number[][] = candidates.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [c, { run }] of candidates.entries()) {
      const start = performance.now();
      for (let i = 0; i < calls[c]; i++) run();
      times[c].push(((performance.now() - start) * 1000) / calls[c]);
    }
  }
  return times;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The time that a tenth of the rounds took at most. Others on the machine, a neighbour on the same core among them, only ever
 * slow a round down, and not everything alike: products that live in the cache lose more than a loop in registers.
 */
export function undisturbed(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 10)];
}

/** Median of theirs / ours, formed round by round: above 1 where ours is faster. */
export function medianRatio(theirs: readonly number[], ours: readonly number[]): number {
  if (theirs.length !== ours.length || ours.length === 0) {
    throw new RangeError(
      `medianRatio: rounds expected equal numbers above 0, got ${theirs.length} and ${ours.length}.`,
    );
  }
  return median(theirs.map((time, i) => time / ours[i]));
}
