// The common base of the five arcade games on 10 x 10 squares: observations of bit planes, the six actions of a joystick
// with a button, sticky actions, ramping difficulty, pictures and saved states. Each game is one file: its planes, its rules.
//
//   observation  [planes, 10, 10] bytes 0 or 1: plane by plane (NCHW, the order of convolutions), row 0 at the top. The
//                property `planes` describes the planes of a game
//   action       0 stay, 1 left, 2 up, 3 right, 4 down, 5 fire, in all games, even if some actions do nothing. With
//                `minimalActions` only the actions that do something, in the same order
//   sticky       with probability `stickyActionProbability` the game repeats the previous action instead of the given one
//   start, end   each game has its own. At the start the previous action is "stay". Some games never end by themselves: `make`
//                truncates after 5000 steps
//
// Source: Young and Tian 2019 (MinAtar), https://arxiv.org/abs/1903.03176: the idea, the words in which its appendix describes
// the games, probability 0.1 of sticky actions (Machado et al. 2018, https://arxiv.org/abs/1709.06009, have 0.25) and ramping
// by default. The paper leaves sizes, speeds and places open; these, and the names, are this project's own. Results are
// therefore not comparable with MinAtar's.

import type { Pcg64 } from "../../engine/random.ts";
import type { ResetResult, StepResult } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { type Box, box, type Discrete, discrete } from "../../space.ts";
import { boardSvg, boardText } from "../grid-picture.ts";
import { requireFlag } from "../require-flag.ts";
import { NO_INFO, SeededEnv } from "../seeded-env.ts";

/** Squares per side of the board. */
export const SIDE = 10;
/** Squares of the board. */
export const CELLS: number = SIDE * SIDE;

/** The six actions, as they are numbered in all games. */
export const STAY = 0;
export const LEFT = 1;
export const UP = 2;
export const RIGHT = 3;
export const DOWN = 4;
export const FIRE = 5;

/** Options of every arcade game. */
export interface ArcadeOptions {
  /** Probability that the game repeats the previous action instead of the given one, 0 .. 1. Paper: 0.1. @defaultValue 0.1 */
  readonly stickyActionProbability?: number;
  /** True to offer only the actions that do something in this game; false for all six, as in the paper. @defaultValue false */
  readonly minimalActions?: boolean;
}

/** Options of the games that can get harder during an episode. */
export interface RampingArcadeOptions extends ArcadeOptions {
  /** True when the game gets faster during an episode, as in the paper. @defaultValue true */
  readonly difficultyRamping?: boolean;
}

/** One plane of the observation, and its look in pictures. */
export interface ArcadePlane {
  /** Meaning of the plane, such as "paddle". */
  readonly name: string;
  /** The character of a set bit in text pictures. */
  readonly mark: string;
  /** The CSS colour of a set bit in SVG pictures. */
  readonly colour: string;
}

/** Lowest and highest value of each number in a saved game, both inclusive. All numbers are integers. */
export type Bounds = readonly (readonly [low: number, high: number])[];

/** Observations per shared buffer. A new buffer for each observation would cost more than the game itself (measured: 456 ns
 * for 400 bytes in Node 20, against 68 ns for a part of a larger buffer). */
const FRAMES_PER_BUFFER = 16;

/** Base class of the arcade games; see the head of this file for observations and actions. */
export abstract class ArcadeGame extends SeededEnv<Uint8Array, number> {
  readonly observationSpace: Box;
  readonly actionSpace: Discrete;
  /** The planes of the observation, in order. If several planes are set on one square, pictures show the first. */
  readonly planes: readonly ArcadePlane[];
  readonly #size: number;
  readonly #actions: readonly number[];
  readonly #stickiness: number;
  #buffer: Uint8Array = new Uint8Array(0);
  #used = 0;
  #over = false;
  #executed = STAY;

