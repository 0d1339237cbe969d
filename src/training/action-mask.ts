// Masks of allowed actions: what `act` is given becomes a row of zeros and ones, one per action.

import { show } from "../errors.ts";

/**
 * Writes the mask into `row` as 0 and 1.
 * @throws RangeError unless it has one entry per action and allows at least one; the row is scratch then
 */
export function readActionMask(mask: ArrayLike<number | boolean>, row: Float32Array): void {
  const n = row.length;
  if (mask === null || mask.length !== n) {
    throw new RangeError(`act: mask expected ${n} entries, got ${show(mask)}. Give one per action.`);
  }
  for (let a = 0; a < n; a++) row[a] = mask[a] ? 1 : 0;
  if (countAllowed(row) === 0) {
    throw new RangeError("act: mask expected at least one allowed action, got none. Allow one.");
  }
}

export function countAllowed(row: Float32Array): number {
  let allowed = 0;
  // Counted, not summed: a sum of float32 numbers may be a heap object.
  for (let a = 0; a < row.length; a++) if (row[a] !== 0) allowed++;
  return allowed;
}

/** The allowed action with `rank` allowed ones before it. @param rank 0 .. countAllowed(row) - 1 */
export function allowedAction(row: Float32Array, rank: number): number {
  let action = 0;
  while (row[action] === 0 || rank-- > 0) action++;
  return action;
}
