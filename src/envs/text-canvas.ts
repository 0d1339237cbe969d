// A grid of characters to draw on, for the terminal pictures of environments that live in the plane.

export class TextCanvas {
  readonly columns: number;
  readonly rows: number;
  readonly #cells: string[][];

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#cells = Array.from({ length: rows }, () => new Array<string>(columns).fill(" "));
  }

  /** Writes `text` from (column, row) to the right, row 0 at the top; what falls outside is lost. */
  put(column: number, row: number, text: string): void {
    const y = Math.floor(row + 0.5);
    const x = Math.floor(column + 0.5);
    if (y < 0 || y >= this.rows) return;
    for (let i = 0; i < text.length; i++) {
      if (x + i >= 0 && x + i < this.columns) this.#cells[y][x + i] = text[i];
    }
  }

  /** A straight line, one character per step of its longer side, drawn with the character nearest to its slope. */
  line(fromColumn: number, fromRow: number, toColumn: number, toRow: number): void {
    const dx = toColumn - fromColumn;
    const dy = toRow - fromRow;
    const steps = Math.max(1, Math.floor(Math.max(Math.abs(dx), Math.abs(dy)) + 0.5));
    const flat = Math.abs(dy) < 0.3 * Math.abs(dx);
    const steep = Math.abs(dx) < 0.3 * Math.abs(dy);
    const stroke = flat ? "-" : steep ? "|" : dx * dy > 0 ? "\\" : "/";
    for (let i = 0; i <= steps; i++) this.put(fromColumn + (dx * i) / steps, fromRow + (dy * i) / steps, stroke);
  }

  toString(): string {
    return this.#cells.map((row) => row.join("").trimEnd()).join("\n");
  }
}
