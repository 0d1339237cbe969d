// From an environment's observation to the numbers that a network sees: checked, flattened, and, where asked for,
// rescaled. The same for acting and storing, so that what is learned from is what is acted on.

import type { ObservationStorage } from "../backend.ts";
import { show } from "../errors.ts";
import { flatSize, flatten, type Space, type SpaceValue } from "../space.ts";

export class ObservationEncoder {
  /** Numbers per observation. */
  readonly size: number;
  /** The smallest exact storage: the index of a Discrete observation, bytes of an uint8 Box, else float32. */
  readonly storage: ObservationStorage;
  readonly #space: Space;
  readonly #scale: Float64Array | undefined;
  readonly #shift: Float64Array | undefined;

  /** @throws RangeError when rescaling is asked for and the space is no Box, or a bound is infinite */
  constructor(where: string, space: Space, rescale: boolean) {
    this.size = flatSize(space);
    this.#space = space;
    const isByteBox = space.kind === "box" && space.dtype === "uint8" && !rescale;
    this.storage = space.kind === "discrete" ? "one-hot" : isByteBox ? "uint8" : "float32";
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

  /**
   * Writes `value` into `row` [size].
   * @throws RangeError naming `where` and `what` when it is not of the space (bounds aside) or not finite
   */
  encode(where: string, what: string, value: SpaceValue, row: Float32Array): void {
    const space = this.#space;
    if (space.kind !== "box") {
      try {
        flatten(space, value, row);
      } catch (error) {
        throw new RangeError(`${where}: ${what}: ${(error as Error).message}`);
      }
      return;
    }
    const list = value as ArrayLike<number>;
    if (typeof value !== "object" || value === null || list.length !== this.size) {
      throw new RangeError(
        `${where}: ${what} expected ${this.size} numbers, got ${show(value)}. Flatten it row by row.`,
      );
    }
    for (let i = 0; i < this.size; i++) {
      const x = list[i];
      // x - x is 0 for finite numbers only; beyond the range of float32 a number is not finite to a network.
      const single = Math.fround(x);
      if (typeof x !== "number" || single - single !== 0) {
        throw new RangeError(
          `${where}: ${what} expected finite numbers, got ${show(x)} at index ${i}. Check the environment.`,
        );
      }
      if (this.storage === "uint8" && x !== (x & 255)) {
        throw new RangeError(
          `${where}: ${what} expected whole numbers in 0..255, got ${show(x)} at index ${i}. Give the Box dtype float32.`,
        );
      }
    }
    const scale = this.#scale;
    const shift = this.#shift;
    if (scale === undefined || shift === undefined) for (let i = 0; i < this.size; i++) row[i] = list[i];
    else for (let i = 0; i < this.size; i++) row[i] = list[i] * scale[i] + shift[i];
  }
}
