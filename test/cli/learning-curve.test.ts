import { expect, test } from "vitest";
import {
  curveSvg,
  readCurve,
  resample,
  runSeries,
  seedsSeries,
  smooth,
  smoothingWindow,
} from "../../src/cli/learning-curve.ts";
import { expectWellFormed } from "./well-formed-svg.ts";

const episodes = (count: number, value: (i: number) => number): [number, number][] =>
  Array.from({ length: count }, (_, i) => [10 * (i + 1), value(i)]);

test("a curve is what the log says, without a line that is still being written", () => {
  const log = [
    '{"step":10,"rollout/return":5,"rollout/length":10}',
    '{"step":20,"eval/mean":7,"eval/std":1}',
    '{"step":30,"train/loss":1}',
    "null",
    '{"rollout/return":9}',
    '{"step":40,"rollout/ret',
  ].join("\n");
  expect(readCurve(log)).toEqual({ episodes: [[10, 5]], evaluations: [[20, 7]] });
});

test("smoothing is the mean of the last episodes, of fewer at the beginning", () => {
  const points = episodes(4, (i) => i);
  expect(smooth(points, 2).map(([, y]) => y)).toEqual([0, 0.5, 1.5, 2.5]);
  expect([10, 2000, 5000].map(smoothingWindow)).toEqual([20, 20, 50]);
});

test("resampling lies on the lines between points, and holds the ends", () => {
  const points: [number, number][] = [
    [10, 0],
    [20, 10],
  ];
  expect(resample(points, 30, 5)).toEqual([0, 5, 10, 10, 10]);
});

test("one run has its episodes and evaluations, several seeds a mean and a band", () => {
  const curve = { episodes: episodes(5, () => 3), evaluations: [[50, 4]] as [number, number][] };
  expect(runSeries(curve).map(({ label }) => label)).toEqual(["training episodes, mean of 20", "greedy evaluations"]);
  expect(runSeries({ ...curve, evaluations: [] })).toHaveLength(1);
  const other = { ...curve, episodes: episodes(5, () => 5) };
  const { label, points, band } = seedsSeries([curve, other], "dqn");
  expect(label).toBe("dqn (2 seeds, mean and range)");
  expect(points.at(-1)?.[1]).toBe(4);
  expect(band?.at(-1)?.slice(1)).toEqual([3, 5]);
});

test("the picture has the threshold where there is one", () => {
  const series = runSeries({ episodes: episodes(30, (i) => i), evaluations: [] });
  const svg = curveSvg("a title", series, 475);
  expectWellFormed(svg);
  expect(svg).toContain("solved: 475");
  expect(curveSvg("a title", series, undefined)).not.toContain("solved");
});
