// Schedules: numbers that change during a run, as plain data. The value is a pure function of the position in the run, so that a
// resumed run continues exactly.

import { exp, pow } from "../engine/math.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";

/** Position in a run. */
export interface RunPosition {
  /** Environment steps made so far, summed over all environments. */
  readonly envSteps: number;
  /** Episodes ended so far. */
  readonly episodes: number;
  /** Environment steps planned for the whole run. */
  readonly totalSteps: number;
}

/**
 * A number that may change during a run:
 * - a number: constant;
 * - linear: from -> to over `fraction` of the planned steps (or `steps`), then `to`;
 * - exponential: to + (from - to) exp(-t / steps), t environment steps;
 * - per-episode: max(to, from x factor^episodes).
 */
export type Schedule =
  | number
  | {
      readonly type: "linear";
      readonly from: number;
      readonly to: number;
      readonly fraction?: number;
      readonly steps?: number;
    }
  | { readonly type: "exponential"; readonly from: number; readonly to: number; readonly steps: number }
  | { readonly type: "per-episode"; readonly from: number; readonly to: number; readonly factor: number };

const KNOWN = {
  linear: ["type", "from", "to", "fraction", "steps"],
  exponential: ["type", "from", "to", "steps"],
  "per-episode": ["type", "from", "to", "factor"],
} as const;

/**
 * Checks a schedule.
 * @param bounds range that every value must lie in
 * @throws TypeError or RangeError when a field is missing, unknown, or out of range
 */
export function checkSchedule(
  where: string,
  what: string,
  schedule: Schedule,
  bounds: { readonly min: number; readonly max?: number },
): void {
  const advice = "Give a number or a schedule (linear, exponential, per-episode).";
  if (typeof schedule !== "object" || schedule === null) {
    requireNumber(where, what, schedule, bounds, advice);
    return;
  }
  const known = KNOWN[schedule.type];
  if (known === undefined) {
    throw new RangeError(
      `${where}: ${what}.type expected one of ${Object.keys(KNOWN).join(", ")}, got ${show(schedule.type)}. ${advice}`,
    );
  }
  rejectUnknownOptions(`${where}: ${what}`, schedule, known);
  requireNumber(where, `${what}.from`, schedule.from, bounds, advice);
  requireNumber(where, `${what}.to`, schedule.to, bounds, advice);
  if (schedule.type === "linear" && schedule.steps === undefined) {
    requireNumber(
      where,
      `${what}.fraction`,
      schedule.fraction ?? 1,
      { above: 0, max: 1 },
      "It is a share of totalSteps.",
    );
  } else if (schedule.type === "per-episode") {
    requireNumber(where, `${what}.factor`, schedule.factor, { above: 0, max: 1 }, "Use for example 0.995.");
  } else {
    requireNumber(where, `${what}.steps`, schedule.steps, { above: 0 }, "It counts environment steps.");
  }
}

/** Returns the value of a schedule at a position in a run. */
export function scheduleValue(schedule: Schedule, position: RunPosition): number {
  writeScheduleValue(schedule, position, single);
  return single[0];
}

const single = new Float64Array(1);

/**
 * Writes the value of a schedule into target[0]: a number returned from a call may be a heap object, one in an array is not.
 */
export function writeScheduleValue(schedule: Schedule, position: RunPosition, target: Float64Array): void {
  if (typeof schedule === "number") {
    target[0] = schedule;
    return;
  }
  const { from, to } = schedule;
  switch (schedule.type) {
    case "linear": {
      const over = schedule.steps ?? (schedule.fraction ?? 1) * position.totalSteps;
      target[0] = position.envSteps >= over ? to : from + (to - from) * (position.envSteps / over);
      return;
    }
    case "exponential":
      target[0] = to + (from - to) * exp(-position.envSteps / schedule.steps);
      return;
    case "per-episode":
      target[0] = Math.max(to, from * pow(schedule.factor, position.episodes));
  }
}
