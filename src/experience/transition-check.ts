// What agents refuse of a step: rewards and flags that are none. Observations are the encoder's business, actions the action
// encoder's.

import { show } from "../errors.ts";

/** @throws RangeError, TypeError when the reward or a flag does not fit */
export function requireOutcome(
  where: string,
  {
    reward,
    terminated,
    truncated,
  }: { readonly reward: number; readonly terminated: boolean; readonly truncated: boolean },
): void {
  // What is learned from is float32: beyond its range a number would become infinite there.
  const single = Math.fround(reward);
  if (typeof reward !== "number" || single - single !== 0) {
    throw new RangeError(`${where}: reward expected a finite number, got ${show(reward)}. Check the environment.`);
  }
  if (typeof terminated !== "boolean" || typeof truncated !== "boolean") {
    throw new TypeError(
      `${where}: terminated and truncated expected booleans, got ${show(terminated)} and ${show(truncated)}. Pass both.`,
    );
  }
}

/** @throws RangeError when the reward of one of several environments is no finite float32 */
export function requireReward(where: string, environment: number, reward: number): void {
  const single = Math.fround(reward);
  // x - x is 0 for finite numbers only.
  if (single - single === 0) return;
  throw new RangeError(
    `${where}: reward of environment ${environment} expected a finite number, got ${reward}. Check the environment.`,
  );
}

/** @throws RangeError when there are not as many numbers as a vector environment's rows have */
export function requireLength(where: string, what: string, list: ArrayLike<number>, length: number): void {
  if (list.length === length) return;
  throw new RangeError(
    `${where}: ${what} expected ${length} numbers, got ${show(list)}. Pass what the vector environment gave, for all environments.`,
  );
}
