// Invasion: shoot down the aliens that come nearer row by row, and avoid their bullets.
//
//   planes       cannon, alien, alien moving left, alien moving right (each alien is in "alien" and in one of these), own
//                bullet, alien bullet
//   actions      left and right move the cannon on row 9; fire shoots upward, at most every 5 steps
//   aliens       3 rows of 7 move a square sideways every `period` steps. At the edge the aliens go down by one row and turn.
//                `period` is the smaller of 12 and the number of aliens left. Every 10 steps the lowest alien of a random
//                column shoots. Bullets fly a square per step
//   reward       1 for each alien shot
//   ramping      `period` starts one step shorter in every new wave, down to 4
//   start        cannon and aliens in the middle, aliens moving to a random side. A new wave comes when all are shot
//   end          terminated when a bullet hits the cannon or an alien reaches row 9. `make` truncates Invasion-v0 after 5000
//                steps
//
// Source: Young and Tian 2019, appendix, Space Invaders; see arcade-game.ts.
// Differs from paper: an alien that reaches row 9 ends the game in any column, not only on the cannon.

import type { Pcg64 } from "../../engine/random.ts";
import { requireFlag } from "../require-flag.ts";
import {
  ArcadeGame,
  type ArcadePlane,
  type Bounds,
  CELLS,
  FIRE,
  LEFT,
  type RampingArcadeOptions,
  RIGHT,
  SIDE,
  STAY,
} from "./arcade-game.ts";

const PLANES: readonly ArcadePlane[] = [
  { name: "cannon", mark: "A", colour: "#2d5f8b" },
  { name: "alien", mark: "W", colour: "#5a4a8a" },
  { name: "alien moving left", mark: "<", colour: "#5a4a8a" },
  { name: "alien moving right", mark: ">", colour: "#5a4a8a" },
  { name: "own bullet", mark: "'", colour: "#7bc47f" },
  { name: "alien bullet", mark: "!", colour: "#d9534f" },
];
const BOTTOM = SIDE - 1;
const FILE_COUNT = 7;
const RANK_COUNT = 3;
const FIRST_PERIOD = 12;
const LEAST_PERIOD = 4;
const RELOAD_STEPS = 5;
const ALIEN_SHOT_STEPS = 10;
/** More bullets than can be in the air at once: a bullet flies at most 9 steps. */
const BULLETS = 3;
const NONE = -1;
const BIT = [0, 1] as const;
const PLACE = [0, SIDE - 1] as const;
const FLIGHT = [NONE, SIDE - 1] as const;
const BOUNDS: Bounds = [
  PLACE,
  [0, RELOAD_STEPS],
  [0, ALIEN_SHOT_STEPS],
  [-1, FIRST_PERIOD],
  [LEAST_PERIOD, FIRST_PERIOD],
  [0, SIDE - 1],
  [1 - FILE_COUNT, SIDE - 1],
  BIT,
  ...Array.from({ length: FILE_COUNT * RANK_COUNT }, () => BIT),
  ...Array.from({ length: 2 * BULLETS }, () => [FLIGHT, PLACE]).flat(),
];

/**
 * Shoots down aliens that come nearer row by row. Reward 1 for each alien.
 *
 * Observation: [6, 10, 10] bits. Action: 0 .. 5 (with `minimalActions` 0 .. 3). Id: "Invasion-v0".
 */
