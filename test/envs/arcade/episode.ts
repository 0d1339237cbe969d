// Puts a game into a given state, to play a few steps by hand.

import type { ArcadeGame } from "../../../src/envs/arcade/arcade-game.ts";
import { CELLS, SIDE } from "../../../src/envs/arcade/arcade-game.ts";

/** The game, running, with the last action none and the given numbers of its own state. */
export function inState<Game extends ArcadeGame>(game: Game, numbers: readonly number[]): Game {
  game.reset({ seed: 0 });
  game.loadState({ ...(game.saveState() as object), episode: [0, 0, ...numbers] });
  return game;
}

/** The numbers of the game's own state. */
export function numbersOf(game: ArcadeGame): number[] {
  return (game.saveState() as { episode: number[] }).episode.slice(2);
}

/** "row,column" of the bits of a plane. */
export function squares(bits: Uint8Array, plane: number): string[] {
  const found: string[] = [];
  for (let cell = 0; cell < CELLS; cell++) {
    if (bits[plane * CELLS + cell] === 1) found.push(`${Math.floor(cell / SIDE)},${cell % SIDE}`);
  }
  return found;
}

/** Lanes of a LaneTraffic: nothing but what is given as lane: [column, direction, kind]. */
export function lanes(things: Readonly<Record<number, readonly [number, 1 | -1, number]>> = {}): number[] {
  return Array.from({ length: 8 }, (_, lane) => {
    const [column, direction, kind] = things[lane] ?? [-1, 1, 0];
    return [column, direction > 0 ? 1 : 0, kind];
  }).flat();
}
