// Learning curves as one self-contained SVG. Without script, font file and style sheet the chart looks the same in a README, a
// browser and a paper. The colours are Okabe and Ito's, which are distinct for every kind of colour vision
// (https://jfly.uni-koeln.de/color/). From the eighth series on, dashes distinguish series of the same colour.

import { requireNumber, show } from "../errors.ts";
import { LARGEST_DRAWN, niceScale, shortNumber, tickLabel, visibleRange } from "./nice-scale.ts";
import { escapeXml } from "./xml-text.ts";

/** A point of a line. */
export type Point = readonly [x: number, y: number];
/** Lowest and highest value of a band at one x. */
export type BandPoint = readonly [x: number, low: number, high: number];

/** One line of a chart. */
export interface Series {
  /** Name in the legend. An empty name has no entry in the legend. */
  readonly label: string;
  /** Points in drawing order. The line has a gap at each y that is not finite. */
  readonly points: readonly Point[];
  /** A shaded range around the line, such as the lowest and highest return of several seeds. */
  readonly band?: readonly BandPoint[];
}

/** A line chart as data; see `lineChartSvg`. */
export interface LineChart {
  /** Title above the chart. */
  readonly title: string;
  /** Name of the horizontal axis. */
  readonly xLabel: string;
  /** Name of the vertical axis. */
  readonly yLabel: string;
  /** Lines of the chart, in the order of the legend. */
  readonly series: readonly Series[];
  /** Height of a dashed horizontal line, for example the return at which an environment counts as solved. */
  readonly threshold?: number | { readonly value: number; readonly label: string };
  /** Width in pixels, 200 .. 10000. @defaultValue 720, the width of a README on GitHub */
  readonly width?: number;
  /** Height in pixels, 100 .. 10000. @defaultValue 400 */
  readonly height?: number;
}

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d"];
const DASHES = ["", "6 3", "2 3"];
const FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Helvetica,Arial,sans-serif";
const INK = "#1f2328";
const MUTED = "#59636e";
const GRID = "#e4e7eb";
const AXIS = "#8c959f";

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/**
 * Draws a line chart as one self-contained SVG document.
 *
 * Cost: linear in the number of points. For long runs the file holds at most four points per pixel column and series.
 * @throws TypeError or RangeError for a width that is no number in 200 .. 10000, or a height that is none in 100 .. 10000
 */
export function lineChartSvg(chart: LineChart): string {
  const { width = 720, height = 400 } = chart;
  requireNumber("lineChartSvg", "width", width, { min: 200, max: 10_000 }, "Pass pixels.");
  requireNumber("lineChartSvg", "height", height, { min: 100, max: 10_000 }, "Pass pixels.");
  const given = typeof chart.threshold === "number" ? { value: chart.threshold, label: "" } : chart.threshold;
  const threshold = given && isDrawn(given.value) ? given : undefined;
  const series = chart.series.map(({ label, points, band = [] }) => ({
    label,
    points: points.filter(([x]) => isDrawn(x)),
    band: band.filter((point) => point.every(isDrawn)),
  }));

  const [lowX, highX] = roundOff(
    rangeOf(series.flatMap((s) => [...s.points.map(([x]) => x), ...s.band.map(([x]) => x)])),
  );
  const [lowY, highY] = rangeOf([
    ...series.flatMap((s) => [...s.points.map(([, y]) => y), ...s.band.flatMap(([, low, high]) => [low, high])]),
    ...(threshold ? [threshold.value] : []),
  ]);
  // An axis of positive values starts at zero, unless the values would then fill only the upper part.
  const yScale = niceScale(lowY > 0 && lowY < 0.4 * highY ? 0 : lowY, highY, (height - 120) / 56, true);
  const yTicks = yScale.ticks;
  const largestY = Math.max(...yTicks.map(Math.abs));
  const yLabels = yTicks.map((tick) => tickLabel(tick, yScale.step, largestY));

  const legend = layLegend(
    series.map(({ label }) => label),
    width - 48,
  );
  const left = Math.ceil(30 + Math.max(...yLabels.map((label) => textWidth(label, 12))));
  const top = 76 + legend.rows * 20;
  const frame = makeFrame(left, width - 28, top, height - 54, lowX, highX, yTicks[0], yTicks[yTicks.length - 1]);

  const id = `c${contentHash(JSON.stringify([chart.title, chart.yLabel, series.map(({ label, points }) => [label, points.at(-1)])]))}`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}-t ${id}-d" font-family="${FONT}" font-size="12" fill="${MUTED}">`,
    `<title id="${id}-t">${escapeXml(chart.title)}</title>`,
    `<desc id="${id}-d">${escapeXml(describe(chart, series, threshold?.value))}</desc>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="6" fill="#fff" stroke="#d1d9e0"/>`,
    `<text x="24" y="32" font-size="16" font-weight="600" fill="${INK}">${escapeXml(chart.title)}</text>`,
    legend.markup,
    axes(chart, frame, lowX, highX, yTicks, yLabels),
    ...series.map(({ band }, i) => bandPath(thinBand(band, frame), frame, i)),
    threshold ? thresholdLine(threshold, frame) : "",
    ...series.map(({ points }, i) => linePath(thinPoints(points, frame), frame, i)),
    "</svg>\n",
  ];
  return parts.filter(Boolean).join("\n");
}

