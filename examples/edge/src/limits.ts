// What the service accepts and spends. The variable LIMITS (JSON) of the deployment overrides single numbers.

export interface Limits {
  /** Bytes of a JSON request, and of an uploaded policy; larger ones are refused before they are parsed. */
  readonly jsonBytes: number;
  readonly policyBytes: number;
  /** Feedback items in one request. */
  readonly feedbackBatch: number;
  /** Decisions and feedback items per second, and how many may come at once after a pause. */
  readonly itemsPerSecond: number;
  readonly itemsBurst: number;
  /** Decisions that wait for feedback; beyond it the oldest are dropped. */
  readonly pendingDecisions: number;
  readonly decisionTtlMs: number;
  /** CPU for learning in one request: whichever of the two ends first. Clocks stand still inside a request in
   * production, so it is the updates that count there; the time counts where clocks run (wrangler dev, Node). */
  readonly updatesPerFeedback: number;
  readonly updatesPerRequest: number;
  readonly updateBudgetMs: number;
  /** A checkpoint is due after this many updates, but no more often than the interval, and at the latest after the delay. */
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

/** @throws RangeError when an override is unknown or no positive number: a deployment with a typing mistake must not start */
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
