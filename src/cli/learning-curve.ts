// Makes the learning curve of a run from its log: smoothed episode returns, and evaluations.

import { lineChartSvg, meanAndBand, type Point, type Series } from "../charts/line-chart.ts";

export interface Curve {
  readonly episodes: Point[];
  readonly evaluations: Point[];
}

/** Returns the number of episodes in a moving mean: large enough to smooth the curve, small enough not to delay it. */
export function smoothingWindow(episodes: number): number {
  return Math.max(20, Math.floor(episodes / 100));
}

/** Reads the points of a log. @param jsonl text of log.jsonl; an incomplete last line is left out */
export function readCurve(jsonl: string): Curve {
  const curve: Curve = { episodes: [], evaluations: [] };
  for (const line of jsonl.split("\n")) {
    let record: Record<string, unknown>;
    try {
      record = JSON.parse(line) ?? {};
    } catch {
      continue;
    }
    const step = record.step;
    if (typeof step !== "number") continue;
    if (typeof record["rollout/return"] === "number") curve.episodes.push([step, record["rollout/return"]]);
    if (typeof record["eval/mean"] === "number") curve.evaluations.push([step, record["eval/mean"]]);
  }
  return curve;
}

/** Returns the moving mean over the last `window` episodes; at the beginning over all episodes so far. */
export function smooth(points: readonly Point[], window: number = smoothingWindow(points.length)): Point[] {
  let sum = 0;
  return points.map(([x, y], i) => {
    sum += y - (i >= window ? points[i - window][1] : 0);
    return [x, sum / Math.min(i + 1, window)];
  });
}

/** Returns `count` values at equal distances, from the first point to the step `end`, interpolated linearly between points. */
export function resample(points: readonly Point[], end: number, count: number): number[] {
  let next = 0;
  return Array.from({ length: count }, (_, i) => {
    const x = points[0][0] + ((end - points[0][0]) * i) / Math.max(1, count - 1);
    while (next < points.length && points[next][0] < x) next++;
    if (next === 0 || next === points.length) return points[Math.max(0, next - 1)][1];
    const [[x0, y0], [x1, y1]] = [points[next - 1], points[next]];
    return x1 > x0 ? y0 + ((y1 - y0) * (x - x0)) / (x1 - x0) : y1;
  });
}

/** Returns the lines of one run: its episodes and, where the log has any, its evaluations. */
export function runSeries(curve: Curve, label: string = ""): Series[] {
  const series: Series[] = [
    {
      label: `${label}training episodes, mean of ${smoothingWindow(curve.episodes.length)}`,
      points: smooth(curve.episodes),
    },
  ];
  if (curve.evaluations.length > 0) {
    series.push({ label: `${label}greedy evaluations`, points: curve.evaluations });
  }
  return series;
}

/** Returns one line for several seeds: their mean, with a band from the lowest to the highest seed. */
export function seedsSeries(curves: readonly Curve[], label: string): Series {
  const { points, band } = meanAndBand(curves.map(({ episodes }) => smooth(episodes)));
  return { label: `${label} (${curves.length} seeds, mean and range)`, points, band };
}

export function curveSvg(title: string, series: readonly Series[], threshold: number | undefined): string {
  return lineChartSvg({
    title,
    xLabel: "environment steps",
    yLabel: "episode return",
    series,
    ...(threshold !== undefined && { threshold: { value: threshold, label: `solved: ${threshold}` } }),
  });
}