function makeFrame(
  left: number,
  right: number,
  top: number,
  bottom: number,
  lowX: number,
  highX: number,
  lowY: number,
  highY: number,
): Frame {
  return {
    left,
    right,
    top,
    bottom,
    x: (value) => left + ((value - lowX) / (highX - lowX)) * (right - left),
    y: (value) => bottom - ((value - lowY) / (highY - lowY)) * (bottom - top),
  };
}

function axes(
  chart: LineChart,
  frame: Frame,
  lowX: number,
  highX: number,
  yTicks: readonly number[],
  yLabels: readonly string[],
): string {
  const { left, right, top, bottom } = frame;
  const xScale = niceScale(lowX, highX, (right - left) / 90, false);
  const largestX = Math.max(...xScale.ticks.map(Math.abs));
  const rules = yTicks.map((tick) => `M${left} ${crisp(frame.y(tick))}H${right}`).join("");
  const marks = xScale.ticks.map((tick) => `M${crisp(frame.x(tick))} ${bottom}v5`).join("");
  return [
    `<path d="${rules}" stroke="${GRID}" fill="none"/>`,
    `<path d="M${left} ${crisp(bottom)}H${right}${marks}" stroke="${AXIS}" fill="none"/>`,
    `<g text-anchor="end">${yTicks
      .map((tick, i) => `<text x="${left - 8}" y="${fixed(frame.y(tick) + 4)}">${yLabels[i]}</text>`)
      .join("")}</g>`,
    `<g text-anchor="middle">${xScale.ticks
      .map(
        (tick) =>
          `<text x="${fixed(frame.x(tick))}" y="${bottom + 19}">${tickLabel(tick, xScale.step, largestX)}</text>`,
      )
      .join("")}<text x="${fixed((left + right) / 2)}" y="${bottom + 40}">${escapeXml(chart.xLabel)}</text></g>`,
    // The label is horizontal and above its axis, so that it is easy to read.
    `<text x="24" y="${top - 16}">${escapeXml(chart.yLabel)}</text>`,
  ].join("\n");
}

function linePath(points: readonly Point[], frame: Frame, index: number): string {
  let path = "";
  let drawing = false;
  let runLength = 0;
  for (const [x, y] of points) {
    if (!isDrawn(y)) {
      // A single point between two gaps would be invisible. A stroke of length 0 with round caps draws a dot.
      if (runLength === 1) path += "h0";
      drawing = false;
      runLength = 0;
      continue;
    }
    path += `${drawing ? "L" : "M"}${fixed(frame.x(x))} ${fixed(frame.y(y))}`;
    drawing = true;
    runLength++;
  }
  if (runLength === 1) path += "h0";
  if (path === "") return "";
  return `<path d="${path}" ${stroke(index)} fill="none"/>`;
}

function stroke(index: number): string {
  const dash = DASHES[Math.floor(index / COLOURS.length) % DASHES.length];
  return `stroke="${COLOURS[index % COLOURS.length]}" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"${dash && ` stroke-dasharray="${dash}"`}`;
}

