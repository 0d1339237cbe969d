// RoadCrossing: walk across eight lanes of cars again and again.
//
//   planes       walker, car, and five trail planes, one for each speed from "moves every step" to "moves every 5 steps": the
//                square behind a car is set in the plane of its speed
//   actions      up and down move the walker, at most every 3 steps. The walker stays in column 4
//   cars         one in each of rows 1 to 8. A car that leaves the board comes in again on the other side
//   reward       1 for reaching row 0. The walker then starts again in row 9, and all cars get new random speeds and directions
//   a car hits   the walker starts again in row 9
//   start        walker in row 9; cars in random columns with random speeds and directions
//   end          none of its own; `make` truncates RoadCrossing-v0 after 2500 steps
//
// Source: Young and Tian 2019, appendix, Freeway; see arcade-game.ts.
// Differs from paper: the 2500 steps are a time limit (truncated), because the observation does not show the time. The
// difficulty does not ramp, as in the paper.

import type { Pcg64 } from "../../engine/random.ts";
import {
  ArcadeGame,
  type ArcadeOptions,
  type ArcadePlane,
  type Bounds,
  CELLS,
  DOWN,
  SIDE,
  STAY,
  UP,
} from "./arcade-game.ts";
import { LANES, LaneTraffic } from "./lane-traffic.ts";

const PLANES: readonly ArcadePlane[] = [
  { name: "walker", mark: "@", colour: "#d9534f" },
  { name: "car", mark: "H", colour: "#2d5f8b" },
  { name: "trail of a car that moves every step", mark: "1", colour: "#7fa8c4" },
  { name: "trail of a car that moves every 2 steps", mark: "2", colour: "#94b8cf" },
  { name: "trail of a car that moves every 3 steps", mark: "3", colour: "#a8c6d9" },
  { name: "trail of a car that moves every 4 steps", mark: "4", colour: "#bcd4e3" },
  { name: "trail of a car that moves every 5 steps", mark: "5", colour: "#d0e2ed" },
];
const SLOWEST = 5;
const REST_STEPS = 3;
const COLUMN = 4;
const BOTTOM = SIDE - 1;
const ROW = [0, BOTTOM] as const;

/**
 * Walks across eight lanes of cars again and again. Reward 1 for each crossing.
 *
 * Observation: [7, 10, 10] bits. Action: 0 .. 5 (with `minimalActions` 0 .. 2). Id: "RoadCrossing-v0".
 */
export class RoadCrossing extends ArcadeGame {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["stickyActionProbability", "minimalActions"];
  protected readonly bounds: Bounds;
  #row = BOTTOM;
  /** Steps before the walker can move again. */
  #rest = 0;
  /** The cars. The kind of a car is its period (steps between two moves) minus 1. */
  readonly #cars = new LaneTraffic(SLOWEST);
  /** [LANES]: steps before the car of the lane moves. */
  readonly #wait = new Uint8Array(LANES);

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: ArcadeOptions = {}) {
    super("RoadCrossing", PLANES, [STAY, UP, DOWN], options, RoadCrossing.optionNames);
    // A lane is never empty here.
    const car = [[0, SIDE - 1] as const, [0, 1] as const, [0, SLOWEST - 1] as const];
    const cars = Array.from({ length: LANES }, () => car).flat();
    this.bounds = [ROW, [0, REST_STEPS], ...cars, ...Array.from({ length: LANES }, () => [1, SLOWEST] as const)];
  }

  protected deal(random: Pcg64): void {
    this.#row = BOTTOM;
    this.#rest = 0;
    for (let lane = 0; lane < LANES; lane++) this.#cars.put(lane, random.integers(0, SIDE), 1, 0);
    this.#drawSpeeds(random);
  }

  protected advance(action: number, random: Pcg64): number {
    if (this.#rest > 0) this.#rest--;
    if (this.#rest === 0 && (action === UP || action === DOWN)) {
      this.#row = Math.min(Math.max(this.#row + (action === UP ? -1 : 1), 0), BOTTOM);
      this.#rest = REST_STEPS;
    }
    this.#sendBackIfHit();
    const { column, direction, kind } = this.#cars;
    for (let lane = 0; lane < LANES; lane++) {
      if (--this.#wait[lane] > 0) continue;
      this.#wait[lane] = kind[lane] + 1;
      column[lane] = wrap(column[lane] + direction[lane]);
    }
    this.#sendBackIfHit();
    if (this.#row > 0) return 0;
    this.#row = BOTTOM;
    this.#drawSpeeds(random);
    return 1;
  }

  protected draw(bits: Uint8Array): void {
    bits[this.#row * SIDE + COLUMN] = 1;
    const { column, direction, kind } = this.#cars;
    for (let lane = 0; lane < LANES; lane++) {
      const row = (lane + 1) * SIDE;
      bits[CELLS + row + column[lane]] = 1;
      bits[(2 + kind[lane]) * CELLS + row + wrap(column[lane] - direction[lane])] = 1;
    }
  }

  protected write(): number[] {
    return [this.#row, this.#rest, ...this.#cars.write(), ...this.#wait];
  }

  protected read(numbers: readonly number[]): void {
    [this.#row, this.#rest] = numbers;
    const next = this.#cars.read(numbers, 2);
    this.#wait.set(numbers.slice(next));
  }

  #drawSpeeds(random: Pcg64): void {
    for (let lane = 0; lane < LANES; lane++) {
      const period = 1 + random.integers(0, SLOWEST);
      this.#cars.kind[lane] = period - 1;
      this.#cars.direction[lane] = random.integers(0, 2) === 0 ? -1 : 1;
      this.#wait[lane] = period;
    }
  }

  #sendBackIfHit(): void {
    if (this.#cars.isAt(this.#row, COLUMN)) this.#row = BOTTOM;
  }
}

/** Returns the column on the board: a car that leaves on one side comes in on the other. */
function wrap(column: number): number {
  return column < 0 ? SIDE - 1 : column === SIDE ? 0 : column;
}
