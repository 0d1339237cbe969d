// FrozenLake: cross a frozen lake from S to G without falling into a hole, on ice that may carry you sideways.
//
//   observation  the square, row * columns + column: 0 .. rows * columns - 1
//   action       0 left, 1 down, 2 right, 3 up; a move against the edge changes nothing
//   ice          with `isSlippery` the move goes the intended way with probability `successRate`, and to each side of it with
//                half of the rest
//   reward       1 on the goal, 0 in a hole, 0 elsewhere; `rewardSchedule` changes them, in this order
//   start        on S (a random one if the map has several)
//   end          terminated on G or in a hole. `make` truncates FrozenLake-v1 after 100 steps, FrozenLake8x8-v1 after 200
//   info         prob: probability of the outcome that was drawn
//
// Source: maps, probabilities and order of random draws as in Gymnasium 1.3.

import { Pcg64 } from "../engine/random.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { type Discrete, discrete } from "../space.ts";
import { requireFlag } from "./require-flag.ts";
import { TableDrivenEnv, type TabularTransition, type TransitionTable } from "./tabular.ts";

const MAPS: Readonly<Record<string, readonly string[]>> = {
  "4x4": ["SFFF", "FHFH", "FFFH", "HFFG"],
  "8x8": ["SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG"],
};
const DIRECTIONS = ["left", "down", "right", "up"];
const ROW_STEP = [0, 1, 0, -1];
const COLUMN_STEP = [-1, 0, 1, 0];

/** Options of FrozenLake. */
export interface FrozenLakeOptions {
  /** Your own map, used instead of `mapName`: one string per row of S (start), F (ice), H (hole), G (goal). @defaultValue null */
  readonly desc?: readonly string[] | null;
  /** Name of the map: "4x4", "8x8", or null for a random 8 x 8 map. @defaultValue "4x4" */
  readonly mapName?: string | null;
  /** True for moves that may slip to either side. @defaultValue true */
  readonly isSlippery?: boolean;
  /** Probability of the intended way on slippery ice. @defaultValue 1/3 */
  readonly successRate?: number;
  /** Rewards on goal, hole and ice. @defaultValue [1, 0, 0] */
  readonly rewardSchedule?: readonly number[];
}

/**
 * Crosses a frozen lake from S to G without falling into a hole. The ice may carry the walker sideways.
 *
 * Observation: the square, row * columns + column. Action: 0 left, 1 down, 2 right, 3 up.
 * Ids: "FrozenLake-v1", "FrozenLake8x8-v1".
 */
export class FrozenLake extends TableDrivenEnv {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["desc", "mapName", "isSlippery", "successRate", "rewardSchedule"];
  readonly observationSpace: Discrete;
  readonly actionSpace: Discrete = discrete(4);
  readonly #map: readonly string[];

  /** @throws TypeError, RangeError for an unknown option, or a bad map, rate or reward */
  constructor(options: FrozenLakeOptions = {}) {
    rejectUnknownOptions("FrozenLake", options, FrozenLake.optionNames);
    const map = chooseMap(options.desc ?? null, options.mapName === undefined ? "4x4" : options.mapName);
    const slippery = requireFlag("FrozenLake", "isSlippery", options.isSlippery, true);
    const rate = requireNumber(
      "FrozenLake",
      "successRate",
      options.successRate ?? 1 / 3,
      { min: 0, max: 1 },
      "It is a probability.",
    );
    super("FrozenLake", buildTable(map, slippery, rate, requireRewards(options.rewardSchedule)), startOn(map));
    this.#map = map;
    this.observationSpace = discrete(map.length * map[0].length);
  }

