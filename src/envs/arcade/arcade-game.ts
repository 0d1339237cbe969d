// What the five arcade games on 10 x 10 squares have in common: planes of bits as observations, the six actions of a joystick
// with a button, sticky actions, ramping difficulty, pictures and saved states. A game is one file: its planes, its rules.
//
//   observation  [planes, 10, 10] bytes 0 or 1: plane by plane (the order of convolutions, NCHW), row 0 at the top; the planes
//                of a game are in its `planes`
//   action       0 stay, 1 left, 2 up, 3 right, 4 down, 5 fire, in all games, also where some do nothing; with
//                `minimalActions` those only that do something, in the same order
//   sticky       with probability `stickyActionProbability` what was done last is done again instead of the action
//   start, end   a game's own; nothing is done last at the start. Some never end by themselves: `make` truncates after 5000
//
// Source: Young and Tian 2019 (MinAtar), https://arxiv.org/abs/1903.03176: the idea, the words in which its appendix describes
// the games, probability 0.1 of sticky actions (Machado et al. 2018, https://arxiv.org/abs/1709.06009, have 0.25) and ramping
// by default. Everything that those words leave open (sizes, speeds, places) is this project's own, so are the names: results
// are not comparable with MinAtar's.

import type { Pcg64 } from "../../engine/random.ts";
import type { ResetResult, StepResult } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { type Box, box, type Discrete, discrete } from "../../space.ts";
import { boardSvg, boardText } from "../grid-picture.ts";
import { requireFlag } from "../require-flag.ts";
import { NO_INFO, SeededEnv } from "../seeded-env.ts";

export const SIDE = 10;
export const CELLS: number = SIDE * SIDE;

export const STAY = 0;
export const LEFT = 1;
export const UP = 2;
export const RIGHT = 3;
export const DOWN = 4;
export const FIRE = 5;

export interface ArcadeOptions {
  /** Probability that the last action is repeated instead, 0 .. 1; default 0.1, as in the paper. */
  readonly stickyActionProbability?: number;
  /** Only the actions that do something in this game; default false: all six, as in the paper. */
  readonly minimalActions?: boolean;
}

export interface RampingArcadeOptions extends ArcadeOptions {
  /** Whether the game gets faster as it goes on; default true, as in the paper. */
  readonly difficultyRamping?: boolean;
}

/** One plane of the observation, and how pictures show it. */
export interface ArcadePlane {
  readonly name: string;
  /** One character. */
  readonly mark: string;
  readonly colour: string;
}

/** Bounds of the numbers of a saved game, both inclusive; all numbers are whole. */
export type Bounds = readonly (readonly [low: number, high: number])[];

/** Observations that share a buffer: allocating one of its own for each costs more than the game (measured: 456 ns for 400
 * bytes in Node 20 against 68 ns for a part of a larger one). */
const FRAMES_PER_BUFFER = 16;

export abstract class ArcadeGame extends SeededEnv<Uint8Array, number> {
  readonly observationSpace: Box;
  readonly actionSpace: Discrete;
  /** The planes of the observation, in order; where several are set, pictures show the first. */
  readonly planes: readonly ArcadePlane[];
  readonly #size: number;
  readonly #actions: readonly number[];
  readonly #stickiness: number;
  #buffer: Uint8Array = new Uint8Array(0);
  #used = 0;
  #over = false;
  #executed = STAY;

  /**
   * @param minimal the actions that do something
   * @throws TypeError, RangeError for an option that breaks its rule above, or unknown ones
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

  /** The observation is a part of a buffer that it shares with its neighbours in time, never written again: copy it to send it. */
  step(action: number): StepResult<Uint8Array> {
    this.requireDiscrete(action, this.#actions.length);
    this.requireEpisode();
    let reward = 0;
    // Steps after the end are the caller's mistake; nothing moves and nothing is paid.
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

  /** One step of the game. @returns the reward */
  protected abstract advance(action: number, random: Pcg64): number;

  /** Sets the bits of the observation; all are 0. */
  protected abstract draw(bits: Uint8Array): void;

  /** The game as whole numbers within `bounds`. */
  protected abstract write(): number[];

  protected abstract readonly bounds: Bounds;

  /** The inverse of `write`; the numbers are within `bounds`. */
  protected abstract read(numbers: readonly number[]): void;

  /** Ends the game, for `advance`. */
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