  /**
   * @param name        name of the game in messages and saved states
   * @param planes      planes of the observation, in order
   * @param minimal     the actions that do something in this game
   * @param options     options of the user
   * @param optionNames names of the options that the game accepts
   * @throws TypeError, RangeError for an option that is unknown or out of range
   */
  constructor(
    name: string,
    planes: readonly ArcadePlane[],
    minimal: readonly number[],
    options: ArcadeOptions,
    optionNames: readonly string[],
  ) {
    super(name);
    rejectUnknownOptions(name, options, optionNames);
    const { stickyActionProbability = 0.1, minimalActions } = options;
    const share = { min: 0, max: 1 };
    this.#stickiness = requireNumber(name, "stickyActionProbability", stickyActionProbability, share, "Default: 0.1.");
    this.#actions = requireFlag(name, "minimalActions", minimalActions, false)
      ? minimal
      : [STAY, LEFT, UP, RIGHT, DOWN, FIRE];
    this.planes = planes;
    this.#size = planes.length * CELLS;
    this.observationSpace = box(0, 1, [planes.length, SIDE, SIDE], "uint8");
    this.actionSpace = discrete(this.#actions.length);
  }

  /**
   * Makes one step. The observation is a view into a buffer that several consecutive observations share. The buffer is not
   * written again, but a transfer to another thread needs a copy of the observation.
   */
  step(action: number): StepResult<Uint8Array> {
    this.requireDiscrete(action, this.#actions.length);
    this.requireEpisode();
    let reward = 0;
    // A step after the end is a mistake of the caller: nothing moves, and the reward is 0.
    if (!this.#over) {
      const sticks = this.#stickiness > 0 && this.random.random() < this.#stickiness;
      if (!sticks) this.#executed = this.#actions[action];
      reward = this.advance(this.#executed, this.random);
    }
    return { observation: this.#observe(), reward, terminated: this.#over, truncated: false, info: NO_INFO };
  }

  renderText(): string {
    const bits = this.#picture();
    const board = boardText(SIDE, SIDE, (row, column) => {
      const plane = this.#topmost(bits, row * SIDE + column);
      return plane === undefined ? "." : plane.mark;
    });
    return this.#over ? `${board}\ngame over` : board;
  }

  renderSvg(): string {
    const bits = this.#picture();
    return boardSvg(SIDE, SIDE, (row, column) => this.#topmost(bits, row * SIDE + column)?.colour ?? "");
  }

  /** Sets up a new game. */
  protected abstract deal(random: Pcg64): void;

  /** Makes one step of the game. @returns the reward */
  protected abstract advance(action: number, random: Pcg64): number;

  /** Sets the bits of the observation. All bits are 0 before the call. */
  protected abstract draw(bits: Uint8Array): void;

  /** Returns the state of the game as integers within `bounds`. */
  protected abstract write(): number[];

  /** Bounds of the numbers that `write` returns. */
  protected abstract readonly bounds: Bounds;

  /** Restores the state that `write` returned. The numbers are within `bounds`. */
  protected abstract read(numbers: readonly number[]): void;

  /** Ends the game. Called by `advance`. */
  protected finish(): void {
    this.#over = true;
  }

  protected begin(random: Pcg64): ResetResult<Uint8Array> {
    this.#over = false;
    this.#executed = STAY;
    this.deal(random);
    return { observation: this.#observe(), info: NO_INFO };
  }

  protected writeEpisode(): number[] {
    return [this.#over ? 1 : 0, this.#executed, ...this.write()];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    const [over, executed, ...own] = numbers;
    const within = (value: number, low: number, high: number): boolean =>
      Number.isInteger(value) && value >= low && value <= high;
    if (!within(over, 0, 1) || !within(executed, STAY, FIRE) || own.length !== this.bounds.length) return false;
    if (!own.every((value, i) => within(value, this.bounds[i][0], this.bounds[i][1]))) return false;
    this.read(own);
    this.#over = over === 1;
    this.#executed = executed;
    return true;
  }

  #observe(): Uint8Array {
    const size = this.#size;
    if (this.#used === this.#buffer.length) {
      this.#buffer = new Uint8Array(FRAMES_PER_BUFFER * size);
      this.#used = 0;
    }
    const bits = this.#buffer.subarray(this.#used, this.#used + size);
    this.#used += size;
    this.draw(bits);
    return bits;
  }

  #picture(): Uint8Array {
    const bits = new Uint8Array(this.#size);
    if (this.begun) this.draw(bits);
    return bits;
  }

  #topmost(bits: Uint8Array, cell: number): ArcadePlane | undefined {
    return this.planes.find((_, plane) => bits[plane * CELLS + cell] === 1);
  }
}
