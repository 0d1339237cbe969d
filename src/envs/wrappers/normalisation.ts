// The common parts of all normalising wrappers: options, and statistics as JSON data.

import type { EnvState } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import type { RunningStatistics } from "../../running-statistics.ts";
import { requireFlag } from "../require-flag.ts";

/** Options of every normalising wrapper. */
export interface NormalisationOptions {
  /** Small number added to the variance. @defaultValue 1e-8, as in Gymnasium */
  readonly epsilon?: number;
  /** Largest absolute value of a result; larger values are clipped. Stable-Baselines3 uses 10. @defaultValue no limit */
  readonly clip?: number;
  /** True to start with frozen statistics, which new values do not change. @defaultValue false */
  readonly frozen?: boolean;
}

/**
 * Checks options and fills in defaults.
 * @param more names of further options that the wrapper accepts
 * @throws TypeError or RangeError for an option that is unknown or out of range
 */
export function readNormalisation(
  where: string,
  options: NormalisationOptions,
  more: readonly string[] = [],
): Required<NormalisationOptions> {
  rejectUnknownOptions(where, options, ["epsilon", "clip", "frozen", ...more]);
  return {
    epsilon: requireNumber(where, "epsilon", options.epsilon ?? 1e-8, { above: 0 }, "Gymnasium's is 1e-8."),
    clip:
      options.clip === undefined ? Infinity : requireNumber(where, "clip", options.clip, { above: 0 }, "Common: 10."),
    frozen: requireFlag(where, "frozen", options.frozen, false),
  };
}

/** Returns the statistics as JSON data. */
export function saveStatistics({ count, mean, variance }: RunningStatistics): EnvState {
  return { count, mean: Array.from(mean), variance: Array.from(variance) };
}

/** Restores saved statistics. @returns false, and changes nothing, when they do not fit the number of values */
export function loadStatistics(statistics: RunningStatistics, saved: EnvState | undefined): boolean {
  const { count, mean, variance } = (saved ?? {}) as { count?: unknown; mean?: unknown; variance?: unknown };
  if (typeof count !== "number" || !Array.isArray(mean) || !Array.isArray(variance)) return false;
  return statistics.load(count, mean, variance);
}

/** Returns the error for statistics that do not fit. */
export function badStatistics(where: string, size: number): TypeError {
  return new TypeError(
    `${where}.loadStatistics: statistics expected those of ${size} number${size === 1 ? "" : "s"}, got others. ` +
      "Pass the statistics of a wrapper around the same kind of environment.",
  );
}
