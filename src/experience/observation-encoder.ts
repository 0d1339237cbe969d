// From an environment's observation to the numbers that a network sees: checked, flattened, and, where asked for,
// rescaled. The same for acting and storing, so that what is learned from is what is acted on.

import { show } from "../errors.ts";
import type { GraphWriter } from "../nn/module.ts";
import type { ObservationStorage } from "../operations/replay.ts";
import { flatSize, flatten, partOffset, type Space, type SpaceValue } from "../space.ts";

/** What an agent sees of an observation: a row of numbers. */
export interface Encoder {
  /** Numbers per observation. */
  readonly size: number;
  /** The smallest exact storage: the index of a Discrete observation, bytes of an uint8 Box, else float32. */
  readonly storage: ObservationStorage;
  /**
   * Writes `value` into `row` from `offset` on. Allocates nothing.
   * @throws RangeError naming `where` and `what` when it is not of the space (bounds aside) or not finite
   */
  encode(where: string, what: string, value: SpaceValue, row: Float32Array, offset?: number): void;
  /**
   * The same for an observation that a vector environment has flattened: row `from` of `rows` [environments, flat size].
   * @throws RangeError naming `where` and the environment when a number is not finite
   */
  encodeRow(where: string, rows: Float32Array, from: number, row: Float32Array, offset?: number): void;
  /**
   * The same in an ONNX graph. Absent where an encoder does not describe itself.
   * @param observation [rows, numbers] as environments show them, the parts of a Dict one after the other
   * @returns the name of what the agent sees, [rows, size]
   */
  describe?(graph: GraphWriter, observation: string): string;
}

/** Observations as networks see them: flattened, numbered ones one-hot. */
export class ObservationEncoder implements Encoder {
  readonly size: number;
  readonly storage: ObservationStorage;
  readonly #space: Space;
  /** Of a Dict: its parts in order, each of which knows its name from the top, ".a.b", for messages. */
  readonly #parts: readonly Part[] | undefined;
  readonly #path: string;
  readonly #scale: Float64Array | undefined;
  readonly #shift: Float64Array | undefined;

  /** @throws RangeError when rescaling is asked for and the space is no Box, or a bound is infinite */
  constructor(where: string, space: Space, rescale: boolean, path: string = "") {
    this.size = flatSize(space);
    this.#space = space;
    this.#path = path;
    const isByteBox = space.kind === "box" && space.dtype === "uint8" && !rescale;
    this.storage = space.kind === "discrete" ? "one-hot" : isByteBox ? "uint8" : "float32";
    if (space.kind === "dict") {
      this.#parts = Object.entries(space.spaces).map(([name, part]) => ({
        name,
        encoder: new ObservationEncoder(where, part, false, `${path}.${name}`),
        offset: partOffset(space, name),
      }));
    }
    if (!rescale) return;
    if (space.kind !== "box" || [...space.low, ...space.high].some((bound) => bound - bound !== 0)) {
      throw new RangeError(
        `${where}: rescaleObservations expected a Box with finite bounds, got ${space.kind === "box" ? "infinite bounds" : space.kind}. ` +
          "Leave it out, or wrap the environment in ObservationNormalisation.",
      );
    }
    this.#scale = Float64Array.from(space.low, (low, i) => (space.high[i] > low ? 2 / (space.high[i] - low) : 1));
    this.#shift = Float64Array.from(space.low, (low, i) => -1 - low * this.#scale![i]);
  }

  encode(where: string, what: string, value: SpaceValue, row: Float32Array, offset: number = 0): void {
    this.#encodeAt(where, what, value, row, offset);
  }

  encodeRow(where: string, rows: Float32Array, from: number, row: Float32Array, offset: number = 0): void {
    const { size } = this;
    const scale = this.#scale;
    const shift = this.#shift;
    for (let i = 0; i < size; i++) {
      const x = rows[from * size + i];
      if (x - x !== 0) {
        throw new RangeError(
          `${where}: observation of environment ${from} expected finite numbers, got ${x} at index ${i}. Check the environment.`,
        );
      }
      row[offset + i] = scale === undefined || shift === undefined ? x : x * scale[i] + shift[i];
    }
  }

  describe(graph: GraphWriter, observation: string): string {
    const scale = this.#scale;
    const center = this.#shift?.map((shift, i) => -shift / scale![i]);
    if (scale === undefined || center === undefined) return graph.flatten(observation, this.#space);
    return graph.standardize(observation, center, scale);
  }

  #encodeAt(where: string, what: string, value: SpaceValue, row: Float32Array, offset: number): void {
    const parts = this.#parts;
    if (parts !== undefined) {
      if (typeof value !== "object" || value === null) {
        const names = parts.map(({ name }) => name).join(", ");
        throw new RangeError(
          `${where}: ${what}${this.#path} expected an object of ${names}, got ${show(value)}. Pass what the environment returned.`,
        );
      }
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i];
        part.encoder.#encodeAt(
          where,
          what,
          (value as { readonly [name: string]: SpaceValue })[part.name],
          row,
          offset + part.offset,
        );
      }
    } else if (this.#space.kind === "box") this.#encodeBox(where, what, value, row, offset);
    else {
      try {
        flatten(this.#space, value, row, offset);
      } catch (error) {
        throw new RangeError(`${where}: ${what}${this.#path}: ${(error as Error).message}`);
      }
    }
  }

  #encodeBox(where: string, what: string, value: SpaceValue, row: Float32Array, offset: number): void {
    const list = value as ArrayLike<number>;
    if (typeof value !== "object" || value === null || list.length !== this.size) {
      throw new RangeError(
        `${where}: ${what}${this.#path} expected ${this.size} numbers, got ${show(value)}. Flatten it row by row.`,
      );
    }
    for (let i = 0; i < this.size; i++) {
      const x = list[i];
      // x - x is 0 for finite numbers only; beyond the range of float32 a number is not finite to a network.
      const single = Math.fround(x);
      if (typeof x !== "number" || single - single !== 0) {
        throw new RangeError(
          `${where}: ${what}${this.#path} expected finite numbers, got ${show(x)} at index ${i}. Check the environment.`,
        );
      }
      if (this.storage === "uint8" && x !== (x & 255)) {
        throw new RangeError(
          `${where}: ${what}${this.#path} expected whole numbers in 0..255, got ${show(x)} at index ${i}. Give the Box dtype float32.`,
        );
      }
    }
    const scale = this.#scale;
    const shift = this.#shift;
    if (scale === undefined || shift === undefined) for (let i = 0; i < this.size; i++) row[offset + i] = list[i];
    else for (let i = 0; i < this.size; i++) row[offset + i] = list[i] * scale[i] + shift[i];
  }
}

interface Part {
  readonly name: string;
  readonly encoder: ObservationEncoder;
  /** Where it begins in the Dict's row. */
  readonly offset: number;
}