export class Invasion extends ArcadeGame {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["stickyActionProbability", "minimalActions", "difficultyRamping"];
  protected readonly bounds: Bounds = BOUNDS;
  readonly #ramping: boolean;
  #cannon = 0;
  #reload = 0;
  #alienShot = 0;
  #alienMove = 0;
  /** Steps between two moves of a full wave. */
  #wavePeriod = FIRST_PERIOD;
  /** Square of the swarm's corner (rank 0, file 0). Without aliens in that file, the file may lie outside the board. */
  #top = 0;
  #left = 0;
  #direction = 1;
  /** [ranks, files]: 1 where an alien is alive. */
  readonly #alive = new Uint8Array(RANK_COUNT * FILE_COUNT);
  #aliveCount = 0;
  /** Row and column of each bullet; row NONE: the bullet is not in the air. */
  readonly #ownRow = new Int8Array(BULLETS);
  readonly #ownColumn = new Int8Array(BULLETS);
  readonly #alienRow = new Int8Array(BULLETS);
  readonly #alienColumn = new Int8Array(BULLETS);

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: RampingArcadeOptions = {}) {
    super("Invasion", PLANES, [STAY, LEFT, RIGHT, FIRE], options, Invasion.optionNames);
    this.#ramping = requireFlag("Invasion", "difficultyRamping", options.difficultyRamping, true);
  }

  protected deal(random: Pcg64): void {
    this.#cannon = 4;
    this.#reload = 0;
    this.#alienShot = ALIEN_SHOT_STEPS;
    this.#wavePeriod = FIRST_PERIOD;
    this.#ownRow.fill(NONE);
    this.#alienRow.fill(NONE);
    this.#ownColumn.fill(0);
    this.#alienColumn.fill(0);
    this.#muster(random);
  }

  protected advance(action: number, random: Pcg64): number {
    if (action === LEFT) this.#cannon = Math.max(this.#cannon - 1, 0);
    else if (action === RIGHT) this.#cannon = Math.min(this.#cannon + 1, SIDE - 1);
    if (this.#reload > 0) this.#reload--;

    let reward = this.#flyOwn();
    if (action === FIRE && this.#reload === 0) {
      this.#reload = RELOAD_STEPS;
      launch(this.#ownRow, this.#ownColumn, BOTTOM - 1, this.#cannon);
      reward += this.#strike();
    }
    this.#flyAliens();
    if (--this.#alienShot <= 0) {
      this.#alienShot = ALIEN_SHOT_STEPS;
      this.#shoot(random);
    }
    // Fewer aliens move sooner. This shortens a wait that has already begun too.
    this.#alienMove = Math.min(this.#alienMove, this.#aliveCount) - 1;
    if (this.#alienMove <= 0) {
      this.#march();
      reward += this.#strike();
      this.#alienMove = Math.min(this.#wavePeriod, this.#aliveCount);
    }
    if (this.#hitsCannon()) this.finish();
    if (this.#aliveCount === 0) {
      if (this.#ramping) this.#wavePeriod = Math.max(this.#wavePeriod - 1, LEAST_PERIOD);
      this.#muster(random);
    }
    return reward;
  }

  protected draw(bits: Uint8Array): void {
    bits[BOTTOM * SIDE + this.#cannon] = 1;
    const towards = this.#direction < 0 ? 2 : 3;
    for (let rank = 0; rank < RANK_COUNT; rank++) {
      const corner = (this.#top + rank) * SIDE + this.#left;
      for (let file = 0; file < FILE_COUNT; file++) {
        if (this.#alive[rank * FILE_COUNT + file] === 0) continue;
        bits[CELLS + corner + file] = 1;
        bits[towards * CELLS + corner + file] = 1;
      }
    }
    for (let i = 0; i < BULLETS; i++) {
      if (this.#ownRow[i] !== NONE) bits[4 * CELLS + this.#ownRow[i] * SIDE + this.#ownColumn[i]] = 1;
      if (this.#alienRow[i] !== NONE) bits[5 * CELLS + this.#alienRow[i] * SIDE + this.#alienColumn[i]] = 1;
    }
  }

  protected write(): number[] {
    const timers = [this.#cannon, this.#reload, this.#alienShot, this.#alienMove, this.#wavePeriod];
    const swarm = [this.#top, this.#left, this.#direction > 0 ? 1 : 0, ...this.#alive];
    const bullets: number[] = [];
    for (let i = 0; i < BULLETS; i++) {
      bullets.push(this.#ownRow[i], this.#ownColumn[i], this.#alienRow[i], this.#alienColumn[i]);
    }
    return [...timers, ...swarm, ...bullets];
  }

  protected read(numbers: readonly number[]): void {
    [this.#cannon, this.#reload, this.#alienShot, this.#alienMove, this.#wavePeriod, this.#top, this.#left] = numbers;
    this.#direction = numbers[7] === 1 ? 1 : -1;
    const aliens = FILE_COUNT * RANK_COUNT;
    this.#alive.set(numbers.slice(8, 8 + aliens));
    this.#aliveCount = this.#alive.reduce((sum, alien) => sum + alien, 0);
    for (let i = 0, at = 8 + aliens; i < BULLETS; i++, at += 4) {
      this.#ownRow[i] = numbers[at];
      this.#ownColumn[i] = numbers[at + 1];
      this.#alienRow[i] = numbers[at + 2];
      this.#alienColumn[i] = numbers[at + 3];
    }
  }

  /** Sets up a full wave that moves to a random side. */
  #muster(random: Pcg64): void {
    this.#alive.fill(1);
    this.#aliveCount = FILE_COUNT * RANK_COUNT;
    this.#top = 0;
    this.#left = 1 + random.integers(0, 2);
    this.#direction = random.integers(0, 2) === 0 ? -1 : 1;
    this.#alienMove = this.#wavePeriod;
  }

  #flyOwn(): number {
    // A bullet that leaves row 0 gets row -1, which is NONE.
    for (let i = 0; i < BULLETS; i++) if (this.#ownRow[i] !== NONE) this.#ownRow[i]--;
    return this.#strike();
  }

  #flyAliens(): void {
    for (let i = 0; i < BULLETS; i++) {
      if (this.#alienRow[i] === NONE) continue;
      this.#alienRow[i] = this.#alienRow[i] === BOTTOM ? NONE : this.#alienRow[i] + 1;
    }
  }

  /** Removes own bullets that meet an alien, and these aliens. @returns the number of aliens removed */
  #strike(): number {
    let hits = 0;
    for (let i = 0; i < BULLETS; i++) {
      if (this.#ownRow[i] === NONE) continue;
      const rank = this.#ownRow[i] - this.#top;
      const file = this.#ownColumn[i] - this.#left;
      if (rank < 0 || rank >= RANK_COUNT || file < 0 || file >= FILE_COUNT) continue;
      if (this.#alive[rank * FILE_COUNT + file] === 0) continue;
      this.#alive[rank * FILE_COUNT + file] = 0;
      this.#aliveCount--;
      this.#ownRow[i] = NONE;
      hits++;
    }
    return hits;
  }

  /** Moves the swarm sideways. If a living alien stands at the edge, the swarm moves down and turns instead. */
  #march(): void {
    let first = FILE_COUNT;
    let last = NONE;
    let lowest = 0;
    for (let file = 0; file < FILE_COUNT; file++) {
      const rank = this.#lowest(file);
      if (rank === NONE) continue;
      first = Math.min(first, file);
      last = file;
      lowest = Math.max(lowest, rank);
    }
    if (last === NONE) return;
    const stopped = this.#direction < 0 ? this.#left + first === 0 : this.#left + last === SIDE - 1;
    if (!stopped) {
      this.#left += this.#direction;
      return;
    }
    this.#direction = -this.#direction;
    this.#top++;
    if (this.#top + lowest === BOTTOM) this.finish();
  }

  /** Lets the lowest alien of a random file shoot; only files with a living alien are drawn. */
  #shoot(random: Pcg64): void {
    let files = 0;
    for (let file = 0; file < FILE_COUNT; file++) if (this.#lowest(file) !== NONE) files++;
    if (files === 0) return;
    let skip = random.integers(0, files);
    for (let file = 0; file < FILE_COUNT; file++) {
      const rank = this.#lowest(file);
      if (rank === NONE || skip-- > 0) continue;
      launch(this.#alienRow, this.#alienColumn, this.#top + rank + 1, this.#left + file);
      return;
    }
  }

  #lowest(file: number): number {
    for (let rank = RANK_COUNT - 1; rank >= 0; rank--) if (this.#alive[rank * FILE_COUNT + file] === 1) return rank;
    return NONE;
  }

  #hitsCannon(): boolean {
    for (let i = 0; i < BULLETS; i++) {
      if (this.#alienRow[i] === BOTTOM && this.#alienColumn[i] === this.#cannon) return true;
    }
    return false;
  }
}

function launch(rows: Int8Array, columns: Int8Array, row: number, column: number): void {
  for (let i = 0; i < BULLETS; i++) {
    if (rows[i] !== NONE) continue;
    rows[i] = row;
    columns[i] = column;
    return;
  }
}
