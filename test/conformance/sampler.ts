// Inputs for the conformance suite, from a generator that shares nothing with the product's own (mulberry32, Ettinger).

/** What arithmetic treats specially: zeros, subnormals, the edges of exp and of the float32 range. */
const SPECIAL: readonly number[] = [
  0, -0, 1e-45, -1e-40, 1.1754944e-38, 1e-30, -9.9e-31, 0.625, -0.62499994, 1, -1, 88.37626, 88.4, -87.336, -87.4, 104,
  -104, 1e20, -1e20, 3.4028235e38, -3.4028235e38,
];
const NOT_FINITE: readonly number[] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** How far from everyday numbers a sample goes: in [-2, 2) with zeros; anything finite; anything at all. */
export type Wildness = "ordinary" | "finite" | "wild";

export class Sampler {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Uniform in 0 .. n - 1. */
  index(n: number): number {
    return Math.floor(this.next() * n);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.index(choices.length)];
  }

  values(length: number, wildness: Wildness = "ordinary"): Float32Array {
    return Float32Array.from({ length }, () => this.#value(wildness));
  }

  #value(wildness: Wildness): number {
    const kind = this.next();
    if (kind < 0.03) return this.pick([0, -0]);
    if (wildness !== "ordinary" && kind < 0.12) return this.pick(SPECIAL);
    if (wildness === "wild" && kind < 0.14) return this.pick(NOT_FINITE);
    return 4 * this.next() - 2;
  }
}
