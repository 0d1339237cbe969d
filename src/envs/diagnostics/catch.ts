// Catch: move a paddle on the lowest row under a ball that falls straight down.
//
//   observation  [rows, columns] bytes, 1 at the ball and at the paddle, else 0
//   action       0 left, 1 stay, 2 right; a move against the edge changes nothing
//   reward       1 when the ball lands on the paddle, -1 when it lands beside the paddle; 0 before
//   start        the ball in a random column of row 0, the paddle in the middle (column floor(columns / 2))
//   end          terminated when the ball is in the lowest row, after rows - 1 steps
//
// The best return is 1. Source: Osband et al. 2020 (bsuite), https://arxiv.org/abs/1908.03568

import type { Pcg64 } from "../../engine/random.ts";
import type { ResetResult, StepResult } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { type Box, box, type Discrete, discrete } from "../../space.ts";
import { boardSvg, boardText } from "../grid-picture.ts";
import { NO_INFO, SeededEnv } from "../seeded-env.ts";

/** Options of Catch. */
export interface CatchOptions {
  /** Rows of the board, at least 2. @defaultValue 10, as in bsuite */
  readonly rows?: number;
  /** Columns of the board, at least 1. @defaultValue 5, as in bsuite */
  readonly columns?: number;
}

/**
 * Moves a paddle under a ball that falls straight down. Best return 1.
 *
 * Observation: [rows, columns] bits. Action: 0 left, 1 stay, 2 right. Id: "Catch-v0".
 */
export class Catch extends SeededEnv<Uint8Array, number> {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["rows", "columns"];
  readonly observationSpace: Box;
  readonly actionSpace: Discrete = discrete(3);
  readonly #rows: number;
  readonly #columns: number;
  #ballRow = 0;
  #ballColumn = 0;
  #paddle = 0;

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: CatchOptions = {}) {
    super("Catch");
    rejectUnknownOptions("Catch", options, Catch.optionNames);
    this.#rows = requireNumber("Catch", "rows", options.rows ?? 10, { min: 2, integer: true }, "Default: 10.");
    this.#columns = requireNumber("Catch", "columns", options.columns ?? 5, { min: 1, integer: true }, "Default: 5.");
    this.observationSpace = box(0, 1, [this.#rows, this.#columns], "uint8");
  }

  step(action: number): StepResult<Uint8Array> {
    this.requireDiscrete(action, 3);
    this.requireEpisode();
    const bottom = this.#rows - 1;
    let reward = 0;
    // A step after the end is a mistake of the caller: nothing moves, and the reward is 0.
    if (this.#ballRow < bottom) {
      this.#paddle = Math.min(Math.max(this.#paddle + action - 1, 0), this.#columns - 1);
      this.#ballRow++;
      if (this.#ballRow === bottom) reward = this.#paddle === this.#ballColumn ? 1 : -1;
    }
    const terminated = this.#ballRow === bottom;
    return { observation: this.#observe(), reward, terminated, truncated: false, info: NO_INFO };
  }

  renderText(): string {
    return boardText(this.#rows, this.#columns, (row, column) =>
      this.#isBall(row, column) ? "o" : this.#isPaddle(row, column) ? "=" : ".",
    );
  }

  renderSvg(): string {
    return boardSvg(this.#rows, this.#columns, (row, column) =>
      this.#isBall(row, column) ? "#d9534f" : this.#isPaddle(row, column) ? "#2d5f8b" : "",
    );
  }

  protected begin(random: Pcg64): ResetResult<Uint8Array> {
    this.#ballRow = 0;
    this.#ballColumn = random.integers(0, this.#columns);
    this.#paddle = Math.floor(this.#columns / 2);
    return { observation: this.#observe(), info: NO_INFO };
  }

  protected writeEpisode(): number[] {
    return [this.#ballRow, this.#ballColumn, this.#paddle];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    const limits = [this.#rows, this.#columns, this.#columns];
    const fits = (value: number, i: number): boolean => Number.isInteger(value) && value >= 0 && value < limits[i];
    if (numbers.length !== 3 || !numbers.every(fits)) return false;
    [this.#ballRow, this.#ballColumn, this.#paddle] = numbers;
    return true;
  }

  #isBall(row: number, column: number): boolean {
    return this.begun && row === this.#ballRow && column === this.#ballColumn;
  }

  #isPaddle(row: number, column: number): boolean {
    return this.begun && row === this.#rows - 1 && column === this.#paddle;
  }

  #observe(): Uint8Array {
    const observation = new Uint8Array(this.#rows * this.#columns);
    observation[this.#ballRow * this.#columns + this.#ballColumn] = 1;
    observation[(this.#rows - 1) * this.#columns + this.#paddle] = 1;
    return observation;
  }
}
