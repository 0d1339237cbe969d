// Simple policies for the arcade games, each reading nothing but the observation: proof that a game can be played from what
// it shows, and a bar that a learner should pass.

import type { Pcg64 } from "../../../src/engine/random.ts";
import { CELLS, DOWN, FIRE, LEFT, RIGHT, SIDE, STAY, UP } from "../../../src/envs/arcade/arcade-game.ts";

type Policy = (bits: Uint8Array) => number;

const at = (bits: Uint8Array, plane: number, row: number, column: number): boolean =>
  row >= 0 && row < SIDE && column >= 0 && column < SIDE && bits[plane * CELLS + row * SIDE + column] === 1;

/** Row and column of the first bit of a plane. */
function find(bits: Uint8Array, plane: number): [number, number] | undefined {
  const cell = bits.subarray(plane * CELLS, (plane + 1) * CELLS).indexOf(1);
  return cell < 0 ? undefined : [Math.floor(cell / SIDE), cell % SIDE];
}

const towards = (from: number, to: number): number => (to < from ? LEFT : to > from ? RIGHT : STAY);

interface Flight {
  /** Where the ball arrives in row 9, and its column the step before. */
  readonly column: number;
  readonly before: number;
  readonly bricks: number;
}

/** Plays the ball's flight forward in mind, brick by brick; `broken` collects the squares of bricks that go. */
function fly(
  bits: Uint8Array,
  row: number,
  column: number,
  rowStep: number,
  columnStep: number,
  broken: Set<number>,
): Flight {
  let bricks = 0;
  let before = column;
  for (let i = 0; i < 100 && row < SIDE - 1; i++) {
    let [nextRow, nextColumn] = [row + rowStep, column + columnStep];
    if (nextColumn < 0 || nextColumn >= SIDE) [nextColumn, columnStep] = [column, -columnStep];
    if (nextRow < 0) [nextRow, rowStep] = [0, 1];
    const cell = nextRow * SIDE + nextColumn;
    if (bits[3 * CELLS + cell] === 1 && !broken.has(cell)) {
      broken.add(cell);
      rowStep = -rowStep;
      bricks++;
      continue;
    }
    before = column;
    row = nextRow;
    column = nextColumn;
  }
  return { column, before, bricks };
}

/** How often the paddle has to be met until a brick breaks, sending the ball to `step` first; Infinity above `most`. */
function bounces(bits: Uint8Array, column: number, step: number, broken: ReadonlySet<number>, most: number): number {
  if (most === 0) return Infinity;
  const { before, bricks } = fly(bits, SIDE - 2, column, -1, step, new Set(broken));
  if (bricks > 0) return 1;
  return 1 + Math.min(...[-1, 1].map((next) => bounces(bits, before, next, broken, most - 1)));
}

/** Goes where the ball will arrive, with the half of the paddle that sends it soonest to a brick. */
const bricks: Policy = (bits) => {
  const [, paddle] = find(bits, 0) as [number, number];
  const [row, column] = find(bits, 1) as [number, number];
  const [trailRow, trailColumn] = find(bits, 2) as [number, number];
  // A trail that had to stay on the board tells the way too: away from the edge.
  const columnStep = column - trailColumn || (column === 0 ? 1 : -1);
  const broken = new Set<number>();
  const arrival = fly(bits, row, column, row - trailRow || 1, columnStep, broken);
  const [left, right] = [-1, 1].map((step) => bounces(bits, arrival.before, step, broken, 6));
  const withRight = right < left;
  const target = Math.min(Math.max(withRight ? arrival.column - 1 : arrival.column, 0), SIDE - 2);
  return towards(paddle, target);
};

/** Steps out of the way of bullets, else goes below the nearest alien and fires. */
const invasion: Policy = (bits) => {
  const [, cannon] = find(bits, 0) as [number, number];
  const danger = (column: number): boolean => [6, 7, 8].some((row) => at(bits, 5, row, column));
  if (danger(cannon)) return cannon > 0 && !danger(cannon - 1) ? LEFT : RIGHT;
  let best = SIDE;
  for (let column = 0; column < SIDE; column++) {
    for (let row = 0; row < SIDE; row++) {
      if (at(bits, 1, row, column) && Math.abs(column - cannon) < Math.abs(best - cannon)) best = column;
    }
  }
  if (best === cannon) return FIRE;
  const way = towards(cannon, best);
  return danger(cannon + (way === LEFT ? -1 : 1)) ? FIRE : way;
};

/** Walks up when no car can have come to the next square before the one after, and back down before one that comes. */
const roadCrossing: Policy = (bits) => {
  const [row, column] = find(bits, 0) as [number, number];
  /** Whether the car of a row comes to the walker's column within some steps. */
  const comes = (r: number, steps: number): boolean => {
    for (let c = 0; c < SIDE; c++) {
      if (!at(bits, 1, r, c)) continue;
      if (c === column) return true;
      for (let period = 1; period <= 5; period++) {
        const right = at(bits, 1 + period, r, (c + SIDE - 1) % SIDE);
        if (!right && !at(bits, 1 + period, r, (c + 1) % SIDE)) continue;
        const distance = (right ? column - c + SIDE : c - column + SIDE) % SIDE;
        return distance * period - (period - 1) <= steps;
      }
    }
    return false;
  };
  if (!comes(row - 1, 4)) return UP;
  return comes(row, 3) && !comes(row + 1, 4) ? DOWN : STAY;
};