function bandPath(band: readonly BandPoint[], frame: Frame, index: number): string {
  if (band.length < 2) return "";
  const upper = band.map(([x, , high]) => `${fixed(frame.x(x))} ${fixed(frame.y(high))}`);
  const lower = band.map(([x, low]) => `${fixed(frame.x(x))} ${fixed(frame.y(low))}`).reverse();
  return `<path d="M${[...upper, ...lower].join("L")}Z" fill="${COLOURS[index % COLOURS.length]}" fill-opacity=".16"/>`;
}

function thresholdLine(threshold: { value: number; label: string }, frame: Frame): string {
  const y = crisp(frame.y(threshold.value));
  const text =
    threshold.label === ""
      ? ""
      : `<text x="${frame.left + 6}" y="${y - 6}" fill="${MUTED}" paint-order="stroke" stroke="#fff" stroke-width="3" stroke-linejoin="round">${escapeXml(threshold.label)}</text>`;
  return `<path d="M${frame.left} ${y}H${frame.right}" stroke="${MUTED}" stroke-dasharray="5 4" fill="none"/>${text}`;
}

/** Lays out one legend entry per series, in as many rows as the width needs. */
function layLegend(labels: readonly string[], width: number): { markup: string; rows: number } {
  let x = 0;
  let row = 0;
  const entries: string[] = [];
  labels.forEach((label, i) => {
    if (label === "") return;
    const entryWidth = 28 + textWidth(label, 12) + 20;
    if (x > 0 && x + entryWidth > width) {
      x = 0;
      row++;
    }
    const y = 56 + row * 20;
    entries.push(
      `<path d="M${fixed(24 + x + 1)} ${y - 4}h18" ${stroke(i)}/><text x="${fixed(24 + x + 28)}" y="${y}" fill="${INK}">${escapeXml(label)}</text>`,
    );
    x += entryWidth;
  });
  return { markup: entries.join("\n"), rows: entries.length === 0 ? 0 : row + 1 };
}

/** Describes the chart for readers who cannot see it: the axes, and one sentence per series. */
function describe(chart: LineChart, series: readonly Series[], threshold: number | undefined): string {
  const sentences = series.map(({ label, points }) => {
    const drawn = points.filter(([, y]) => isDrawn(y));
    if (drawn.length === 0) return `${label}: no values.`;
    const [first, last] = [drawn[0], drawn[drawn.length - 1]];
    return `${label}: from ${shortNumber(first[1])} at ${shortNumber(first[0])} to ${shortNumber(last[1])} at ${shortNumber(last[0])}.`;
  });
  const line = threshold === undefined ? [] : [`A dashed line marks ${shortNumber(threshold)}.`];
  return [`Line chart of ${chart.yLabel} against ${chart.xLabel}.`, ...sentences, ...line].join(" ");
}

/** Keeps the first, lowest, highest and last point of each pixel column. The drawn line looks the same. */
function thinPoints(points: readonly Point[], frame: Frame): readonly Point[] {
  if (points.length <= 4 * (frame.right - frame.left)) return points;
  const kept: Point[] = [];
  for (let start = 0; start < points.length; ) {
    const column = Math.floor(frame.x(points[start][0]));
    let end = start;
    let lowest = start;
    let highest = start;
    while (end < points.length && Math.floor(frame.x(points[end][0])) === column) {
      if (points[end][1] < points[lowest][1]) lowest = end;
      if (points[end][1] > points[highest][1]) highest = end;
      end++;
    }
    const indices = [...new Set([start, lowest, highest, end - 1])].sort((a, b) => a - b);
    for (const i of indices) kept.push(points[i]);
    start = end;
  }
  return kept;
}

/** Keeps one band point per pixel column: the lowest and highest value in that column. */
function thinBand(band: readonly BandPoint[], frame: Frame): readonly BandPoint[] {
  if (band.length <= frame.right - frame.left) return band;
  const kept: [number, number, number][] = [];
  let lastColumn = Number.NaN;
  for (const [x, low, high] of band) {
    const column = Math.floor(frame.x(x));
    const last = kept[kept.length - 1];
    if (column === lastColumn) {
      last[1] = Math.min(last[1], low);
      last[2] = Math.max(last[2], high);
    } else {
      kept.push([x, low, high]);
    }
    lastColumn = column;
  }
  return kept;
}

