// Updates on request, for callers who own their loop, limited by number or by time.

import type { UpdateOptions } from "../agent.ts";
import { rejectUnknownOptions, requireNumber } from "../errors.ts";

/**
 * Makes updates one by one, until none is due or a limit is reached.
 * @param usual largest number of updates without `maxUpdates`
 * @param updateOnce makes one update; returns false when there is none to make
 * @returns number of updates made
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function makeUpdates(options: UpdateOptions | undefined, usual: number, updateOnce: () => boolean): number {
  let maxUpdates = usual;
  let deadline = Number.POSITIVE_INFINITY;
  if (options !== undefined) {
    rejectUnknownOptions("update", options, ["maxUpdates", "budgetMs"]);
    if (options.maxUpdates !== undefined) {
      maxUpdates = options.maxUpdates;
      requireNumber("update", "maxUpdates", maxUpdates, { integer: true, min: 0 }, "It counts updates.");
    }
    if (options.budgetMs !== undefined) {
      requireNumber("update", "budgetMs", options.budgetMs, { min: 0 }, "It is a time in milliseconds.");
      deadline = performance.now() + options.budgetMs;
    }
  }
  let done = 0;
  while (done < maxUpdates && (deadline === Number.POSITIVE_INFINITY || performance.now() < deadline)) {
    if (!updateOnce()) break;
    done++;
  }
  return done;
}
