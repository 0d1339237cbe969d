// Bricks: keep a ball in play with a paddle, and break the wall above brick by brick.
//
//   planes       paddle, ball, trail (the square behind the ball on its line of flight; if that square is not on the board, the
//                nearest square on the board), brick
//   actions      left and right move the paddle, two squares wide, on row 9
//   ball         flies along diagonals, a square per step. Side walls and the top reflect the ball at their line: the ball keeps
//                its column or row for one step. (A reflection at the middle of a square would let the ball meet only every
//                other square, and half of the bricks never.) A brick breaks and reflects the ball. The left half of the paddle
//                sends the ball up to the left, the right half up to the right; the ball does not move in such a step
//   reward       1 for each brick
//   bricks       rows 1 to 3; once all are broken and the ball is below them, three new rows
//   start        the ball in a random column of row 4, on its way down to a random side; the paddle in the middle
//   end          terminated when the ball arrives in row 9. `make` truncates Bricks-v0 after 5000 steps
//
// Source: Young and Tian 2019, appendix, Breakout; see arcade-game.ts.
// The difficulty does not ramp, as in the paper.

import type { Pcg64 } from "../../engine/random.ts";
import {
  ArcadeGame,
  type ArcadeOptions,
  type ArcadePlane,
  type Bounds,
  CELLS,
  LEFT,
  RIGHT,
  SIDE,
  STAY,
} from "./arcade-game.ts";

const PLANES: readonly ArcadePlane[] = [
  { name: "paddle", mark: "=", colour: "#2d5f8b" },
  { name: "ball", mark: "o", colour: "#d9534f" },
  { name: "trail", mark: ",", colour: "#f3c5c3" },
  { name: "brick", mark: "#", colour: "#ca9865" },
];
const FIRST_BRICK = 1 * SIDE;
const LAST_BRICK = 4 * SIDE;
const BOTTOM = SIDE - 1;
const BIT = [0, 1] as const;
const PLACE = [0, SIDE - 1] as const;
const BOUNDS: Bounds = [
  [0, SIDE - 2],
  PLACE,
  PLACE,
  BIT,
  BIT,
  ...Array.from({ length: LAST_BRICK - FIRST_BRICK }, () => BIT),
];

/**
 * Keeps a ball in play with a paddle and breaks a wall brick by brick. Reward 1 for each brick.
 *
 * Observation: [4, 10, 10] bits. Action: 0 .. 5 (with `minimalActions` 0 .. 2). Id: "Bricks-v0".
 */
export class Bricks extends ArcadeGame {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["stickyActionProbability", "minimalActions"];
  protected readonly bounds: Bounds = BOUNDS;
  /** Column of the paddle's left half. */
  #paddle = 0;
  #row = 0;
  #column = 0;
  #rowStep = 1;
  #columnStep = 1;
  /** [CELLS]: 1 where a brick is. */
  readonly #bricks = new Uint8Array(CELLS);
  #bricksLeft = 0;

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: ArcadeOptions = {}) {
    super("Bricks", PLANES, [STAY, LEFT, RIGHT], options, Bricks.optionNames);
  }

  protected deal(random: Pcg64): void {
    this.#paddle = 4;
    this.#row = 4;
    this.#column = random.integers(0, SIDE);
    this.#rowStep = 1;
    this.#columnStep = random.integers(0, 2) === 0 ? -1 : 1;
    this.#build();
  }

  protected advance(action: number): number {
    if (action === LEFT) this.#paddle = Math.max(this.#paddle - 1, 0);
    else if (action === RIGHT) this.#paddle = Math.min(this.#paddle + 1, SIDE - 2);

    let column = this.#column + this.#columnStep;
    if (column < 0 || column === SIDE) {
      this.#columnStep = -this.#columnStep;
      column = this.#column;
    }
    let row = this.#row + this.#rowStep;
    if (row < 0) {
      this.#rowStep = 1;
      row = 0;
    }

    if (this.#bricks[row * SIDE + column] === 1) {
      this.#bricks[row * SIDE + column] = 0;
      this.#bricksLeft--;
      this.#rowStep = -this.#rowStep;
      return 1;
    }
    if (row === BOTTOM && (column === this.#paddle || column === this.#paddle + 1)) {
      this.#rowStep = -1;
      this.#columnStep = column === this.#paddle ? -1 : 1;
    } else {
      this.#row = row;
      this.#column = column;
      if (row === BOTTOM) this.finish();
    }
    if (this.#bricksLeft === 0 && this.#row * SIDE >= LAST_BRICK) this.#build();
    return 0;
  }

  protected draw(bits: Uint8Array): void {
    bits[BOTTOM * SIDE + this.#paddle] = 1;
    bits[BOTTOM * SIDE + this.#paddle + 1] = 1;
    bits[CELLS + this.#row * SIDE + this.#column] = 1;
    bits[2 * CELLS + onBoard(this.#row - this.#rowStep) * SIDE + onBoard(this.#column - this.#columnStep)] = 1;
    for (let cell = FIRST_BRICK; cell < LAST_BRICK; cell++) bits[3 * CELLS + cell] = this.#bricks[cell];
  }

  protected write(): number[] {
    const down = this.#rowStep > 0 ? 1 : 0;
    const right = this.#columnStep > 0 ? 1 : 0;
    return [this.#paddle, this.#row, this.#column, down, right, ...this.#bricks.subarray(FIRST_BRICK, LAST_BRICK)];
  }

  protected read(numbers: readonly number[]): void {
    const bricks = numbers.slice(5);
    [this.#paddle, this.#row, this.#column] = numbers;
    this.#rowStep = numbers[3] === 1 ? 1 : -1;
    this.#columnStep = numbers[4] === 1 ? 1 : -1;
    this.#bricks.set(bricks, FIRST_BRICK);
    this.#bricksLeft = bricks.reduce((sum, brick) => sum + brick, 0);
  }

  #build(): void {
    this.#bricks.fill(1, FIRST_BRICK, LAST_BRICK);
    this.#bricksLeft = LAST_BRICK - FIRST_BRICK;
  }
}

function onBoard(place: number): number {
  return Math.min(Math.max(place, 0), SIDE - 1);
}
