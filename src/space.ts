// Spaces: the sets of values that an observation or an action may have. Names and meaning follow Gymnasium 1.x. A space is
// plain data with functions beside it, so that it survives JSON and a worker boundary.

import { show } from "./errors.ts";

/** The integers start .. start + n - 1. */
export interface Discrete {
  readonly kind: "discrete";
  /** Number of values, at least 1. */
  readonly n: number;
  /** Smallest value. */
  readonly start: number;
}

/** Arrays of real numbers (dtype uint8: of bytes), with a fixed shape and with bounds for each element. */
export interface Box {
  readonly kind: "box";
  /** Length of each dimension. */
  readonly shape: readonly number[];
  /** Lower bound of each element, row-major; may be -Infinity. */
  readonly low: readonly number[];
  /** Upper bound of each element, row-major; may be Infinity. */
  readonly high: readonly number[];
  readonly dtype: "float32" | "uint8";
}

/** Lists of independent choices; choice i is an integer 0 .. nvec[i] - 1. */
export interface MultiDiscrete {
  readonly kind: "multi-discrete";
  /** Number of options of each choice. */
  readonly nvec: readonly number[];
}

/** Lists of n independent bits, each 0 or 1. */
export interface MultiBinary {
  readonly kind: "multi-binary";
  /** Number of bits. */
  readonly n: number;
}

/** Objects with named parts, in insertion order. Goal-conditioned environments use them. */
export interface Dict {
  readonly kind: "dict";
  /** Space of each part, by name. */
  readonly spaces: Readonly<Record<string, Space>>;
}

/** An observation space or an action space. */
export type Space = Discrete | Box | MultiDiscrete | MultiBinary | Dict;

/** A value of a space: a number for Discrete, an object of values for Dict, an array-like of numbers for the others. */
export type SpaceValue = number | ArrayLike<number> | { readonly [name: string]: SpaceValue };

function requireCount(where: string, n: number): number {
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(`${where}: n expected an integer at least 1, got ${show(n)}. Pass the number of values.`);
  }
  return n;
}

/**
 * Makes a Discrete space: the integers start .. start + n - 1.
 * @param start smallest value. Default: 0.
 * @throws RangeError unless n is a positive integer and start an integer
 */
export function discrete(n: number, start: number = 0): Discrete {
  requireCount("discrete", n);
  if (!Number.isInteger(start)) throw new RangeError(`discrete: start expected an integer, got ${show(start)}. Use 0.`);
  return { kind: "discrete", n, start };
}

/**
 * Makes a Box space: arrays of real numbers with bounds.
 * @param low one lower bound for all elements, or one per element; -Infinity: no bound
 * @param high one upper bound for all elements, or one per element; Infinity: no bound
 * @param shape length of each dimension. Default: one dimension, as long as `low` or `high`, or 1 for two numbers.
 * @param dtype type of the numbers. Default: "float32".
 * @throws RangeError when a length does not fit the shape, a bound is NaN, or low exceeds high
 */
export function box(
  low: number | ArrayLike<number>,
  high: number | ArrayLike<number>,
  shape?: readonly number[],
  dtype: "float32" | "uint8" = "float32",
): Box {
  const dims = shape ?? [typeof low === "number" ? (typeof high === "number" ? 1 : high.length) : low.length];
  const size = dims.reduce((product, dim) => product * requireCount("box", dim), 1);
  const spread = (bound: number | ArrayLike<number>, name: string): number[] => {
    const list = typeof bound === "number" ? new Array<number>(size).fill(bound) : Array.from(bound);
    if (list.length !== size || list.some(Number.isNaN)) {
      throw new RangeError(
        `box: ${name} expected ${size} numbers, got ${show(bound)}. Give one bound or one per element.`,
      );
    }
    return list;
  };
  const lows = spread(low, "low");
  const highs = spread(high, "high");
  const crossed = lows.findIndex((value, i) => value > highs[i]);
  if (crossed >= 0) {
    throw new RangeError(
      `box: low expected at most high, got ${lows[crossed]} > ${highs[crossed]} at ${crossed}. Swap the bounds.`,
    );
  }
  return { kind: "box", shape: [...dims], low: lows, high: highs, dtype };
}

/**
 * Makes a MultiDiscrete space: independent choices.
 * @param nvec number of options of each choice
 * @throws RangeError when nvec is empty, or an entry is no positive integer
 */
export function multiDiscrete(nvec: readonly number[]): MultiDiscrete {
  for (const n of nvec) requireCount("multiDiscrete", n);
  requireCount("multiDiscrete", nvec.length);
  return { kind: "multi-discrete", nvec: [...nvec] };
}

/** Makes a MultiBinary space: n independent bits. @throws RangeError unless n is a positive integer */
export function multiBinary(n: number): MultiBinary {
  return { kind: "multi-binary", n: requireCount("multiBinary", n) };
}

