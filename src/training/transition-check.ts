// What agents refuse: actions that are not among those numbered, and transitions that do not fit.

import type { Transition } from "../agent.ts";
import { show } from "../errors.ts";
import type { Discrete } from "../space.ts";
import type { Workplace } from "./trainable-agent.ts";

/** @throws TypeError when the actions are not Discrete */
export function requireDiscrete(where: string, workplace: Workplace): Discrete {
  const { actionSpace } = workplace;
  if (actionSpace.kind !== "discrete") {
    throw new TypeError(
      `${where}: actionSpace expected discrete, got ${actionSpace.kind}. ${where} chooses among numbered actions.`,
    );
  }
  return actionSpace;
}

/** @throws RangeError, TypeError when the action, the reward or a flag does not fit; observations are the encoder's business */
export function requireDiscreteStep(transition: Transition, actions: Discrete): void {
  const { action } = transition;
  const { start, n } = actions;
  if (!Number.isInteger(action) || (action as number) < start || (action as number) >= start + n) {
    throw new RangeError(
      `observe: action expected an integer in ${start}..${start + n - 1}, got ${show(action)}. Pass what act returned.`,
    );
  }
  requireOutcome(transition);
}

/** @throws RangeError, TypeError when the reward or a flag does not fit */
export function requireOutcome({ reward, terminated, truncated }: Transition): void {
  // Replay stores float32: what is beyond its range would become infinite there.
  const single = Math.fround(reward);
  if (typeof reward !== "number" || single - single !== 0) {
    throw new RangeError(`observe: reward expected a finite number, got ${show(reward)}. Check the environment.`);
  }
  if (typeof terminated !== "boolean" || typeof truncated !== "boolean") {
    throw new TypeError(
      `observe: terminated and truncated expected booleans, got ${show(terminated)} and ${show(truncated)}. Pass both.`,
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