/** Keeps out of rows where an enemy comes near, goes for treasures, and else to the middle. */
const treasureHunt: Policy = (bits) => {
  const [row, column] = find(bits, 0) as [number, number];
  const unsafe = (r: number, c: number): boolean =>
    [-2, -1, 0, 1, 2].some((away) => at(bits, 1, r, c + away)) || c < 1 || c > SIDE - 2;
  let target: [number, number] = [row, 5];
  let nearest = Infinity;
  for (let r = 1; r < SIDE - 1; r++) {
    for (let c = 1; c < SIDE - 1; c++) {
      const distance = Math.abs(r - row) + Math.abs(c - column);
      if (at(bits, 2, r, c) && distance < nearest) [nearest, target] = [distance, [r, c]];
    }
  }
  const options: [number, number, number][] = [
    [STAY, row, column],
    [LEFT, row, column - 1],
    [UP, row - 1, column],
    [RIGHT, row, column + 1],
    [DOWN, row + 1, column],
  ];
  const safe = options.filter(([, r, c]) => r >= 1 && r <= SIDE - 2 && !unsafe(r, c));
  const rated = (safe.length > 0 ? safe : options).map(([action, r, c]) => ({
    action,
    distance: Math.abs(r - target[0]) + Math.abs(c - target[1]),
  }));
  rated.sort((a, b) => a.distance - b.distance);
  return rated[0].action;
};

/**
 * Shoots what comes along its row, keeps out of rows where something is close and it cannot, fetches divers, and comes up
 * with one when the oxygen runs low or with six.
 */
const submarine: Policy = (bits) => {
  const [row, column] = find(bits, 0) as [number, number];
  const [, stern] = find(bits, 1) as [number, number];
  const facing = column - stern;
  const bar = (plane: number): number =>
    bits.subarray(plane * CELLS, (plane + 1) * CELLS).reduce((sum, bit) => sum + bit, 0);
  const [oxygen, aboard] = [bar(7), bar(8)];
  const hostile = (r: number, c: number): boolean => at(bits, 4, r, c) || at(bits, 5, r, c) || at(bits, 6, r, c);
  /** Squares to the nearest hostile thing in a row on one side of both squares, Infinity when there is none. */
  const gap = (r: number, side: number): number => {
    const edge = side > 0 ? Math.max(column, stern) : Math.min(column, stern);
    for (let away = 0; away < SIDE; away++) if (hostile(r, edge + side * away)) return away;
    return Infinity;
  };
  const clear = (r: number): boolean => Math.min(gap(r, -1), gap(r, 1)) > 2;
  if (row === 0) return clear(1) ? DOWN : STAY;
  const surfacing = aboard === 6 || (aboard > 0 && oxygen <= 3 + row / 4);
  if (surfacing && (row === 1 || clear(row - 1))) return UP;
  if (!clear(row) || Math.min(gap(row, -1), gap(row, 1)) < Infinity) {
    const side = gap(row, -1) < gap(row, 1) ? -1 : 1;
    const ahead = gap(row, side);
    const bullet = [1, 2, 3].some((away) =>
      at(bits, 4, row, (side > 0 ? Math.max(column, stern) : Math.min(column, stern)) + side * away),
    );
    if (bullet || (ahead <= 2 && side !== facing)) {
      for (const [action, r] of [
        [DOWN, row + 1],
        [UP, row - 1],
      ] as const) {
        if (r >= (aboard > 0 ? 0 : 1) && r <= SIDE - 2 && clear(r)) return action;
      }
    }
    return side === facing ? FIRE : side < 0 ? LEFT : RIGHT;
  }
  let target = row;
  let targetColumn = 5;
  let nearest = aboard < 6 ? SIDE : 0;
  for (let cell = 0; cell < CELLS; cell++) {
    const [r, c] = [Math.floor(cell / SIDE), cell % SIDE];
    if (bits[9 * CELLS + cell] === 1 && Math.abs(r - row) < nearest) {
      [nearest, target, targetColumn] = [Math.abs(r - row), r, c];
    }
  }
  if (target === row) return nearest < SIDE || column < 3 || column > 6 ? towards(column, targetColumn) : STAY;
  const next = target < row ? row - 1 : row + 1;
  return next > 0 && clear(next) ? (next < row ? UP : DOWN) : STAY;
};

export const SCRIPTED: Readonly<Record<string, Policy>> = {
  "Bricks-v0": bricks,
  "Invasion-v0": invasion,
  "RoadCrossing-v0": roadCrossing,
  "TreasureHunt-v0": treasureHunt,
  "Submarine-v0": submarine,
};

/** Six actions, each as likely as the others. */
export function randomPolicy(random: Pcg64): Policy {
  return () => random.integers(0, 6);
}
