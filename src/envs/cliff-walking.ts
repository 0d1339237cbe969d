// CliffWalking: walk along a cliff from the lower left corner to the lower right one.
//
//   observation  the square, row * 12 + column: 0 .. 47 on 4 rows of 12
//   action       0 up, 1 right, 2 down, 3 left; a move against the edge changes nothing
//   ice          with `isSlippery` the move goes the intended way or to either side of it, with probability 1/3 each
//   reward       -1 for every step; -100 for a step over the cliff, which leads back to the start
//   start        square 36, lower left
//   end          terminated on square 47, lower right. No step limit
//   info         prob: probability of the outcome that was drawn
//
// Source: Sutton and Barto, example 6.6; as in Gymnasium 1.3.

import { rejectUnknownOptions } from "../errors.ts";
import { type Discrete, discrete } from "../space.ts";
import { requireFlag } from "./require-flag.ts";
import { TableDrivenEnv, type TabularTransition, type TransitionTable } from "./tabular.ts";

const ROWS = 4;
const COLUMNS = 12;
const START = 36;
const GOAL = 47;
const DIRECTIONS = ["up", "right", "down", "left"];
const ROW_STEP = [-1, 0, 1, 0];
const COLUMN_STEP = [0, 1, 0, -1];

/** Options of CliffWalking. */
export interface CliffWalkingOptions {
  /** True for moves that may slip to either side. @defaultValue false */
  readonly isSlippery?: boolean;
}

/**
 * Walks along a cliff from the lower left corner of a grid to the lower right corner.
 *
 * Observation: the square, 0 .. 47. Action: 0 up, 1 right, 2 down, 3 left. Ids: "CliffWalking-v1", "CliffWalkingSlippery-v1".
 */
export class CliffWalking extends TableDrivenEnv {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["isSlippery"];
  readonly observationSpace: Discrete = discrete(ROWS * COLUMNS);
  readonly actionSpace: Discrete = discrete(4);

  /** @throws TypeError, RangeError for an option that is unknown or no boolean */
  constructor(options: CliffWalkingOptions = {}) {
    rejectUnknownOptions("CliffWalking", options, CliffWalking.optionNames);
    const slippery = requireFlag("CliffWalking", "isSlippery", options.isSlippery, false);
    super(
      "CliffWalking",
      buildTable(slippery),
      Array.from({ length: ROWS * COLUMNS }, (_, state) => (state === START ? 1 : 0)),
    );
  }

  renderText(): string {
    const rows = Array.from({ length: ROWS }, (_, row) =>
      Array.from({ length: COLUMNS }, (_column, column) => {
        const state = row * COLUMNS + column;
        const tile = isCliff(state) ? "C" : state === GOAL ? "G" : state === START ? "S" : ".";
        return this.begun && state === this.current ? `[${tile}]` : ` ${tile} `;
      }).join(""),
    );
    return `${rows.join("\n")}${this.lastAction < 0 ? "" : `\nlast action: ${DIRECTIONS[this.lastAction]}`}`;
  }

  renderSvg(): string {
    let svg = '<rect width="600" height="400" fill="#fff"/>';
    const x = (state: number): number => (state % COLUMNS) * 50;
    const y = (state: number): number => 100 + Math.floor(state / COLUMNS) * 50;
    for (let state = 0; state < ROWS * COLUMNS; state++) {
      const fill = isCliff(state) ? "#5b4636" : state === GOAL ? "#7bc47f" : state === START ? "#f2d5a3" : "#dfe8d2";
      svg += `<rect x="${x(state)}" y="${y(state)}" width="50" height="50" fill="${fill}" stroke="#fff"/>`;
    }
    if (!this.begun) return svg;
    return `${svg}<circle cx="${x(this.current) + 25}" cy="${y(this.current) + 25}" r="15" fill="#d9534f"/>`;
  }
}

function isCliff(state: number): boolean {
  return state > START && state < GOAL;
}

function buildTable(slippery: boolean): TransitionTable {
  const move = (state: number, direction: number, probability: number): TabularTransition => {
    const row = Math.min(Math.max(Math.floor(state / COLUMNS) + ROW_STEP[direction], 0), ROWS - 1);
    const column = Math.min(Math.max((state % COLUMNS) + COLUMN_STEP[direction], 0), COLUMNS - 1);
    const nextState = row * COLUMNS + column;
    if (isCliff(nextState)) return { probability, nextState: START, reward: -100, terminated: false };
    return { probability, nextState, reward: -1, terminated: nextState === GOAL };
  };
  return Array.from({ length: ROWS * COLUMNS }, (_, state) =>
    DIRECTIONS.map((_name, action) => {
      if (!slippery) return [move(state, action, 1)];
      return [move(state, (action + 3) % 4, 1 / 3), move(state, action, 1 / 3), move(state, (action + 1) % 4, 1 / 3)];
    }),
  );
}
