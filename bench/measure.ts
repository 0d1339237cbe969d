// Timing on a noisy machine. Candidates take turns, round by round, so that a drift of the clock affects all of them. A figure
// is the median over the rounds (ratios are formed within a round), or comes from the undisturbed rounds.

export interface Timed {
  readonly name: string;
  /** Runs the timed code once. */
  readonly run: () => void;
}

/** A round is short, so that an interruption spoils one round of many. */
const ROUND_MS = 1.5;

/** Returns the number of calls of `run` that take about one round. The number is found by doubling, which also warms up. */
function callsPerRound(run: () => void): number {
  for (let calls = 1; ; calls *= 2) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) run();
    const elapsed = performance.now() - start;
    if (elapsed >= ROUND_MS / 2) return Math.max(1, Math.round((calls * ROUND_MS) / elapsed));
  }
}

/** Times the candidates in turns. @returns for each candidate, the microseconds per call in every round */
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
 * Returns the time that a tenth of the rounds did not exceed. Other programs, also on the same core, can only slow a round down.
 * They slow down products that use the cache more than a loop in registers.
 */
export function undisturbed(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 10)];
}

/** Returns the median of theirs / ours, formed round by round. It is above 1 when ours is faster. */
export function medianRatio(theirs: readonly number[], ours: readonly number[]): number {
  if (theirs.length !== ours.length || ours.length === 0) {
    throw new RangeError(
      `medianRatio: rounds expected equal numbers above 0, got ${theirs.length} and ${ours.length}.`,
    );
  }
  return median(theirs.map((time, i) => time / ours[i]));
}
