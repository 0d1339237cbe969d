// What moves sideways in lanes, at most one thing per lane: enemies, treasures, divers, bullets, cars.
// Lane l is row l + 1 of the board; rows 0 and 9 are free of traffic.

import type { Pcg64 } from "../../engine/random.ts";
import { type Bounds, SIDE } from "./arcade-game.ts";

export const LANES: number = SIDE - 2;

/** The column of a lane in which nothing is. */
export const NOTHING = -1;

export class LaneTraffic {
  /** By lane; NOTHING where there is none. */
  readonly column: Int8Array = new Int8Array(LANES);
  /** By lane: 1 to the right, -1 to the left. */
  readonly direction: Int8Array = new Int8Array(LANES);
  /** By lane: what it is, as the game numbers its kinds. */
  readonly kind: Uint8Array = new Uint8Array(LANES);
  readonly kinds: number;

  /** @param kinds how many kinds there are, 0 .. kinds - 1 */
  constructor(kinds: number) {
    this.kinds = kinds;
    this.clear();
  }

  clear(): void {
    this.column.fill(NOTHING);
    this.direction.fill(1);
    this.kind.fill(0);
  }

  put(lane: number, column: number, direction: number, kind: number): void {
    this.column[lane] = column;
    this.direction[lane] = direction;
    this.kind[lane] = kind;
  }

  remove(lane: number): void {
    this.column[lane] = NOTHING;
  }

  /** Something comes in at a random end of a random free lane, if there is one; two draws then, else none. */
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

  /** All move on by a square; what leaves the board is gone. */
  move(): void {
    for (let lane = 0; lane < LANES; lane++) {
      if (this.column[lane] === NOTHING) continue;
      const column = this.column[lane] + this.direction[lane];
      this.column[lane] = column >= 0 && column < SIDE ? column : NOTHING;
    }
  }

  /** Whether something is on a square of the board. */
  isAt(row: number, column: number): boolean {
    return row >= 1 && row <= LANES && this.column[row - 1] === column;
  }

  /** The square that the thing in a lane came from, or NOTHING beyond the edge. */
  behind(lane: number): number {
    const column = this.column[lane] - this.direction[lane];
    return column >= 0 && column < SIDE ? column : NOTHING;
  }

  /** Three whole numbers per lane. */
  write(): number[] {
    return Array.from(this.column, (column, lane) => [
      column,
      this.direction[lane] > 0 ? 1 : 0,
      this.kind[lane],
    ]).flat();
  }

  get bounds(): Bounds {
    const lane = [[NOTHING, SIDE - 1] as const, [0, 1] as const, [0, this.kinds - 1] as const];
    return Array.from({ length: LANES }, () => lane).flat();
  }

  /** The inverse of `write`, from `offset` on. @returns the offset after the last number read */
  read(numbers: readonly number[], offset: number): number {
    for (let lane = 0; lane < LANES; lane++, offset += 3) {
      this.put(lane, numbers[offset], numbers[offset + 1] === 1 ? 1 : -1, numbers[offset + 2]);
    }
    return offset;
  }
}
