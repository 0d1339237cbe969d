// Taxi: fetch a passenger at one of four places and bring the passenger to another, on a 5 x 5 grid with walls.
//
//   observation  ((row * 5 + column) * 5 + passenger) * 4 + destination: 0 .. 499
//                passenger 0 red, 1 green, 2 yellow, 3 blue, 4 in the taxi; destination 0 .. 3 likewise
//   action       0 south, 1 north, 2 east, 3 west, 4 pick up, 5 put down; a move against a wall changes nothing
//   reward       -1 for every step, 20 for putting down at the destination, -10 for a false pick up or put down
//   start        one of the 300 states where the passenger waits at a place that is not the destination
//   end          terminated: passenger delivered. `make` truncates Taxi-v4 after 200 steps
//   rain         with `isRainy` a move along an open way succeeds with probability `rainyProbability`; with half of the rest
//                each it goes to either side
//   fickleness   with `ficklePassenger`, in a share `fickleProbability` of the episodes, the destination changes once: on the
//                first move with the passenger aboard. `transitions()` leaves this out
//   info         prob: probability of the drawn outcome; actionMask: [6], 1 for the actions that change the state
//
// Source: Dietterich 2000, section 7.1, https://arxiv.org/abs/cs/9905014; as in Gymnasium 1.3 (Taxi-v4).

import type { Pcg64 } from "../engine/random.ts";
import type { Info, ResetResult } from "../env.ts";
import { rejectUnknownOptions, requireNumber } from "../errors.ts";
import { type Discrete, discrete } from "../space.ts";
import { requireFlag } from "./require-flag.ts";
import type { ResetSettings } from "./seeded-env.ts";
import { TableDrivenEnv, type TabularTransition, type TransitionTable } from "./tabular.ts";

const MAP = ["+---------+", "|R: | : :G|", "| : | : : |", "| : : : : |", "| | : | : |", "|Y| : |B: |", "+---------+"];
const PLACES: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 4],
  [4, 0],
  [4, 3],
];
const PLACE_NAMES = ["red", "green", "yellow", "blue"];
const ACTION_NAMES = ["south", "north", "east", "west", "pick up", "put down"];
const ABOARD = 4;
const ROW_STEP = [1, -1, 0, 0];
const COLUMN_STEP = [0, 0, 1, -1];
/** The two side moves of each move, in the order in which their probabilities are summed. */
const SIDES: readonly (readonly [number, number])[] = [
  [2, 3],
  [3, 2],
  [1, 0],
  [0, 1],
];

/** Options of Taxi. */
export interface TaxiOptions {
  /** True for moves that may slip to either side. @defaultValue false */
  readonly isRainy?: boolean;
  /** True for a passenger who may change the destination once. @defaultValue false */
  readonly ficklePassenger?: boolean;
  /** Probability that a move in the rain succeeds. @defaultValue 0.8 */
  readonly rainyProbability?: number;
  /** Share of the episodes in which a fickle passenger changes the destination. @defaultValue 0.3 */
  readonly fickleProbability?: number;
}

/** Positions of taxi, passenger and destination; the places are numbered in the head of this file. */
export interface TaxiScene {
  /** Row of the taxi, 0 .. 4. */
  readonly row: number;
  /** Column of the taxi, 0 .. 4. */
  readonly column: number;
  /** Place of the passenger, 0 .. 3, or 4 in the taxi. */
  readonly passenger: number;
  /** Place of the destination, 0 .. 3. */
  readonly destination: number;
}

/** Returns the observation of a scene, 0 .. 499. */
export function encodeTaxi(scene: TaxiScene): number {
  return ((scene.row * 5 + scene.column) * 5 + scene.passenger) * 4 + scene.destination;
}

/** Returns the scene of an observation, 0 .. 499. */
export function decodeTaxi(state: number): TaxiScene {
  return {
    row: Math.floor(state / 100),
    column: Math.floor(state / 20) % 5,
    passenger: Math.floor(state / 4) % 5,
    destination: state % 4,
  };
}

/**
 * Drives a taxi that fetches a passenger at one of four places and brings the passenger to another.
 *
 * Observation: 0 .. 499. Action: 0 south, 1 north, 2 east, 3 west, 4 pick up, 5 put down. Id: "Taxi-v4".
 */
