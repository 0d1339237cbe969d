// NumPy's default random stream for environments: the same seed gives the numbers of `numpy.random.default_rng(seed)`.
// The engine does the arithmetic (assembly/math/pcg64.ts). Each stream keeps its state here and copies it to the scratch
// memory of the engine for every draw, because all streams share one engine instance.

import { requireNumber, show } from "../errors.ts";
import type { Engine } from "./engine.ts";
import { hostEngine } from "./host-engine.ts";

const WORDS = 10;
const MAX_SEED = Number.MAX_SAFE_INTEGER;

/**
 * State of a stream as JSON data. The fields are those of NumPy's `bit_generator.state`, the 128-bit numbers in hexadecimal.
 */
export interface Pcg64State {
  /** 32 hexadecimal digits. */
  readonly state: string;
  /** 32 hexadecimal digits, odd. */
  readonly inc: string;
  readonly hasUint32: 0 | 1;
  readonly uinteger: number;
}

/**
 * Checks a seed and returns it.
 * @throws TypeError when the seed is no number; RangeError unless it is a whole number in 0 .. 2^53 - 1
 */
export function requireSeed(where: string, seed: unknown): number {
  return requireNumber(where, "seed", seed, { min: 0, max: MAX_SEED, integer: true }, "Pass a non-negative integer.");
}

let engine: Engine | undefined;
let scratch: Uint32Array = new Uint32Array(0);

/** Returns the view of the engine's scratch memory; a fresh one after the memory grew, which empties earlier views. */
function scratchWords(): Uint32Array {
  if (scratch.length === 0) {
    engine ??= hostEngine();
    scratch = engine.u32(engine.exports.pcg64_scratch(), WORDS);
  }
  return scratch;
}

/**
 * A stream of random numbers for environments: PCG64, NumPy's default generator.
 * Cost of a draw: one engine call and twenty words copied; nothing allocated.
 */
export class Pcg64 {
  readonly #words = new Uint32Array(WORDS);

  /** @param seed a whole number in 0 .. 2^53 - 1. Default: a seed from the platform's entropy. */
  constructor(seed?: number) {
    this.seed(seed);
  }

  /**
   * Restarts the stream as `numpy.random.default_rng(seed)`.
   * @param seed a whole number in 0 .. 2^53 - 1. Default: a seed from the platform's entropy, which nobody can predict.
   * @throws TypeError, RangeError unless the seed is a whole number in 0 .. 2^53 - 1
   */
  seed(seed?: number): void {
    const value = seed === undefined ? entropy() : requireSeed("Pcg64.seed", seed);
    const words = scratchWords();
    (engine as Engine).exports.pcg64_seed(value);
    this.#words.set(words);
  }

  /** Draws a uniform number in [0, 1) with 53 random bits. */
  random(): number {
    const words = this.#enter();
    const value: number = (engine as Engine).exports.pcg64_random();
    this.#leave(words);
    return value;
  }

  /**
   * Draws a uniform number in [low, high).
   * @throws RangeError when a bound is not finite or low exceeds high
   */
  uniform(low: number, high: number): number {
    const range = high - low;
    if (!(range >= 0 && range < Infinity)) {
      throw new RangeError(
        `Pcg64.uniform: bounds expected finite numbers, low at most high, got ${show(low)} and ${show(high)}. Swap or narrow them.`,
      );
    }
    return low + range * this.random();
  }

  /**
   * Draws a uniform whole number in low .. high - 1 (NumPy's `Generator.integers`, int64).
   * @throws RangeError unless the bounds are safe integers with low < high and less than 2^53 apart
   */
  integers(low: number, high: number): number {
    if (!(Number.isSafeInteger(low) && Number.isSafeInteger(high) && low < high && high - low <= MAX_SEED)) {
      throw new RangeError(
        `Pcg64.integers: bounds expected safe integers, low below high, got ${show(low)} and ${show(high)}. The upper bound is exclusive.`,
      );
    }
    const words = this.#enter();
    const value: number = (engine as Engine).exports.pcg64_integers(low, high);
    this.#leave(words);
    return value;
  }

  /** Returns the state of the stream. */
  saveState(): Pcg64State {
    const w = this.#words;
    return {
      state: hex(w[3]) + hex(w[2]) + hex(w[1]) + hex(w[0]),
      inc: hex(w[7]) + hex(w[6]) + hex(w[5]) + hex(w[4]),
      hasUint32: w[8] === 0 ? 0 : 1,
      uinteger: w[9],
    };
  }

  /** Replaces the state of the stream. @throws TypeError when `state` did not come from `saveState`; nothing changes then */
  loadState(state: unknown): void {
    const s = state as Partial<Pcg64State> | null | undefined;
    const wellFormed =
      typeof s === "object" &&
      s !== null &&
      isHex128(s.state) &&
      isHex128(s.inc) &&
      Number.parseInt(s.inc.slice(-1), 16) % 2 === 1 &&
      (s.hasUint32 === 0 || s.hasUint32 === 1) &&
      Number.isInteger(s.uinteger) &&
      (s.uinteger as number) >= 0 &&
      (s.uinteger as number) <= 0xffffffff;
    if (!wellFormed) {
      throw new TypeError(
        `Pcg64.loadState: state expected what saveState returned, got ${show(state)}. Pass it on unchanged.`,
      );
    }
    const { state: position, inc, hasUint32, uinteger } = s as Pcg64State;
    for (let i = 0; i < 4; i++) {
      this.#words[i] = Number.parseInt(position.slice(24 - 8 * i, 32 - 8 * i), 16);
      this.#words[4 + i] = Number.parseInt(inc.slice(24 - 8 * i, 32 - 8 * i), 16);
    }
    this.#words[8] = hasUint32;
    this.#words[9] = uinteger;
  }

  #enter(): Uint32Array {
    const words = scratchWords();
    const own = this.#words;
    // A loop, not TypedArray.set: its call costs more than ten words do.
    for (let i = 0; i < WORDS; i++) words[i] = own[i];
    return words;
  }

  #leave(words: Uint32Array): void {
    const own = this.#words;
    for (let i = 0; i < WORDS; i++) own[i] = words[i];
  }
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

function isHex128(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-f]{32}$/.test(text);
}

function entropy(): number {
  const [low, high] = crypto.getRandomValues(new Uint32Array(2));
  return low + (high >>> 11) * 4_294_967_296;
}
