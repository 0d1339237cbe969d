// A table of values of a space in their original numbers, in float64. The functions of an environment expect these numbers,
// not the encoded ones that a network sees (one-hot, float32).
//
//   numbers [rows, width], one value per row; the parts of a Dict lie in its own order

import { flatSize, type Space, type SpaceValue } from "../space.ts";

/** Object that receives a value of the table: a Float64Array, or a Dict's object of values. Undefined for a Discrete number. */
type Holder = Float64Array | { [name: string]: SpaceValue } | undefined;

/** One value of a space per row. */
export class ValueTable {
  readonly rows: number;
  /** Numbers per value. */
  readonly width: number;
  readonly #space: Space;
  readonly #numbers: Float64Array;
  readonly #holders: readonly [Holder, Holder];

  constructor(space: Space, rows: number) {
    this.rows = rows;
    this.width = width(space);
    this.#space = space;
    this.#numbers = new Float64Array(rows * this.width);
    this.#holders = [createHolder(space), createHolder(space)];
  }

  /** Writes a row. @pre the value is of the space */
  set(row: number, value: SpaceValue): void {
    write(this.#space, value, this.#numbers, row * this.width);
  }

  /** Writes a row from the flat form of a value, the input of a network: `flat` from `offset` on. */
  setFlat(row: number, flat: Float32Array, offset: number): void {
    writeFlat(this.#space, flat, offset, this.#numbers, row * this.width);
  }

  /**
   * Returns the value of a row in one of two reused objects: a later call with the same `holder` overwrites it. Values of a
   * Box, MultiBinary or MultiDiscrete are Float64Arrays.
   */
  get(row: number, holder: 0 | 1): SpaceValue {
    const { kind } = this.#space;
    if (kind === "discrete") return this.#numbers[row];
    const into = this.#holders[holder] as Exclude<Holder, undefined>;
    read(this.#space, this.#numbers, row * this.width, into);
    return into;
  }

  /** Returns a copy of the first rows, [rows, width]. */
  save(rows: number): Float64Array {
    return this.#numbers.slice(0, rows * this.width);
  }

  load(numbers: Float64Array): void {
    this.#numbers.set(numbers);
  }
}

function width(space: Space): number {
  switch (space.kind) {
    case "discrete":
      return 1;
    case "multi-discrete":
      return space.nvec.length;
    case "dict":
      return Object.values(space.spaces).reduce((sum, part) => sum + width(part), 0);
    default:
      return flatSize(space);
  }
}

function createHolder(space: Space): Holder {
  if (space.kind === "discrete") return undefined;
  if (space.kind !== "dict") return new Float64Array(width(space));
  return Object.fromEntries(
    Object.entries(space.spaces).map(([name, part]) => [name, createHolder(part) ?? (part as { start: number }).start]),
  );
}

/** @returns the offset after the last number */
function write(space: Space, value: SpaceValue, numbers: Float64Array, offset: number): number {
  if (space.kind === "discrete") {
    numbers[offset] = value as number;
    return offset + 1;
  }
  if (space.kind === "dict") {
    // for-in lists the names without allocating.
    for (const name in space.spaces) {
      offset = write(space.spaces[name], (value as { readonly [name: string]: SpaceValue })[name], numbers, offset);
    }
    return offset;
  }
  const list = value as ArrayLike<number>;
  for (let i = 0; i < list.length; i++) numbers[offset + i] = list[i];
  return offset + list.length;
}

function writeFlat(space: Space, flat: Float32Array, offset: number, numbers: Float64Array, to: number): void {
  if (space.kind === "discrete") {
    numbers[to] = space.start + hotIndex(flat, offset, space.n);
  } else if (space.kind === "multi-discrete") {
    for (let i = 0, from = offset; i < space.nvec.length; from += space.nvec[i++]) {
      numbers[to + i] = hotIndex(flat, from, space.nvec[i]);
    }
  } else if (space.kind === "dict") {
    for (const name in space.spaces) {
      const part = space.spaces[name];
      writeFlat(part, flat, offset, numbers, to);
      offset += flatSize(part);
      to += width(part);
    }
  } else {
    const size = flatSize(space);
    for (let i = 0; i < size; i++) numbers[to + i] = flat[offset + i];
  }
}

/** Index of the first 1 among n numbers. */
function hotIndex(flat: Float32Array, from: number, n: number): number {
  let index = 0;
  while (index < n - 1 && flat[from + index] !== 1) index++;
  return index;
}

function read(space: Space, numbers: Float64Array, offset: number, into: Exclude<Holder, undefined>): number {
  if (space.kind === "dict") {
    const parts = into as { [name: string]: SpaceValue };
    for (const name in space.spaces) {
      const part = space.spaces[name];
      if (part.kind === "discrete") parts[name] = numbers[offset++];
      else offset = read(part, numbers, offset, parts[name] as Float64Array);
    }
    return offset;
  }
  const list = into as Float64Array;
  for (let i = 0; i < list.length; i++) list[i] = numbers[offset + i];
  return offset + list.length;
}