export class Taxi extends TableDrivenEnv {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = [
    "isRainy",
    "ficklePassenger",
    "rainyProbability",
    "fickleProbability",
  ];
  readonly observationSpace: Discrete = discrete(500);
  readonly actionSpace: Discrete = discrete(6);
  readonly #fickle: boolean;
  readonly #fickleProbability: number;
  readonly #masks: readonly Uint8Array[] = Array.from({ length: 500 }, (_, state) => maskOf(decodeTaxi(state)));
  /** True while the passenger of this episode will still change the destination. */
  #undecided = false;

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: TaxiOptions = {}) {
    rejectUnknownOptions("Taxi", options, Taxi.optionNames);
    const rainy = requireFlag("Taxi", "isRainy", options.isRainy, false);
    const rule = { min: 0, max: 1 };
    const { rainyProbability = 0.8, fickleProbability = 0.3 } = options;
    requireNumber("Taxi", "rainyProbability", rainyProbability, rule, "Gymnasium's is 0.8.");
    requireNumber("Taxi", "fickleProbability", fickleProbability, rule, "Gymnasium's is 0.3.");
    super("Taxi", buildTable(rainy ? rainyProbability : undefined), startStates());
    this.#fickle = requireFlag("Taxi", "ficklePassenger", options.ficklePassenger, false);
    this.#fickleProbability = fickleProbability;
  }

  renderText(): string {
    const edge = `+${"-".repeat(19)}+`;
    const scene = this.begun ? decodeTaxi(this.current) : undefined;
    const rows = Array.from({ length: 5 }, (_, row) => {
      const walls = MAP[row + 1];
      return Array.from({ length: 5 }, (_cell, column) => walls[2 * column] + pictureOf(row, column, scene)).join("");
    });
    const grid = [edge, ...rows.map((row) => `${row}|`), edge].join("\n");
    if (scene === undefined) return grid;
    const who = scene.passenger === ABOARD ? "aboard" : `waits at ${PLACE_NAMES[scene.passenger]}`;
    const last = this.lastAction < 0 ? "" : `\nlast action: ${ACTION_NAMES[this.lastAction]}`;
    return `${grid}\n[ ] taxi, passenger ${who}, ( ) destination ${PLACE_NAMES[scene.destination]}${last}`;
  }

  renderSvg(): string {
    const colors = ["#e74c3c", "#2ecc71", "#f1c40f", "#3498db"];
    const x = (column: number): number => 110 + column * 76;
    const y = (row: number): number => 10 + row * 76;
    let svg = '<rect width="600" height="400" fill="#fff"/><path fill="#eee" d="M110 10h380v380h-380z"/>';
    PLACES.forEach(([row, column], place) => {
      svg += `<rect x="${x(column)}" y="${y(row)}" width="76" height="76" fill="${colors[place]}" fill-opacity=".5"/>`;
    });
    for (let row = 0; row < 5; row++) {
      for (let column = 1; column < 5; column++) {
        if (MAP[row + 1][2 * column] === "|") {
          svg += `<path d="M${x(column)} ${y(row)}v76" stroke="#000" stroke-width="5"/>`;
        }
      }
    }
    if (!this.begun) return svg;
    const { row, column, passenger, destination } = decodeTaxi(this.current);
    const [goalRow, goalColumn] = PLACES[destination];
    const [waitRow, waitColumn] = passenger === ABOARD ? [row, column] : PLACES[passenger];
    return (
      `${svg}<rect x="${x(goalColumn) + 4}" y="${y(goalRow) + 4}" width="68" height="68" fill="none" ` +
      'stroke="#8e44ad" stroke-width="6" stroke-dasharray="8 6"/>' +
      `<rect x="${x(column) + 14}" y="${y(row) + 24}" width="48" height="28" rx="6" fill="#333"/>` +
      `<circle cx="${x(waitColumn) + 38}" cy="${y(waitRow) + 38}" r="10" fill="#8e44ad"/>`
    );
  }

  protected override begin(random: Pcg64, settings: ResetSettings): ResetResult<number> {
    const result = super.begin(random, settings);
    this.#undecided = this.#fickle && random.random() < this.#fickleProbability;
    return result;
  }

  protected override arrive(nextState: number): number {
    if (!this.#undecided) return nextState;
    const before = decodeTaxi(this.current);
    const after = decodeTaxi(nextState);
    if (before.passenger !== ABOARD || (before.row === after.row && before.column === after.column)) return nextState;
    this.#undecided = false;
    const choice = this.random.integers(0, 3);
    return encodeTaxi({ ...after, destination: choice < before.destination ? choice : choice + 1 });
  }

  protected override describe(state: number, probability: number): Info {
    return { prob: probability, actionMask: this.#masks[state].slice() };
  }

  protected override writeEpisode(): number[] {
    return [...super.writeEpisode(), this.#undecided ? 1 : 0];
  }

  protected override readEpisode(numbers: readonly number[]): boolean {
    if (numbers.length !== 3 || !super.readEpisode(numbers.slice(0, 2))) return false;
    this.#undecided = numbers[2] !== 0;
    return true;
  }
}

/** Returns three characters for a square: [taxi], (destination), and the place's letter, small while the passenger waits. */
function pictureOf(row: number, column: number, scene: TaxiScene | undefined): string {
  const place = placeAt(row, column);
  const letter = place < 0 ? " " : PLACE_NAMES[place][0];
  const middle = scene?.passenger === place ? letter : letter.toUpperCase();
  if (scene?.row === row && scene.column === column) return `[${middle}]`;
  return place >= 0 && scene?.destination === place ? `(${middle})` : ` ${middle} `;
}

function isOpen(row: number, column: number, direction: number): boolean {
  if (direction === 0) return row < 4;
  if (direction === 1) return row > 0;
  return MAP[row + 1][direction === 2 ? 2 * column + 2 : 2 * column] === ":";
}

/** Returns the index of the place at a square, or -1 for no place. */
function placeAt(row: number, column: number): number {
  return PLACES.findIndex((place) => place[0] === row && place[1] === column);
}

function maskOf({ row, column, passenger, destination: _ }: TaxiScene): Uint8Array {
  const place = placeAt(row, column);
  const mask = new Uint8Array(6);
  for (let direction = 0; direction < 4; direction++) mask[direction] = isOpen(row, column, direction) ? 1 : 0;
  mask[4] = passenger < ABOARD && place === passenger ? 1 : 0;
  mask[5] = passenger === ABOARD && place >= 0 ? 1 : 0;
  return mask;
}

function startStates(): number[] {
  return Array.from({ length: 500 }, (_, state) => {
    const { passenger, destination } = decodeTaxi(state);
    return passenger < ABOARD && passenger !== destination ? 1 / 300 : 0;
  });
}

/** Builds the table. @param rain probability of the intended move; undefined in dry weather */
function buildTable(rain: number | undefined): TransitionTable {
  const outcome = (probability: number, scene: TaxiScene, reward: number, terminated = false): TabularTransition => ({
    probability,
    nextState: encodeTaxi(scene),
    reward,
    terminated,
  });
  const go = (scene: TaxiScene, direction: number): TaxiScene =>
    isOpen(scene.row, scene.column, direction)
      ? { ...scene, row: scene.row + ROW_STEP[direction], column: scene.column + COLUMN_STEP[direction] }
      : scene;
  const move = (scene: TaxiScene, action: number): TabularTransition[] => {
    if (rain === undefined) return [outcome(1, go(scene, action), -1)];
    const aside = (1 - rain) / 2;
    // If a wall blocks the intended move, the taxi does not move at all, not even to a side.
    const [left, right] = isOpen(scene.row, scene.column, action)
      ? SIDES[action].map((side) => go(scene, side))
      : [scene, scene];
    return [outcome(rain, go(scene, action), -1), outcome(aside, left, -1), outcome(aside, right, -1)];
  };
  const pickUp = (scene: TaxiScene): TabularTransition => {
    const here = scene.passenger < ABOARD && placeAt(scene.row, scene.column) === scene.passenger;
    return here ? outcome(1, { ...scene, passenger: ABOARD }, -1) : outcome(1, scene, -10);
  };
  const putDown = (scene: TaxiScene): TabularTransition => {
    const place = placeAt(scene.row, scene.column);
    if (scene.passenger !== ABOARD || place < 0) return outcome(1, scene, -10);
    const delivered = place === scene.destination;
    return outcome(1, { ...scene, passenger: place }, delivered ? 20 : -1, delivered);
  };
  return Array.from({ length: 500 }, (_, state) => {
    const scene = decodeTaxi(state);
    return ACTION_NAMES.map((_name, action) => {
      if (action < 4) return move(scene, action);
      return [action === 4 ? pickUp(scene) : putDown(scene)];
    });
  });
}
