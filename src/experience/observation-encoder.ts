// Conversion of an environment's observations to rows of numbers for networks: checked, flattened, and rescaled on request.
// Acting and storing use the same encoder, so that learning sees the same numbers as acting.

import { show } from "../errors.ts";
import type { GraphWriter } from "../nn/module.ts";
import type { ObservationStorage } from "../operations/replay.ts";
import { flatSize, flatten, partOffset, type Space, type SpaceValue } from "../space.ts";

/** Converts observations to rows of numbers for networks. */
export interface Encoder {
  /** Numbers per observation. */
  readonly size: number;
  /** Format in a replay, the smallest exact one: an index for Discrete, bytes for an uint8 Box, else float32. */
  readonly storage: ObservationStorage;
  /**
   * Writes the encoded observation into `row` from `offset` on. Allocates nothing.
   * @param where begins the message of an error
   * @param what name of the observation in the message
   * @param value an observation of the space
   * @param offset Default: 0.
   * @throws RangeError when the value is not of the space (bounds are not checked) or not finite
   */
  encode(where: string, what: string, value: SpaceValue, row: Float32Array, offset?: number): void;
  /**
   * Writes the encoded observation of one environment of a vector environment into `row` from `offset` on.
   * @param where begins the message of an error
   * @param rows [environments, flat size] observations that the vector environment flattened
   * @param from index of the environment, a row of `rows`
   * @param offset Default: 0.
   * @throws RangeError naming the environment when a number is not finite
   */
  encodeRow(where: string, rows: Float32Array, from: number, row: Float32Array, offset?: number): void;
  /**
   * Adds the encoding to an ONNX graph. Absent when the encoder cannot be exported.
   * @param observation name of the environments' observations, [rows, numbers], the parts of a Dict one after the other
   * @returns the name of the encoded observations, [rows, size]
   */
  describe?(graph: GraphWriter, observation: string): string;
}

/** The encoder of all spaces: observations are flattened, Discrete and MultiDiscrete ones are one-hot. */
export class ObservationEncoder implements Encoder {
  readonly size: number;
  readonly storage: ObservationStorage;
  readonly #space: Space;
  /** Parts of a Dict in order, undefined for other spaces. Each part knows its path in the Dict, ".a.b", for messages. */
  readonly #parts: readonly Part[] | undefined;
  readonly #path: string;
  readonly #scale: Float64Array | undefined;
  readonly #shift: Float64Array | undefined;

  /**
   * @param where begins the message of an error
   * @param rescale true: numbers of a Box are mapped from its bounds onto [-1, 1]
   * @param path position in an outer Dict, for messages. Default: "".
   * @throws RangeError when `rescale` is true and the space is no Box, or a bound is infinite
   */
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
      // x - x is 0 for finite numbers only. A number beyond the range of float32 becomes infinite in a network.
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
  /** Index of the part's first number in the Dict's row. */
  readonly offset: number;
}
