// A drawing area of characters, for text pictures of environments that move in a plane.

/** A drawing area of `columns` x `rows` characters, empty at first. */
export class TextCanvas {
  readonly columns: number;
  readonly rows: number;
  readonly #cells: string[][];

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#cells = Array.from({ length: rows }, () => new Array<string>(columns).fill(" "));
  }

  /** Writes `text` from (column, row) to the right; row 0 is at the top. Characters outside the canvas are dropped. */
  put(column: number, row: number, text: string): void {
    const y = Math.floor(row + 0.5);
    const x = Math.floor(column + 0.5);
    if (y < 0 || y >= this.rows) return;
    for (let i = 0; i < text.length; i++) {
      if (x + i >= 0 && x + i < this.columns) this.#cells[y][x + i] = text[i];
    }
  }

  /** Draws a straight line: one character per step along its longer side, and the character that fits its slope best. */
  line(fromColumn: number, fromRow: number, toColumn: number, toRow: number): void {
    const dx = toColumn - fromColumn;
    const dy = toRow - fromRow;
    const steps = Math.max(1, Math.floor(Math.max(Math.abs(dx), Math.abs(dy)) + 0.5));
    const flat = Math.abs(dy) < 0.3 * Math.abs(dx);
    const steep = Math.abs(dx) < 0.3 * Math.abs(dy);
    const stroke = flat ? "-" : steep ? "|" : dx * dy > 0 ? "\\" : "/";
    for (let i = 0; i <= steps; i++) this.put(fromColumn + (dx * i) / steps, fromRow + (dy * i) / steps, stroke);
  }

  /** Returns the canvas as text, one line per row, without spaces at the ends of lines. */
  toString(): string {
    return this.#cells.map((row) => row.join("").trimEnd()).join("\n");
  }
}
