// Objects that move sideways in lanes, at most one object per lane: enemies, treasures, divers, bullets, cars.
// Lane l is row l + 1 of the board; rows 0 and 9 are free of traffic.

import type { Pcg64 } from "../../engine/random.ts";
import { type Bounds, SIDE } from "./arcade-game.ts";

/** Number of lanes. */
export const LANES: number = SIDE - 2;

/** The column value of an empty lane. */
export const NOTHING = -1;

/** The objects of one game that move in lanes: column, direction and kind of each, by lane. */
export class LaneTraffic {
  /** [LANES]: column of the object, or NOTHING for an empty lane. */
  readonly column: Int8Array = new Int8Array(LANES);
  /** [LANES]: 1 for an object that moves to the right, -1 to the left. */
  readonly direction: Int8Array = new Int8Array(LANES);
  /** [LANES]: kind of the object. The game defines the meaning of each number. */
  readonly kind: Uint8Array = new Uint8Array(LANES);
  /** Number of kinds. */
  readonly kinds: number;

  /** @param kinds number of kinds; a kind is 0 .. kinds - 1 */
  constructor(kinds: number) {
    this.kinds = kinds;
    this.clear();
  }

  /** Empties all lanes. */
  clear(): void {
    this.column.fill(NOTHING);
    this.direction.fill(1);
    this.kind.fill(0);
  }

  /** Places an object in a lane. */
  put(lane: number, column: number, direction: number, kind: number): void {
    this.column[lane] = column;
    this.direction[lane] = direction;
    this.kind[lane] = kind;
  }

  /** Empties one lane. */
  remove(lane: number): void {
    this.column[lane] = NOTHING;
  }

  /** Places a new object at a random end of a random free lane: two random draws. Without a free lane: no object, no draw. */
  enter(random: Pcg64, kind: number): void {
    let free = 0;
    for (let lane = 0; lane < LANES; lane++) if (this.column[lane] === NOTHING) free++;
    if (free === 0) return;
    let skip = random.integers(0, free);
    const fromLeft = random.integers(0, 2) === 0;
    for (let lane = 0; lane < LANES; lane++) {
      if (this.column[lane] !== NOTHING || skip-- > 0) continue;
      this.put(lane, fromLeft ? 0 : SIDE - 1, fromLeft ? 1 : -1, kind);
      return;
    }
  }

  /** Moves every object by one square. An object that leaves the board is removed. */
  move(): void {
    for (let lane = 0; lane < LANES; lane++) {
      if (this.column[lane] === NOTHING) continue;
      const column = this.column[lane] + this.direction[lane];
      this.column[lane] = column >= 0 && column < SIDE ? column : NOTHING;
    }
  }

  /** True when an object is on this square of the board. */
  isAt(row: number, column: number): boolean {
    return row >= 1 && row <= LANES && this.column[row - 1] === column;
  }

  /** Returns the column behind the object of a lane, or NOTHING when that column is not on the board. */
  behind(lane: number): number {
    const column = this.column[lane] - this.direction[lane];
    return column >= 0 && column < SIDE ? column : NOTHING;
  }

  /** Returns the state as three integers per lane. */
  write(): number[] {
    return Array.from(this.column, (column, lane) => [
      column,
      this.direction[lane] > 0 ? 1 : 0,
      this.kind[lane],
    ]).flat();
  }

  /** Bounds of the numbers that `write` returns. */
  get bounds(): Bounds {
    const lane = [[NOTHING, SIDE - 1] as const, [0, 1] as const, [0, this.kinds - 1] as const];
    return Array.from({ length: LANES }, () => lane).flat();
  }

  /** Restores a state that `write` returned, from `offset` on. @returns the offset after the last number read */
  read(numbers: readonly number[], offset: number): number {
    for (let lane = 0; lane < LANES; lane++, offset += 3) {
      this.put(lane, numbers[offset], numbers[offset + 1] === 1 ? 1 : -1, numbers[offset + 2]);
    }
    return offset;
  }
}