/**
 * Combines several runs (seeds) into one line and one band for a Series: the mean, and the lowest and highest run.
 *
 * Runs log at different steps. Each run is therefore interpolated linearly on a common grid of `count` equally spaced steps.
 * The grid covers the steps that all runs have, so that the mean does not jump when a run begins or ends. The band is the full
 * range, not a deviation: with few seeds a reader wants to see the worst seed.
 *
 * @param runs points of each run, at least one finite point per run, in any order; points that are not finite are left out
 * @param count points of the grid, at least 2. Default: 200.
 * @throws RangeError for no runs, for a run without a finite point, or when no step is covered by all runs
 */
export function meanAndBand(
  runs: readonly (readonly Point[])[],
  count: number = 200,
): { points: Point[]; band: BandPoint[] } {
  requireNumber("meanAndBand", "count", count, { min: 2, integer: true }, "Pass the number of grid points.");
  const sorted = runs.map((run, i) => {
    const kept = run.filter(([x, y]) => isDrawn(x) && isDrawn(y)).sort((a, b) => a[0] - b[0]);
    if (kept.length > 0) return kept;
    throw new RangeError(`meanAndBand: run ${i} expected at least one finite point, got ${show(run)}. Leave it out.`);
  });
  const start = Math.max(...sorted.map((run) => run[0][0]));
  const end = Math.min(...sorted.map((run) => run[run.length - 1][0]));
  if (!(start <= end && sorted.length > 0)) {
    const got = sorted.length === 0 ? "no runs" : `a run that begins at ${start} and one that ends at ${end}`;
    throw new RangeError(`meanAndBand: runs expected to share some steps, got ${got}. Pass runs of one experiment.`);
  }
  const points: Point[] = [];
  const band: BandPoint[] = [];
  const cursors = sorted.map(() => 0);
  for (let i = 0; i < (end > start ? count : 1); i++) {
    const x = i === count - 1 ? end : start + ((end - start) * i) / (count - 1);
    const values = sorted.map((run, r) => {
      while (cursors[r] + 1 < run.length && run[cursors[r] + 1][0] <= x) cursors[r]++;
      const [x0, y0] = run[cursors[r]];
      const [x1, y1] = run[Math.min(cursors[r] + 1, run.length - 1)];
      return x1 > x0 ? y0 + ((y1 - y0) * (x - x0)) / (x1 - x0) : y0;
    });
    points.push([x, values.reduce((sum, y) => sum + y, 0) / values.length]);
    band.push([x, Math.min(...values), Math.max(...values)]);
  }
  return { points, band };
}

/** Moves both ends of a range to nearby round numbers: a run with steps 512 to 49 800 is drawn from 0 to 50k. */
function roundOff(range: [number, number]): [number, number] {
  const [low, high] = visibleRange(...range);
  const near = (high - low) * 0.04;
  const { ticks } = niceScale(low, high, 6, true);
  const first = ticks[0];
  const last = ticks[ticks.length - 1];
  return [low - first <= near ? first : low, last - high <= near ? last : high];
}

function rangeOf(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!isDrawn(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}

function isDrawn(value: number): boolean {
  return Math.abs(value) <= LARGEST_DRAWN;
}

/** Rounds to a tenth of a pixel, which is finer than screens show. */
function fixed(value: number): string {
  return String(Math.floor(value * 10 + 0.5) / 10);
}

/** Returns the middle of a pixel. A line of width 1 is sharp there. */
function crisp(value: number): number {
  return Math.floor(value) + 0.5;
}

/** Estimates the width of a text, rather too wide: the font is not known, and a gap looks better than an overlap. */
function textWidth(text: string, size: number): number {
  return text.length * size * 0.58;
}

/** Hashes a text with FNV-1a. Equal charts get equal ids, and different charts on one page get different ids. */
function contentHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