/** Makes a Dict space: an object with named parts. */
export function dict(spaces: Readonly<Record<string, Space>>): Dict {
  return { kind: "dict", spaces: { ...spaces } };
}

/**
 * Returns how many numbers a network sees for a value of the space: one-hot for Discrete, one-hot per choice for MultiDiscrete,
 * the elements for Box and MultiBinary, all parts together for Dict.
 */
export function flatSize(space: Space): number {
  switch (space.kind) {
    case "discrete":
      return space.n;
    case "box":
      return space.low.length;
    case "multi-discrete":
      return space.nvec.reduce((sum, n) => sum + n, 0);
    case "multi-binary":
      return space.n;
    case "dict":
      return Object.values(space.spaces).reduce((sum, part) => sum + flatSize(part), 0);
  }
}

/** Returns the offset of a part in the flat form of a Dict's values. @throws RangeError when there is no such part */
export function partOffset(space: Dict, name: string): number {
  const names = Object.keys(space.spaces);
  const at = names.indexOf(name);
  if (at < 0) {
    throw new RangeError(
      `partOffset: name expected one of ${names.join(", ")}, got ${show(name)}. Take one of the space's.`,
    );
  }
  return names.slice(0, at).reduce((offset, before) => offset + flatSize(space.spaces[before]), 0);
}

/**
 * Writes the numbers that a network sees for `value` into `target` at `offset` (see `flatSize`).
 * @param offset first index written. Default: 0.
 * @returns the offset after the last number written
 * @throws RangeError when the value is not in the space. Box bounds are not checked, because an observation may pass them by
 *   rounding; NaN and infinities are refused.
 */
export function flatten(space: Space, value: SpaceValue, target: Float32Array, offset: number = 0): number {
  const problem = describeMismatch(space, value, false);
  if (problem !== undefined) throw new RangeError(`flatten: value expected ${problem}. Check it against the space.`);
  switch (space.kind) {
    case "discrete":
      target.fill(0, offset, offset + space.n);
      target[offset + (value as number) - space.start] = 1;
      return offset + space.n;
    case "multi-discrete": {
      for (let i = 0; i < space.nvec.length; i++) {
        target.fill(0, offset, offset + space.nvec[i]);
        target[offset + (value as ArrayLike<number>)[i]] = 1;
        offset += space.nvec[i];
      }
      return offset;
    }
    case "dict":
      for (const name of Object.keys(space.spaces)) {
        offset = flatten(space.spaces[name], (value as Record<string, SpaceValue>)[name], target, offset);
      }
      return offset;
    default:
      for (let i = 0; i < (value as ArrayLike<number>).length; i++) target[offset++] = (value as ArrayLike<number>)[i];
      return offset;
  }
}

/** Returns true when `value` belongs to the space, bounds included. */
export function contains(space: Space, value: unknown): boolean {
  return describeMismatch(space, value, true) === undefined;
}

/** Says how a value misses the space: "an integer in 0..3, got 7". Undefined when the value belongs to the space. */
export function describeMismatch(space: Space, value: unknown, checkBounds: boolean): string | undefined {
  switch (space.kind) {
    case "discrete": {
      if (Number.isInteger(value) && (value as number) >= space.start && (value as number) < space.start + space.n)
        return;
      return `an integer in ${space.start}..${space.start + space.n - 1}, got ${show(value)}`;
    }
    case "dict": {
      if (typeof value !== "object" || value === null)
        return `an object with ${Object.keys(space.spaces)}, got ${show(value)}`;
      for (const name of Object.keys(space.spaces)) {
        const problem = describeMismatch(space.spaces[name], (value as Record<string, unknown>)[name], checkBounds);
        if (problem !== undefined) return `${name} to be ${problem}`;
      }
      return;
    }
    default: {
      const size =
        space.kind === "box" ? space.low.length : space.kind === "multi-binary" ? space.n : space.nvec.length;
      const list = value as ArrayLike<number> | null | undefined;
      if (typeof value !== "object" || list === null || list === undefined || list.length !== size) {
        return `${size} numbers, got ${show(value)}`;
      }
      for (let i = 0; i < size; i++) {
        const x = list[i];
        const inside =
          space.kind === "box"
            ? typeof x === "number" && x - x === 0 && (!checkBounds || (x >= space.low[i] && x <= space.high[i]))
            : Number.isInteger(x) && x >= 0 && x < (space.kind === "multi-binary" ? 2 : space.nvec[i]);
        if (!inside) return `${expectation(space, i, checkBounds)} at index ${i}, got ${show(x)}`;
      }
      return;
    }
  }
}

function expectation(space: Box | MultiDiscrete | MultiBinary, i: number, checkBounds: boolean): string {
  if (space.kind === "multi-binary") return "0 or 1";
  if (space.kind === "multi-discrete") return `an integer in 0..${space.nvec[i] - 1}`;
  return checkBounds ? `a number in ${space.low[i]}..${space.high[i]}` : "a finite number";
}
