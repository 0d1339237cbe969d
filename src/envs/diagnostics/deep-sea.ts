// DeepSea: dive from the top left of an N x N grid. Each step goes down one row, and one column to the left or right. Only the
// dive that goes right every time finds the treasure, and each step to the right costs reward. Random exploration needs about
// 2^N episodes to find the treasure, planned exploration about N.
//
//   observation  "board": [N, N] bytes, 1 at the diver's row and column, else 0; all 0 after the last step
//                "index": row N + column, 0 .. N^2 - 1; N^2 after the last step
//   action       0 or 1. For every cell, `mappingSeed` draws which of them goes right; with null, 1 goes right in all cells
//   reward       -moveCost / N for a step to the right, and +1 for a step to the right in the last column (only a dive of N
//                steps to the right gets there). Not `deterministic`: also normal noise, mean 0, variance 1, in the lower corners
//   transition   one column left or right; a move against the edge keeps the column. Not `deterministic`: a step to the right
//                fails with probability 1 / N
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

/** Options of DeepSea. */
export interface DeepSeaOptions {
  /** Rows and columns of the grid (N), at least 1. bsuite uses 10, 12, .. 50. @defaultValue 10 */
  readonly size?: number;
  /** Seed that draws, for each cell, the action that goes right; null: action 1 in all cells, for debugging. @defaultValue 42 */
  readonly mappingSeed?: number | null;
  /** False for rewards with noise and steps to the right that may fail. @defaultValue true */
  readonly deterministic?: boolean;
  /** Total cost of N steps to the right, at least 0. @defaultValue 0.01 */
  readonly moveCost?: number;
  /** Form of the observation: "board" is an [N, N] picture, "index" a number, for tabular agents. @defaultValue "board" */
  readonly observation?: "board" | "index";
}

/**
 * Dives through an N x N grid to a treasure that only N steps to the right reach. A test of exploration.
 *
 * Observation: [N, N] bits or 0 .. N^2. Action: 0 or 1. Id: "DeepSea-v0".
 */
export class DeepSea extends SeededEnv<Uint8Array | number, number> {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["size", "mappingSeed", "deterministic", "moveCost", "observation"];
  readonly observationSpace: Box | Discrete;
  readonly actionSpace: Discrete = discrete(2);
  readonly #size: number;
  readonly #stepCost: number;
  readonly #deterministic: boolean;
  /** [N, N]: the action that goes right in each cell. */
  readonly #rightAction: Uint8Array;
  /** Row of the diver; N after the last step. */
  #row = 0;
  #column = 0;

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
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

  /** The action that goes right in each cell: [N, N], row by row. */
  get rightActions(): readonly number[] {
    return Array.from(this.#rightAction);
  }

  step(action: number): StepResult<Uint8Array | number> {
    this.requireDiscrete(action, 2);
    this.requireEpisode();
    const size = this.#size;
    let reward = 0;
    // A step after the end is a mistake of the caller: nothing moves, and the reward is 0.
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

/** Draws a normal number by the method of Box and Muller: two random draws, one of the two results is used. */
function normal(random: Pcg64): number {
  const radius = Math.sqrt(-2 * log(1 - random.random()));
  return radius * cos(2 * PI * random.random());
}