  renderText(): string {
    const columns = this.#map[0].length;
    const rows = this.#map.map((row, r) =>
      Array.from(row, (tile, c) => (this.begun && r * columns + c === this.current ? `[${tile}]` : ` ${tile} `)).join(
        "",
      ),
    );
    return `${rows.join("\n")}${this.lastAction < 0 ? "" : `\nlast action: ${DIRECTIONS[this.lastAction]}`}`;
  }

  renderSvg(): string {
    const columns = this.#map[0].length;
    const size = Math.min(600 / columns, 400 / this.#map.length);
    const left = (600 - size * columns) / 2;
    const top = (400 - size * this.#map.length) / 2;
    let svg = '<rect width="600" height="400" fill="#fff"/>';
    const at = (state: number): [number, number] => [
      left + (state % columns) * size,
      top + Math.floor(state / columns) * size,
    ];
    for (let state = 0; state < this.table.length; state++) {
      const [x, y] = at(state);
      const tile = this.#map[Math.floor(state / columns)][state % columns];
      const fill = tile === "H" ? "#2d5f8b" : tile === "G" ? "#7bc47f" : tile === "S" ? "#f2d5a3" : "#d9edf7";
      svg += `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${size.toFixed(1)}" height="${size.toFixed(1)}" fill="${fill}" stroke="#fff"/>`;
    }
    if (!this.begun) return svg;
    const [x, y] = at(this.current);
    return `${svg}<circle cx="${(x + size / 2).toFixed(1)}" cy="${(y + size / 2).toFixed(1)}" r="${(size * 0.3).toFixed(1)}" fill="#d9534f"/>`;
  }
}

function buildTable(
  map: readonly string[],
  slippery: boolean,
  rate: number,
  rewards: readonly number[],
): TransitionTable {
  const rows = map.length;
  const columns = map[0].length;
  const sideways = (1 - rate) / 2;
  const move = (state: number, direction: number, probability: number): TabularTransition => {
    const row = Math.min(Math.max(Math.floor(state / columns) + ROW_STEP[direction], 0), rows - 1);
    const column = Math.min(Math.max((state % columns) + COLUMN_STEP[direction], 0), columns - 1);
    const tile = map[row][column];
    const reward = rewards[tile === "G" ? 0 : tile === "H" ? 1 : 2];
    return { probability, nextState: row * columns + column, reward, terminated: tile === "G" || tile === "H" };
  };
  return Array.from({ length: rows * columns }, (_, state) => {
    const tile = map[Math.floor(state / columns)][state % columns];
    return DIRECTIONS.map((_name, action) => {
      if (tile === "G" || tile === "H") return [{ probability: 1, nextState: state, reward: 0, terminated: true }];
      if (!slippery) return [move(state, action, 1)];
      return [
        move(state, (action + 3) % 4, sideways),
        move(state, action, rate),
        move(state, (action + 1) % 4, sideways),
      ];
    });
  });
}

function startOn(map: readonly string[]): number[] {
  const tiles = Array.from(map.join(""));
  const starts = tiles.filter((tile) => tile === "S").length;
  return tiles.map((tile) => (tile === "S" ? 1 / starts : 0));
}

function chooseMap(desc: unknown, name: string | null): readonly string[] {
  if (desc === null && name === null) return generateRandomMap();
  if (desc === null) {
    rejectUnknownMap(name as string);
    return MAPS[name as string];
  }
  const isMap =
    Array.isArray(desc) &&
    desc.length > 0 &&
    desc.every((row) => typeof row === "string" && /^[SFHG]+$/.test(row) && row.length === desc[0].length) &&
    desc.some((row) => row.includes("S"));
  if (!isMap) {
    throw new RangeError(
      `FrozenLake: desc expected rows of equal length made of S, F, H and G with an S, got ${show(desc)}. ` +
        'For example ["SF", "HG"].',
    );
  }
  return [...(desc as string[])];
}

function rejectUnknownMap(name: unknown): void {
  if (typeof name === "string" && Object.hasOwn(MAPS, name)) return;
  throw new RangeError(
    `FrozenLake: mapName expected "4x4", "8x8" or null, got ${show(name)}. Give other maps as desc.`,
  );
}

function requireRewards(rewards: unknown = [1, 0, 0]): readonly number[] {
  if (!Array.isArray(rewards) || rewards.length !== 3 || !rewards.every(Number.isFinite)) {
    throw new RangeError(
      `FrozenLake: rewardSchedule expected three finite numbers, got ${show(rewards)}. They are for goal, hole and ice.`,
    );
  }
  return [...rewards];
}

/**
 * Draws a random square map for FrozenLake, with a way from S (top left) to G (bottom right), as Gymnasium's
 * `generate_random_map` does.
 * @param size squares per side, at least 2. Default: 8.
 * @param iceProbability probability of ice on a square, above 0. Default: 0.8.
 * @param seed seed of the draw. Default: none, a new map for every call.
 * @returns one string per row of the map
 * @throws TypeError, RangeError for a size or a probability out of range
 */
export function generateRandomMap(size: number = 8, iceProbability: number = 0.8, seed?: number): string[] {
  const where = "generateRandomMap";
  requireNumber(where, "size", size, { min: 2, integer: true }, "Gymnasium's is 8.");
  requireNumber(where, "iceProbability", iceProbability, { above: 0 }, "Gymnasium's is 0.8.");
  const random = new Pcg64(seed);
  const ice = Math.min(1, iceProbability);
  const total = ice + (1 - ice);
  for (;;) {
    const tiles: string[] = Array.from({ length: size * size }, () => (random.random() < ice / total ? "F" : "H"));
    tiles[0] = "S";
    tiles[size * size - 1] = "G";
    if (hasWay(tiles, size))
      return Array.from({ length: size }, (_, r) => tiles.slice(r * size, (r + 1) * size).join(""));
  }
}

function hasWay(tiles: readonly string[], size: number): boolean {
  const seen = new Set<number>([0]);
  // Breadth-first search: a loop over a Set visits squares in insertion order, including those that are added meanwhile.
  for (const state of seen) {
    if (tiles[state] === "G") return true;
    for (let direction = 0; direction < 4; direction++) {
      const row = Math.floor(state / size) + ROW_STEP[direction];
      const column = (state % size) + COLUMN_STEP[direction];
      const inside = row >= 0 && row < size && column >= 0 && column < size;
      if (inside && tiles[row * size + column] !== "H") seen.add(row * size + column);
    }
  }
  return false;
}
