// Submarine: shoot enemies, pick up divers, and surface before the oxygen runs out.
//
//   planes       bow, stern (the submarine's two squares; the bow is ahead), own bullet, trail (the square behind each fish,
//                enemy submarine and diver), enemy bullet, fish, enemy submarine, oxygen (bar in row 9, from the left), divers
//                aboard (bar in row 9, from the right), diver
//   actions      left, up, right and down move by a square within rows 0 to 8. A move against its direction turns the submarine
//                within its two squares. Fire shoots from the bow, at most every 5 steps and with one bullet per row
//   traffic      at most one enemy and one diver in each of rows 1 to 8. Every `entryPeriod` = 20 steps an enemy comes in at a
//                random side of a random free row: an enemy submarine with probability 1/3, otherwise a fish. Every 40 steps a
//                diver comes in. Enemies move every `movePeriod` = 5 steps, divers every 5 steps, bullets every step. Each enemy
//                submarine shoots ahead every 10 steps
//   oxygen       lasts 200 steps under water; shown as a bar of ten squares, 20 steps each
//   divers       come aboard when either square touches them, up to 6
//   surfacing    (reaching row 0) needs a diver aboard, and refills the oxygen. With fewer than six divers, one diver leaves the
//                submarine. Six divers leave together, for a reward of 1 for each square of the oxygen bar
//   reward       1 for each enemy shot, and the reward for six divers
//   ramping      each surfacing makes `entryPeriod` one step shorter, down to 5; every second surfacing makes `movePeriod` one
//                step shorter, down to 2
//   start        on the surface, bow in column 5, facing right; full oxygen, no traffic
//   end          terminated when an enemy or its bullet touches either square, when the oxygen is used up, or on surfacing
//                without a diver. `make` truncates Submarine-v0 after 5000 steps
//
// Source: Young and Tian 2019, appendix, Seaquest; see arcade-game.ts.

import type { Pcg64 } from "../../engine/random.ts";
import { requireFlag } from "../require-flag.ts";
import {
  ArcadeGame,
  type ArcadePlane,
  type Bounds,
  CELLS,
  DOWN,
  FIRE,
  LEFT,
  type RampingArcadeOptions,
  RIGHT,
  SIDE,
  STAY,
  UP,
} from "./arcade-game.ts";
import { LANES, LaneTraffic, NOTHING } from "./lane-traffic.ts";

const PLANES: readonly ArcadePlane[] = [
  { name: "bow", mark: "@", colour: "#2d5f8b" },
  { name: "stern", mark: "o", colour: "#7fa8c4" },
  { name: "own bullet", mark: "'", colour: "#7bc47f" },
  { name: "trail", mark: "-", colour: "#d9dfe3" },
  { name: "enemy bullet", mark: "!", colour: "#f08a87" },
  { name: "fish", mark: "f", colour: "#d9534f" },
  { name: "enemy submarine", mark: "E", colour: "#8a2a27" },
  { name: "oxygen", mark: "=", colour: "#bcd4e3" },
  { name: "divers aboard", mark: "*", colour: "#f0c419" },
  { name: "diver", mark: "d", colour: "#f0c419" },
];
const [OWN_BULLET, TRAIL, ENEMY_BULLET, FIRST_ENEMY, OXYGEN, ABOARD, DIVER] = [2, 3, 4, 5, 7, 8, 9].map(
  (plane) => plane * CELLS,
);
const FISH = 0;
const ENEMY_SUBMARINE = 1;
const GAUGES = (SIDE - 1) * SIDE;
const OXYGEN_STEPS = 200;
const STEPS_PER_SQUARE = OXYGEN_STEPS / SIDE;
const FULL_CREW = 6;
const RELOAD_STEPS = 5;
const SHOT_STEPS = 10;
const DIVER_STEPS = 40;
const DIVER_MOVE_STEPS = 5;
const FIRST_ENTRY_PERIOD = 20;
const LEAST_ENTRY_PERIOD = 5;
const FIRST_MOVE_PERIOD = 5;
const LEAST_MOVE_PERIOD = 2;

