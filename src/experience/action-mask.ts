// Masks of allowed actions. The mask that the user passes to `act` becomes a row of zeros and ones, one per option.

import { show } from "../errors.ts";
import type { ActionEncoder } from "./action-encoder.ts";

/**
 * Allowed options of an action, one entry per option: false or 0 forbids the option. The options of several choices
 * (MultiDiscrete) follow each other.
 */
export type ActionMask = ArrayLike<number | boolean>;

/**
 * Checks a mask and writes it into row `row` of `rows` [n, options], as zeros and ones.
 * @param where begins the message of an error
 * @param mask undefined: all options are allowed
 * @throws TypeError for actions without numbered options
 * @throws RangeError when the mask has another length or forbids all options of a choice; the row's content is undefined then
 */
export function readActionMask(
  where: string,
  { choices, options, space }: ActionEncoder,
  mask: ActionMask | undefined,
  rows: Float32Array,
  row: number,
): void {
  if (options === 0) {
    throw new TypeError(
      `${where}: mask expected none for ${space.kind} actions, got ${show(mask)}. Only numbered options can be forbidden.`,
    );
  }
  const from = row * options;
  if (mask === undefined) {
    rows.fill(1, from, from + options);
    return;
  }
  if (mask === null || mask.length !== options) {
    throw new RangeError(`${where}: mask expected ${options} entries, got ${show(mask)}. Give one per action.`);
  }
  for (let a = 0; a < options; a++) rows[from + a] = mask[a] ? 1 : 0;
  for (let choice = 0, a = from; choice < choices.length; choice++) {
    const end = a + choices[choice];
    let allows = false;
    for (; a < end; a++) if (rows[a] !== 0) allows = true;
    if (allows) continue;
    const of = choices.length === 1 ? "" : ` of choice ${choice}`;
    throw new RangeError(`${where}: mask expected at least one allowed action${of}, got none. Allow one.`);
  }
}

/** Returns the number of options that row `row` of `mask` [n, options] allows. */
export function countAllowed(mask: Float32Array, row: number, options: number): number {
  let allowed = 0;
  // Counted, not summed: a sum of float32 numbers may be a heap object.
  for (let a = 0; a < options; a++) if (mask[row * options + a] !== 0) allowed++;
  return allowed;
}

/** Returns the allowed option that has `rank` allowed options before it. @param rank 0 .. countAllowed - 1 */
export function allowedAction(mask: Float32Array, row: number, options: number, rank: number): number {
  let action = 0;
  while (mask[row * options + action] === 0 || rank-- > 0) action++;
  return action;
}
