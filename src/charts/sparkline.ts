// Charts made of characters: a line of block characters and a small braille plot, for terminals and plain-text logs.

import { requireNumber } from "../errors.ts";
import { LARGEST_DRAWN, shortNumber } from "./nice-scale.ts";

const BLOCKS = "▁▂▃▄▅▆▇█";

/**
 * Draws values as one line of block characters: "▁▂▄▇█".
 *
 * More values than `width` are averaged in equal groups. Fewer values take one character each. A value that is not finite
 * becomes a space. Equal values are drawn at middle height.
 *
 * @param width largest number of characters. Default: 60.
 * @throws TypeError or RangeError for a width that is no positive integer
 */
export function sparkline(values: ArrayLike<number>, width: number = 60): string {
  requireNumber("sparkline", "width", width, { min: 1, integer: true }, "Pass the number of characters.");
  const columns = averageGroups(values, Math.min(width, values.length));
  const [low, high] = rangeOf(columns);
  return columns
    .map((value) => {
      if (!isDrawn(value)) return " ";
      const level = high > low ? Math.min(7, Math.floor(((value - low) / (high - low)) * 8)) : 3;
      return BLOCKS[level];
    })
    .join("");
}

/** Options of `terminalChart`. */
export interface TerminalChartOptions {
  /** Width of the plot in characters, without the labels on its left. @defaultValue 60 */
  readonly width?: number;
  /** Height of the plot in lines. @defaultValue 10 */
  readonly height?: number;
}

/**
 * Draws a line plot of braille characters, with the highest and lowest value on its left. Lines are joined by "\n".
 * @throws TypeError or RangeError for a width or height that is no positive integer
 */
export function terminalChart(values: ArrayLike<number>, options: TerminalChartOptions = {}): string {
  const { width = 60, height = 10 } = options;
  requireNumber("terminalChart", "width", width, { min: 1, integer: true }, "Pass the number of characters.");
  requireNumber("terminalChart", "height", height, { min: 1, integer: true }, "Pass the number of lines.");
  const columns = values.length > width * 2 ? averageGroups(values, width * 2) : stretch(values, width * 2);
  const [low, high] = rangeOf(columns);
  const cells = new Uint8Array(width * height);
  const bottom = height * 4 - 1;
  let previous: number | undefined;
  columns.forEach((value, x) => {
    if (!isDrawn(value)) {
      previous = undefined;
      return;
    }
    const y = high > low ? Math.floor((1 - (value - low) / (high - low)) * bottom + 0.5) : bottom >> 1;
    setDot(cells, width, x, y);
    if (previous !== undefined) {
      // A steep step is split between its two columns, so that the line is connected and stays thin.
      const middle = (previous + y) >> 1;
      for (let dot = Math.min(previous, y); dot <= Math.max(previous, y); dot++) {
        setDot(cells, width, dot <= middle === y < previous ? x : x - 1, dot);
      }
    }
    previous = y;
  });

  const labels = [shortNumber(high), shortNumber(low)];
  const margin = Math.max(...labels.map((label) => label.length));
  const lines: string[] = [];
  for (let row = 0; row < height; row++) {
    const label = row === 0 ? labels[0] : row === height - 1 ? labels[1] : "";
    const dots = Array.from(cells.subarray(row * width, (row + 1) * width), (bits) =>
      String.fromCharCode(0x2800 + bits),
    );
    lines.push(`${label.padStart(margin)} ${label ? "┤" : "│"}${dots.join("")}`);
  }
  return lines.join("\n");
}

/** Bits of a braille cell (two columns, four rows), in the numbering of Unicode. */
const BRAILLE_BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

function setDot(cells: Uint8Array, width: number, x: number, y: number): void {
  cells[(y >> 2) * width + (x >> 1)] |= BRAILLE_BITS[y & 3][x & 1];
}

/** Returns the means of `count` consecutive groups of nearly equal size. Values that are not finite are left out. */
function averageGroups(values: ArrayLike<number>, count: number): number[] {
  return Array.from({ length: count }, (_, group) => {
    const end = Math.floor(((group + 1) * values.length) / count);
    let sum = 0;
    let members = 0;
    for (let i = Math.floor((group * values.length) / count); i < end; i++) {
      if (!isDrawn(values[i])) continue;
      sum += values[i];
      members++;
    }
    return members > 0 ? sum / members : Number.NaN;
  });
}

/** Returns `count` values along the straight lines between the given values. */
function stretch(values: ArrayLike<number>, count: number): number[] {
  if (values.length === 0) return new Array<number>(count).fill(Number.NaN);
  return Array.from({ length: count }, (_, i) => {
    const position = count > 1 ? (i * (values.length - 1)) / (count - 1) : 0;
    const left = Math.floor(position);
    const right = Math.min(left + 1, values.length - 1);
    return position === left ? values[left] : values[left] + (values[right] - values[left]) * (position - left);
  });
}

function rangeOf(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!isDrawn(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 0];
}

function isDrawn(value: number): boolean {
  return Math.abs(value) <= LARGEST_DRAWN;
}