/**
 * Shoots enemies, picks up divers and surfaces before the oxygen runs out.
 *
 * Observation: [10, 10, 10] bits. Action: 0 .. 5. Id: "Submarine-v0".
 */
export class Submarine extends ArcadeGame {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["stickyActionProbability", "minimalActions", "difficultyRamping"];
  protected readonly bounds: Bounds;
  readonly #ramping: boolean;
  #row = 0;
  /** Column of the bow; the stern is at column - facing. */
  #column = 0;
  #facing = 1;
  #oxygen = OXYGEN_STEPS;
  #aboard = 0;
  #reload = 0;
  #entryPeriod = FIRST_ENTRY_PERIOD;
  #movePeriod = FIRST_MOVE_PERIOD;
  #untilEntry = 0;
  #untilMove = 0;
  #untilDiver = 0;
  #untilDiverMove = 0;
  /** True when the next surfacing shortens `movePeriod` too. */
  #rampsMove = false;
  readonly #enemies = new LaneTraffic(2);
  readonly #divers = new LaneTraffic(1);
  readonly #ownBullets = new LaneTraffic(1);
  readonly #enemyBullets = new LaneTraffic(1);
  /** [LANES]: steps before the enemy submarine of the lane shoots. */
  readonly #untilShot = new Uint8Array(LANES);

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: RampingArcadeOptions = {}) {
    super("Submarine", PLANES, [STAY, LEFT, UP, RIGHT, DOWN, FIRE], options, Submarine.optionNames);
    this.#ramping = requireFlag("Submarine", "difficultyRamping", options.difficultyRamping, true);
    this.bounds = [
      [0, LANES],
      [0, SIDE - 2],
      [0, 1],
      [0, OXYGEN_STEPS],
      [0, FULL_CREW],
      [0, RELOAD_STEPS],
      [LEAST_ENTRY_PERIOD, FIRST_ENTRY_PERIOD],
      [LEAST_MOVE_PERIOD, FIRST_MOVE_PERIOD],
      [1, FIRST_ENTRY_PERIOD],
      [1, FIRST_MOVE_PERIOD],
      [1, DIVER_STEPS],
      [1, DIVER_MOVE_STEPS],
      [0, 1],
      ...this.#enemies.bounds,
      ...this.#divers.bounds,
      ...this.#ownBullets.bounds,
      ...this.#enemyBullets.bounds,
      ...Array.from({ length: LANES }, () => [0, SHOT_STEPS] as const),
    ];
  }

  protected deal(): void {
    this.#row = 0;
    this.#column = 5;
    this.#facing = 1;
    this.#oxygen = OXYGEN_STEPS;
    this.#aboard = 0;
    this.#reload = 0;
    this.#entryPeriod = FIRST_ENTRY_PERIOD;
    this.#movePeriod = FIRST_MOVE_PERIOD;
    this.#untilEntry = FIRST_ENTRY_PERIOD;
    this.#untilMove = FIRST_MOVE_PERIOD;
    this.#untilDiver = DIVER_STEPS;
    this.#untilDiverMove = DIVER_MOVE_STEPS;
    this.#rampsMove = false;
    this.#enemies.clear();
    this.#divers.clear();
    this.#ownBullets.clear();
    this.#enemyBullets.clear();
    this.#untilShot.fill(SHOT_STEPS);
  }

  protected advance(action: number, random: Pcg64): number {
    this.#ownBullets.move();
    let reward = this.#strike();
    reward += this.#obey(action);
    reward += this.#strike();
    this.#takeAboard();
    if (this.#isTouched()) this.finish();

    this.#moveTraffic(random);
    reward += this.#strike();
    this.#takeAboard();
    if (this.#row > 0 && --this.#oxygen <= 0) this.finish();
    if (this.#isTouched()) this.finish();
    return reward;
  }

  protected draw(bits: Uint8Array): void {
    const own = this.#row * SIDE + this.#column;
    bits[own] = 1;
    bits[CELLS + own - this.#facing] = 1;
    for (let lane = 0; lane < LANES; lane++) {
      const row = (lane + 1) * SIDE;
      const enemy = this.#enemies.column[lane];
      const diver = this.#divers.column[lane];
      const ownBullet = this.#ownBullets.column[lane];
      const enemyBullet = this.#enemyBullets.column[lane];
      if (enemy !== NOTHING) {
        bits[FIRST_ENEMY + this.#enemies.kind[lane] * CELLS + row + enemy] = 1;
        const behind = this.#enemies.behind(lane);
        if (behind !== NOTHING) bits[TRAIL + row + behind] = 1;
      }
      if (diver !== NOTHING) {
        bits[DIVER + row + diver] = 1;
        const behind = this.#divers.behind(lane);
        if (behind !== NOTHING) bits[TRAIL + row + behind] = 1;
      }
      if (ownBullet !== NOTHING) bits[OWN_BULLET + row + ownBullet] = 1;
      if (enemyBullet !== NOTHING) bits[ENEMY_BULLET + row + enemyBullet] = 1;
    }
    const full = this.#oxygenSquares();
    for (let i = 0; i < full; i++) bits[OXYGEN + GAUGES + i] = 1;
    for (let i = 0; i < this.#aboard; i++) bits[ABOARD + GAUGES + SIDE - 1 - i] = 1;
  }

  protected write(): number[] {
    const leftSquare = Math.min(this.#column, this.#column - this.#facing);
    const submarine = [this.#row, leftSquare, this.#facing > 0 ? 1 : 0, this.#oxygen, this.#aboard, this.#reload];
    const timers = [this.#untilEntry, this.#untilMove, this.#untilDiver, this.#untilDiverMove];
    const ramp = this.#rampsMove ? 1 : 0;
    return [
      ...submarine,
      this.#entryPeriod,
      this.#movePeriod,
      ...timers,
      ramp,
      ...this.#enemies.write(),
      ...this.#divers.write(),
      ...this.#ownBullets.write(),
      ...this.#enemyBullets.write(),
      ...this.#untilShot,
    ];
  }

  protected read(numbers: readonly number[]): void {
    this.#row = numbers[0];
    this.#facing = numbers[2] === 1 ? 1 : -1;
    this.#column = numbers[1] + numbers[2];
    [this.#oxygen, this.#aboard, this.#reload, this.#entryPeriod, this.#movePeriod] = numbers.slice(3);
    [this.#untilEntry, this.#untilMove, this.#untilDiver, this.#untilDiverMove] = numbers.slice(8);
    this.#rampsMove = numbers[12] === 1;
    let next = this.#enemies.read(numbers, 13);
    next = this.#divers.read(numbers, next);
    next = this.#ownBullets.read(numbers, next);
    next = this.#enemyBullets.read(numbers, next);
    this.#untilShot.set(numbers.slice(next));
  }

  /** Moves or fires. @returns the reward for six divers brought to the surface, otherwise 0 */
  #obey(action: number): number {
    if (this.#reload > 0) this.#reload--;
    if (action === LEFT || action === RIGHT) {
      const towards = action === LEFT ? -1 : 1;
      // After a turn the bow takes the square of the stern. Otherwise the bow moves ahead, unless the edge is reached.
      const column = this.#column + towards;
      if (column >= 0 && column < SIDE) this.#column = column;
      this.#facing = towards;
    } else if (action === DOWN) {
      this.#row = Math.min(this.#row + 1, LANES);
    } else if (action === UP && this.#row > 0) {
      this.#row--;
      if (this.#row === 0) return this.#surface();
    } else if (action === FIRE && this.#reload === 0 && this.#row > 0) {
      const column = this.#column + this.#facing;
      const lane = this.#row - 1;
      if (this.#ownBullets.column[lane] !== NOTHING || column < 0 || column >= SIDE) return 0;
      this.#ownBullets.put(lane, column, this.#facing, 0);
      this.#reload = RELOAD_STEPS;
    }
    return 0;
  }

  #surface(): number {
    if (this.#aboard === 0) {
      this.finish();
      return 0;
    }
    const reward = this.#aboard === FULL_CREW ? this.#oxygenSquares() : 0;
    this.#aboard = this.#aboard === FULL_CREW ? 0 : this.#aboard - 1;
    this.#oxygen = OXYGEN_STEPS;
    if (!this.#ramping) return reward;
    this.#entryPeriod = Math.max(this.#entryPeriod - 1, LEAST_ENTRY_PERIOD);
    if (this.#rampsMove) this.#movePeriod = Math.max(this.#movePeriod - 1, LEAST_MOVE_PERIOD);
    this.#rampsMove = !this.#rampsMove;
    return reward;
  }

  #oxygenSquares(): number {
    return Math.ceil(this.#oxygen / STEPS_PER_SQUARE);
  }

  #moveTraffic(random: Pcg64): void {
    this.#enemyBullets.move();
    if (--this.#untilMove === 0) {
      this.#untilMove = this.#movePeriod;
      this.#enemies.move();
    }
    this.#shoot();
    if (--this.#untilDiverMove === 0) {
      this.#untilDiverMove = DIVER_MOVE_STEPS;
      this.#divers.move();
    }
    if (--this.#untilEntry === 0) {
      this.#untilEntry = this.#entryPeriod;
      this.#enemies.enter(random, random.integers(0, 3) === 0 ? ENEMY_SUBMARINE : FISH);
    }
    if (--this.#untilDiver === 0) {
      this.#untilDiver = DIVER_STEPS;
      this.#divers.enter(random, 0);
    }
  }

  /** Lets enemy submarines shoot: a bullet appears one square ahead. A lane's timer runs only while a submarine is in it. */
  #shoot(): void {
    const { column, direction, kind } = this.#enemies;
    for (let lane = 0; lane < LANES; lane++) {
      if (column[lane] === NOTHING || kind[lane] !== ENEMY_SUBMARINE) {
        this.#untilShot[lane] = SHOT_STEPS;
        continue;
      }
      if (this.#untilShot[lane] > 0) this.#untilShot[lane]--;
      if (this.#untilShot[lane] > 0) continue;
      const muzzle = column[lane] + direction[lane];
      if (this.#enemyBullets.column[lane] !== NOTHING || muzzle < 0 || muzzle >= SIDE) continue;
      this.#enemyBullets.put(lane, muzzle, direction[lane], 0);
      this.#untilShot[lane] = SHOT_STEPS;
    }
  }

  /** Removes own bullets that meet an enemy, and these enemies. @returns the number of enemies removed */
  #strike(): number {
    let hits = 0;
    for (let lane = 0; lane < LANES; lane++) {
      const bullet = this.#ownBullets.column[lane];
      if (bullet === NOTHING || this.#enemies.column[lane] !== bullet) continue;
      this.#enemies.remove(lane);
      this.#ownBullets.remove(lane);
      hits++;
    }
    return hits;
  }

  #takeAboard(): void {
    if (this.#aboard === FULL_CREW || !this.#meets(this.#divers)) return;
    this.#divers.remove(this.#row - 1);
    this.#aboard++;
  }

  #isTouched(): boolean {
    return this.#meets(this.#enemies) || this.#meets(this.#enemyBullets);
  }

  #meets(traffic: LaneTraffic): boolean {
    return traffic.isAt(this.#row, this.#column) || traffic.isAt(this.#row, this.#column - this.#facing);
  }
}
