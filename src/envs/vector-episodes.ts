// The common parts of all vector environments: checks of options, seeds, masks and actions, the phase of each environment, and
// the result buffers.

import { requireSeed } from "../engine/random.ts";
import type { AutoresetMode, Info, VectorResetResult, VectorStepResult } from "../env.ts";
import { requireNumber, StateError, show } from "../errors.ts";

const MODES: readonly string[] = ["next-step", "same-step", "disabled"];

/** Phase of an environment before its first reset. */
export const NOTHING_BEGUN = 0;
/** Phase of an environment inside an episode. */
export const RUNNING = 1;
/** Phase of an environment after the end of an episode, before the next reset. */
export const ENDED = 2;

/** Checks and returns `count`. @throws TypeError, RangeError unless `count` is an integer at least 1 */
export function requireCount(where: string, count: unknown): number {
  return requireNumber(where, "count", count, { min: 1, integer: true }, "It is the number of environments.");
}

/** Checks and returns the mode; undefined means "next-step". @throws RangeError for an unknown mode */
export function requireAutoresetMode(where: string, mode: AutoresetMode = "next-step"): AutoresetMode {
  if (MODES.includes(mode)) return mode;
  throw new RangeError(
    `${where}: autoresetMode expected "next-step", "same-step" or "disabled", got ${show(mode)}. Default: "next-step".`,
  );
}

/**
 * Checks the seeds of a reset: none, one number (environment i then gets seed + i), or one number per environment.
 * @throws TypeError, RangeError for a bad seed or a wrong number of seeds
 */
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

/** @throws RangeError for a mask that has not one boolean per environment, or no true. An absent mask is legal */
export function requireResetMask(where: string, count: number, mask: readonly boolean[] | undefined): void {
  if (mask === undefined || (mask.length === count && mask.includes(true))) return;
  throw new RangeError(
    `${where}: resetMask expected ${count} booleans, one of them true, got ${show(mask)}. Leave it out to reset all.`,
  );
}

/** @throws RangeError unless there is one action per environment */
export function requireActionCount(where: string, count: number, actions: ArrayLike<unknown>): void {
  if (actions.length === count) return;
  throw new RangeError(`${where}: actions expected ${count}, got ${actions.length}. Give one per environment.`);
}

/** @throws StateError when environment i needs a reset that the autoreset mode does not make */
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

/** Allocates the result objects that all calls share. @param size numbers per observation */
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
