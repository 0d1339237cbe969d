// DeepSea: dive from the top left of an N x N grid, one row per step, a column to the left or to the right. Only the dive
// that goes right every time finds the treasure, and each step to the right costs: exploring at random needs about 2^N
// episodes, exploring with a plan about N.
//
//   observation  "board": [N, N] bytes, 1 at one's row and column, else 0; all 0 after the last step
//                "index": row N + column, 0 .. N^2 - 1; N^2 after the last step
//   action       0 or 1: which of the two is right is drawn for every cell by `mappingSeed`; with null it is 1 everywhere
//   reward       -moveCost / N for a step to the right, +1 for one in the last column (only the dive that went right N times
//                makes one). Not `deterministic`: also normal noise, mean 0, variance 1, in the lower corners
//   transition   left or right by one column, at the edge one stays. Not `deterministic`: right fails with probability 1 / N
//   start        row 0, column 0
//   end          terminated after N steps
//
// The best return is 1 - moveCost = 0.99; never going right gives 0.
//
// Source: Osband et al. 2020 (bsuite), https://arxiv.org/abs/1908.03568; Osband et al. 2019, section 4,
// https://arxiv.org/abs/1703.07608. The mapping comes from PCG64: seeds do not give bsuite's maps.

import { cos, log, PI } from "../../engine/math.ts";
import { Pcg64, requireSeed } from "../../engine/random.ts";
import type { ResetResult, StepResult } from "../../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import { type Box, box, type Discrete, discrete } from "../../space.ts";
import { boardSvg, boardText } from "../grid-picture.ts";
import { requireFlag } from "../require-flag.ts";
import { NO_INFO, SeededEnv } from "../seeded-env.ts";

export interface DeepSeaOptions {
  /** N, at least 1; default 10. bsuite: 10, 12, .. 50. */
  readonly size?: number;
  /** Draws which action is right in each cell; null: action 1 in all, for debugging. Default 42, bsuite's. */
  readonly mappingSeed?: number | null;
  /** Default true. */
  readonly deterministic?: boolean;
  /** What N steps to the right cost together, at least 0; default 0.01. */
  readonly moveCost?: number;
  /** Where one is, as a picture or as a number, which tables take; default "board". */
  readonly observation?: "board" | "index";
}

export class DeepSea extends SeededEnv<Uint8Array | number, number> {
  static readonly optionNames: readonly string[] = ["size", "mappingSeed", "deterministic", "moveCost", "observation"];
  readonly observationSpace: Box | Discrete;
  readonly actionSpace: Discrete = discrete(2);
  readonly #size: number;
  readonly #stepCost: number;
  readonly #deterministic: boolean;
  /** [N, N], the action that goes right. */
  readonly #rightAction: Uint8Array;
  /** N after the last step. */
  #row = 0;
  #column = 0;

  /** @throws TypeError, RangeError for an option that breaks its rule above or is unknown */
  constructor(options: DeepSeaOptions = {}) {
    super("DeepSea");
    rejectUnknownOptions("DeepSea", options, DeepSea.optionNames);
    const whole = { min: 1, integer: true };
    const size = requireNumber("DeepSea", "size", options.size ?? 10, whole, "It is the side of the grid.");
    const cost = requireNumber("DeepSea", "moveCost", options.moveCost ?? 0.01, { min: 0 }, "Default: 0.01.");
    this.#deterministic = requireFlag("DeepSea", "deterministic", options.deterministic, true);
    const { mappingSeed = 42, observation = "board" } = options;
    if (observation !== "board" && observation !== "index") {
      throw new RangeError(
        `DeepSea: observation expected "board" or "index", got ${show(observation)}. Default: "board".`,
      );
    }
    this.#rightAction = new Uint8Array(size * size).fill(1);
    if (mappingSeed !== null) {
      const random = new Pcg64(requireSeed("DeepSea mapping", mappingSeed));
      for (let cell = 0; cell < size * size; cell++) this.#rightAction[cell] = random.integers(0, 2);
    }
    this.#size = size;
    this.#stepCost = cost / size;
    this.observationSpace = observation === "board" ? box(0, 1, [size, size], "uint8") : discrete(size * size + 1);
  }

  /** [N, N] row by row: the action that goes right in each cell. */
  get rightActions(): readonly number[] {
    return Array.from(this.#rightAction);
  }

  step(action: number): StepResult<Uint8Array | number> {
    this.requireDiscrete(action, 2);
    this.requireEpisode();
    const size = this.#size;
    let reward = 0;
    // Steps after the end are the caller's mistake; they lead nowhere and pay nothing.
    if (this.#row < size) {
      const right = action === this.#rightAction[this.#row * size + this.#column];
      const atEnd = this.#column === 0 || this.#column === size - 1;
      if (right) reward += (this.#column === size - 1 ? 1 : 0) - this.#stepCost;
      if (!this.#deterministic && this.#row === size - 1 && atEnd) reward += normal(this.random);
      if (!right) this.#column = Math.max(this.#column - 1, 0);
      else if (this.#deterministic || this.random.random() >= 1 / size) {
        this.#column = Math.min(this.#column + 1, size - 1);
      }
      this.#row++;
    }
    return { observation: this.#observe(), reward, terminated: this.#row === size, truncated: false, info: NO_INFO };
  }

  renderText(): string {
    const size = this.#size;
    const here = (row: number, column: number): boolean => this.begun && row === this.#row && column === this.#column;
    const mark = (row: number, column: number): string =>
      here(row, column) ? "@" : row === size - 1 && column === size - 1 ? "$" : ".";
    return `${boardText(size, size, mark)}\nrow ${this.#row} of ${size}`;
  }

  renderSvg(): string {
    const size = this.#size;
    return boardSvg(size, size, (row, column) => {
      if (this.begun && row === this.#row && column === this.#column) return "#d9534f";
      return row === size - 1 && column === size - 1 ? "#f0c419" : column > row ? "" : "#d9edf7";
    });
  }

  protected begin(): ResetResult<Uint8Array | number> {
    this.#row = 0;
    this.#column = 0;
    return { observation: this.#observe(), info: NO_INFO };
  }

  protected writeEpisode(): number[] {
    return [this.#row, this.#column];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    const [row, column] = numbers;
    const fits = Number.isInteger(row) && row >= 0 && row <= this.#size;
    if (numbers.length !== 2 || !fits || !Number.isInteger(column) || column < 0 || column >= this.#size) return false;
    this.#row = row;
    this.#column = column;
    return true;
  }

  #observe(): Uint8Array | number {
    if (this.observationSpace.kind === "discrete") {
      return this.#row < this.#size ? this.#row * this.#size + this.#column : this.#size * this.#size;
    }
    const observation = new Uint8Array(this.#size * this.#size);
    if (this.#row < this.#size) observation[this.#row * this.#size + this.#column] = 1;
    return observation;
  }
}

/** A normal number by Box and Muller's method; two draws, one number used. */
function normal(random: Pcg64): number {
  const radius = Math.sqrt(-2 * log(1 - random.random()));
  return radius * cos(2 * PI * random.random());
}
