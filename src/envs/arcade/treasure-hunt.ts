// TreasureHunt: pick up treasures that move past, and touch no enemy.
//
//   planes       hunter, enemy, treasure, trail (the square behind each enemy and treasure)
//   actions      left, up, right and down move the hunter by a square within rows 1 to 8
//   traffic      at most one object in each of rows 1 to 8; it moves a square every `movePeriod` = 5 steps. Every `entryPeriod` =
//                10 steps an object comes in at a random side of a random free row: a treasure with probability 1/3, otherwise
//                an enemy
//   reward       1 for each treasure touched
//   ramping      every 100 steps, in turns: `movePeriod` becomes a step shorter, down to 1, or `entryPeriod`, down to 2
//   start        the hunter in row 5, column 5, no traffic
//   end          terminated on touching an enemy. `make` truncates TreasureHunt-v0 after 5000 steps
//
// Source: Young and Tian 2019, appendix, Asterix; see arcade-game.ts.

import type { Pcg64 } from "../../engine/random.ts";
import { requireFlag } from "../require-flag.ts";
import {
  ArcadeGame,
  type ArcadePlane,
  type Bounds,
  CELLS,
  DOWN,
  LEFT,
  type RampingArcadeOptions,
  RIGHT,
  SIDE,
  STAY,
  UP,
} from "./arcade-game.ts";
import { LANES, LaneTraffic, NOTHING } from "./lane-traffic.ts";

const PLANES: readonly ArcadePlane[] = [
  { name: "hunter", mark: "@", colour: "#2d5f8b" },
  { name: "enemy", mark: "X", colour: "#d9534f" },
  { name: "treasure", mark: "$", colour: "#f0c419" },
  { name: "trail", mark: "-", colour: "#d9dfe3" },
];
const ENEMY = 0;
const TREASURE = 1;
const FIRST_MOVE_PERIOD = 5;
const FIRST_ENTRY_PERIOD = 10;
const LEAST_ENTRY_PERIOD = 2;
const RAMP_STEPS = 100;

/**
 * Picks up treasures and avoids enemies. Reward 1 for each treasure.
 *
 * Observation: [4, 10, 10] bits. Action: 0 .. 5 (with `minimalActions` 0 .. 4). Id: "TreasureHunt-v0".
 */
export class TreasureHunt extends ArcadeGame {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["stickyActionProbability", "minimalActions", "difficultyRamping"];
  protected readonly bounds: Bounds;
  readonly #ramping: boolean;
  #row = 0;
  #column = 0;
  #movePeriod = FIRST_MOVE_PERIOD;
  #entryPeriod = FIRST_ENTRY_PERIOD;
  #untilMove = 0;
  #untilEntry = 0;
  #untilRamp = 0;
  /** True when the next ramp shortens `entryPeriod`, false when it shortens `movePeriod`. */
  #rampsEntry = false;
  readonly #traffic = new LaneTraffic(2);

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: RampingArcadeOptions = {}) {
    super("TreasureHunt", PLANES, [STAY, LEFT, UP, RIGHT, DOWN], options, TreasureHunt.optionNames);
    this.#ramping = requireFlag("TreasureHunt", "difficultyRamping", options.difficultyRamping, true);
    this.bounds = [
      [1, LANES],
      [0, SIDE - 1],
      [1, FIRST_MOVE_PERIOD],
      [LEAST_ENTRY_PERIOD, FIRST_ENTRY_PERIOD],
      [1, FIRST_MOVE_PERIOD],
      [1, FIRST_ENTRY_PERIOD],
      [1, RAMP_STEPS],
      [0, 1],
      ...this.#traffic.bounds,
    ];
  }

  protected deal(): void {
    this.#row = 5;
    this.#column = 5;
    this.#movePeriod = FIRST_MOVE_PERIOD;
    this.#entryPeriod = FIRST_ENTRY_PERIOD;
    this.#untilMove = FIRST_MOVE_PERIOD;
    this.#untilEntry = FIRST_ENTRY_PERIOD;
    this.#untilRamp = RAMP_STEPS;
    this.#rampsEntry = false;
    this.#traffic.clear();
  }

  protected advance(action: number, random: Pcg64): number {
    if (action === LEFT) this.#column = Math.max(this.#column - 1, 0);
    else if (action === RIGHT) this.#column = Math.min(this.#column + 1, SIDE - 1);
    else if (action === UP) this.#row = Math.max(this.#row - 1, 1);
    else if (action === DOWN) this.#row = Math.min(this.#row + 1, LANES);
    let reward = this.#touch();

    if (--this.#untilMove === 0) {
      this.#untilMove = this.#movePeriod;
      this.#traffic.move();
    }
    if (--this.#untilEntry === 0) {
      this.#untilEntry = this.#entryPeriod;
      this.#traffic.enter(random, random.integers(0, 3) === 0 ? TREASURE : ENEMY);
    }
    reward += this.#touch();
    if (--this.#untilRamp === 0) this.#ramp();
    return reward;
  }

  protected draw(bits: Uint8Array): void {
    bits[this.#row * SIDE + this.#column] = 1;
    const { column, kind } = this.#traffic;
    for (let lane = 0; lane < LANES; lane++) {
      if (column[lane] === NOTHING) continue;
      const row = (lane + 1) * SIDE;
      bits[(kind[lane] === TREASURE ? 2 : 1) * CELLS + row + column[lane]] = 1;
      const behind = this.#traffic.behind(lane);
      if (behind !== NOTHING) bits[3 * CELLS + row + behind] = 1;
    }
  }

  protected write(): number[] {
    const timers = [this.#movePeriod, this.#entryPeriod, this.#untilMove, this.#untilEntry, this.#untilRamp];
    return [this.#row, this.#column, ...timers, this.#rampsEntry ? 1 : 0, ...this.#traffic.write()];
  }

  protected read(numbers: readonly number[]): void {
    [this.#row, this.#column, this.#movePeriod, this.#entryPeriod] = numbers;
    [this.#untilMove, this.#untilEntry, this.#untilRamp] = numbers.slice(4);
    this.#rampsEntry = numbers[7] === 1;
    this.#traffic.read(numbers, 8);
  }

  #touch(): number {
    if (!this.#traffic.isAt(this.#row, this.#column)) return 0;
    if (this.#traffic.kind[this.#row - 1] === ENEMY) {
      this.finish();
      return 0;
    }
    this.#traffic.remove(this.#row - 1);
    return 1;
  }

  #ramp(): void {
    this.#untilRamp = RAMP_STEPS;
    if (!this.#ramping) return;
    if (this.#rampsEntry) this.#entryPeriod = Math.max(this.#entryPeriod - 1, LEAST_ENTRY_PERIOD);
    else this.#movePeriod = Math.max(this.#movePeriod - 1, 1);
    this.#rampsEntry = !this.#rampsEntry;
  }
}
