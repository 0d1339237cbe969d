// Masks of allowed actions: what `act` is given becomes a row of zeros and ones, one per action.

import type { Backend } from "../backend.ts";
import { show } from "../errors.ts";
import type { Tensor } from "../operations/handles.ts";
import type { ActionEncoder } from "./action-encoder.ts";

/** Masks of one call of `act` or `actBatch`. */
export class ActionMasks {
  /** [rows, options] */
  readonly tensor: Tensor;
  /** The same numbers. */
  readonly rows: Float32Array;
  /** A single one, [1, options] and its numbers: the one last read or selected. */
  readonly rowTensor: Tensor;
  readonly row: Float32Array;
  readonly #backend: Backend;
  readonly #choices: readonly number[];

  constructor(backend: Backend, { options, choices }: ActionEncoder, rows: number) {
    this.#backend = backend;
    this.#choices = choices;
    this.tensor = backend.tensor(rows, options);
    this.rows = new Float32Array(rows * options);
    this.rowTensor = backend.tensor(1, options);
    this.row = new Float32Array(options);
  }

  /** Reads a mask, or with undefined that everything is allowed, as row `row`. @throws RangeError as `readActionMask` */
  read(mask: ArrayLike<number | boolean> | undefined, row: number): void {
    if (mask === undefined) this.row.fill(1);
    else readActionMask(mask, this.row, this.#choices);
    this.rows.set(this.row, row * this.row.length);
    this.#backend.write(this.tensor, this.row, row);
    this.#backend.write(this.rowTensor, this.row);
  }

  select(row: number): void {
    const n = this.row.length;
    for (let a = 0; a < n; a++) this.row[a] = this.rows[row * n + a];
    this.#backend.write(this.rowTensor, this.row);
  }
}

/**
 * Writes the mask into `row` as 0 and 1.
 * @param choices how many options each choice has, side by side in the mask; without them there is one choice
 * @throws RangeError unless it has one entry per option and allows at least one of every choice; the row is scratch then
 */
export function readActionMask(
  mask: ArrayLike<number | boolean>,
  row: Float32Array,
  choices: readonly number[] | null = null,
): void {
  const n = row.length;
  if (mask === null || mask.length !== n) {
    throw new RangeError(`act: mask expected ${n} entries, got ${show(mask)}. Give one per action.`);
  }
  for (let a = 0; a < n; a++) row[a] = mask[a] ? 1 : 0;
  const count = choices === null ? 1 : choices.length;
  for (let choice = 0, a = 0; choice < count; choice++) {
    const end = choices === null ? n : a + choices[choice];
    let allows = false;
    for (; a < end; a++) if (row[a] !== 0) allows = true;
    if (allows) continue;
    const of = count === 1 ? "" : ` of choice ${choice}`;
    throw new RangeError(`act: mask expected at least one allowed action${of}, got none. Allow one.`);
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
