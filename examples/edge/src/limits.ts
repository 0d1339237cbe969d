// Limits on the requests that the service accepts and on the computation that it spends. The variable LIMITS (JSON) of the
// deployment overrides single numbers.

export interface Limits {
  /** Largest JSON request in bytes. Larger ones are refused before they are parsed. */
  readonly jsonBytes: number;
  /** Largest uploaded policy in bytes. Larger ones are refused before they are parsed. */
  readonly policyBytes: number;
  /** Largest number of feedback items in one request. */
  readonly feedbackBatch: number;
  /** Average number of decisions and feedback items per second. */
  readonly itemsPerSecond: number;
  /** Largest number of items that may come at once after a pause. */
  readonly itemsBurst: number;
  /** Largest number of decisions that wait for feedback. Beyond it the oldest are dropped. */
  readonly pendingDecisions: number;
  readonly decisionTtlMs: number;
  /**
   * Limits of learning in one request: a number of updates and a time. Learning stops at the limit that comes first. In
   * production the clock stands still inside a request, so only the updates count. The time counts in wrangler dev and in Node.
   */
  readonly updatesPerFeedback: number;
  readonly updatesPerRequest: number;
  readonly updateBudgetMs: number;
  /** A checkpoint is written after this many updates, but at most once per interval, and at the latest after the delay. */
  readonly checkpointUpdates: number;
  readonly checkpointIntervalMs: number;
  readonly checkpointDelayMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  jsonBytes: 16_384,
  policyBytes: 262_144,
  feedbackBatch: 64,
  itemsPerSecond: 200,
  itemsBurst: 400,
  pendingDecisions: 4096,
  decisionTtlMs: 1_800_000,
  updatesPerFeedback: 1,
  updatesPerRequest: 16,
  updateBudgetMs: 5,
  checkpointUpdates: 200,
  checkpointIntervalMs: 2000,
  checkpointDelayMs: 5000,
};

/**
 * Reads the limits. @throws RangeError when an override is unknown or not a positive number, so that a deployment with a
 * typing mistake does not start
 */
export function readLimits(overrides: unknown): Limits {
  if (overrides === undefined) return DEFAULT_LIMITS;
  for (const [name, value] of Object.entries(overrides as object)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name) || typeof value !== "number" || !(value > 0)) {
      throw new RangeError(
        `LIMITS: ${name} expected one of ${Object.keys(DEFAULT_LIMITS).join(", ")} and a number above 0, got ${value}. Correct the variable.`,
      );
    }
  }
  return { ...DEFAULT_LIMITS, ...(overrides as Partial<Limits>) };
}
