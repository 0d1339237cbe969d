// Checks of a step's reward and end flags. Observations are checked by the observation encoder, actions by the action encoder.

import { show } from "../errors.ts";

/** Checks reward and end flags. @throws RangeError, TypeError when the reward is no finite float32 or a flag no boolean */
export function requireOutcome(
  where: string,
  {
    reward,
    terminated,
    truncated,
  }: { readonly reward: number; readonly terminated: boolean; readonly truncated: boolean },
): void {
  // Rewards are stored as float32: a number beyond its range would become infinite.
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

/** Checks the reward of one of several environments. @throws RangeError when it is no finite float32 */
export function requireReward(where: string, environment: number, reward: number): void {
  const single = Math.fround(reward);
  // x - x is 0 for finite numbers only.
  if (single - single === 0) return;
  throw new RangeError(
    `${where}: reward of environment ${environment} expected a finite number, got ${reward}. Check the environment.`,
  );
}

/** Checks the length of an array of a vector environment. @throws RangeError when it is not `length` */
export function requireLength(where: string, what: string, list: ArrayLike<number> | undefined, length: number): void {
  if (list?.length === length) return;
  throw new RangeError(
    `${where}: ${what} expected ${length} numbers, got ${show(list)}. Pass those of all environments or observations.`,
  );
}
