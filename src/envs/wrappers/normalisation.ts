// What all normalising wrappers share: options, and statistics as JSON data.

import type { EnvState } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import type { RunningStatistics } from "../../running-statistics.ts";
import { requireFlag } from "../require-flag.ts";

export interface NormalisationOptions {
  /** Added to the variance; default 1e-8 (Gymnasium). */
  readonly epsilon?: number;
  /** Largest absolute value returned; default none. Stable-Baselines3 uses 10. */
  readonly clip?: number;
  /** Start with statistics that do not move; default false. */
  readonly frozen?: boolean;
}

/** @throws TypeError or RangeError when an option is unknown (beside those in `more`) or out of range */
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

export function saveStatistics({ count, mean, variance }: RunningStatistics): EnvState {
  return { count, mean: Array.from(mean), variance: Array.from(variance) };
}

/** @returns false, and nothing changes, when they are not those of as many numbers */
export function loadStatistics(statistics: RunningStatistics, saved: EnvState | undefined): boolean {
  const { count, mean, variance } = (saved ?? {}) as { count?: unknown; mean?: unknown; variance?: unknown };
  if (typeof count !== "number" || !Array.isArray(mean) || !Array.isArray(variance)) return false;
  return statistics.load(count, mean, variance);
}

export function badStatistics(where: string, size: number): TypeError {
  return new TypeError(
    `${where}.loadStatistics: statistics expected those of ${size} number${size === 1 ? "" : "s"}, got others. ` +
      "Pass the statistics of a wrapper around the same kind of environment.",
  );
}
