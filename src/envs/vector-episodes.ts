// What every vector environment checks and keeps, whichever way it steps: options, seeds, masks, what each environment waits
// for, and the buffers of the results.

import { requireSeed } from "../engine/random.ts";
import type { AutoresetMode, Info, VectorResetResult, VectorStepResult } from "../env.ts";
import { requireNumber, StateError, show } from "../errors.ts";

const MODES: readonly string[] = ["next-step", "same-step", "disabled"];

/** What an environment waits for: its first reset, a step, a reset after its end. */
export const NOTHING_BEGUN = 0;
export const RUNNING = 1;
export const ENDED = 2;

/** @throws TypeError, RangeError unless `count` is a whole number at least 1 */
export function requireCount(where: string, count: unknown): number {
  return requireNumber(where, "count", count, { min: 1, integer: true }, "It is the number of environments.");
}

/** @throws RangeError unless it is one of the three, or undefined, which means "next-step" */
export function requireAutoresetMode(where: string, mode: AutoresetMode = "next-step"): AutoresetMode {
  if (MODES.includes(mode)) return mode;
  throw new RangeError(
    `${where}: autoresetMode expected "next-step", "same-step" or "disabled", got ${show(mode)}. Default: "next-step".`,
  );
}

/** @throws TypeError, RangeError unless it is a seed, from which all seed + i are, or one for each */
export function requireSeeds(where: string, count: number, seed: number | readonly number[] | undefined): void {
  if (seed === undefined) return;
  if (typeof seed === "number") {
    requireSeed(where, seed);
    requireSeed(where, seed + count - 1);
    return;
  }
  if (!Array.isArray(seed) || seed.length !== count) {
    throw new RangeError(`${where}: seed expected one number or ${count}, got ${show(seed)}. Give each its own.`);
  }
  for (const own of seed) requireSeed(where, own);
}

/** @throws RangeError unless it is absent or says for each environment whether to reset it, and does for one */
export function requireResetMask(where: string, count: number, mask: readonly boolean[] | undefined): void {
  if (mask === undefined || (mask.length === count && mask.includes(true))) return;
  throw new RangeError(
    `${where}: resetMask expected ${count} booleans, one of them true, got ${show(mask)}. Leave it out to reset all.`,
  );
}

/** @throws RangeError unless there is an action for each */
export function requireActionCount(where: string, count: number, actions: ArrayLike<unknown>): void {
  if (actions.length === count) return;
  throw new RangeError(`${where}: actions expected ${count}, got ${actions.length}. Give one per environment.`);
}

/** @throws StateError where environment i waits for a reset that will not come by itself */
export function requireSteppable(where: string, i: number, phase: number, mode: AutoresetMode): void {
  if (phase === NOTHING_BEGUN) {
    throw new StateError(`${where}: environment ${i} expected a reset first, got none. Call reset().`);
  }
  if (phase === ENDED && mode === "disabled") {
    throw new StateError(
      `${where}: environment ${i} expected a running episode, got an ended one. Call reset({ resetMask }).`,
    );
  }
}

/** The results that all calls share. @param size numbers per observation */
export function vectorResults(
  count: number,
  size: number,
  info: readonly Info[],
): { readonly reset: VectorResetResult; readonly step: VectorStepResult } {
  const observation = new Float32Array(count * size);
  return {
    reset: { observation, info },
    step: {
      observation,
      reward: new Float64Array(count),
      terminated: new Uint8Array(count),
      truncated: new Uint8Array(count),
      finalObservation: new Float32Array(count * size),
      info,
    },
  };
}
