// Pictures of grid environments: a board of coloured cells as SVG, and a board of characters as text.

/**
 * Returns the inner markup of an SVG of 600 x 400 units: a board of squares in the middle, as large as possible.
 * @param fill returns the colour of a cell, or "" for no colour
 */
export function boardSvg(rows: number, columns: number, fill: (row: number, column: number) => string): string {
  const size = Math.min(580 / columns, 380 / rows);
  const left = (600 - size * columns) / 2;
  const top = (400 - size * rows) / 2;
  const side = (size * 0.94).toFixed(1);
  let svg =
    `<rect width="600" height="400" fill="#fff"/><rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" ` +
    `width="${(size * columns).toFixed(1)}" height="${(size * rows).toFixed(1)}" fill="#eef3f6"/>`;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const colour = fill(row, column);
      if (colour === "") continue;
      const x = (left + size * (column + 0.03)).toFixed(1);
      const y = (top + size * (row + 0.03)).toFixed(1);
      svg += `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="${colour}"/>`;
    }
  }
  return svg;
}

/** Returns the board as text, one line per row. `mark` gives the character of a cell. */
export function boardText(rows: number, columns: number, mark: (row: number, column: number) => string): string {
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    let line = "";
    for (let column = 0; column < columns; column++) line += mark(row, column);
    lines.push(line);
  }
  return lines.join("\n");
}
