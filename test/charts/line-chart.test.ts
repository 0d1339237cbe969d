import { describe, expect, test } from "vitest";
import { type LineChart, lineChartSvg, meanAndBand, type Point } from "../../src/charts/line-chart.ts";

const chart: LineChart = {
  title: "CartPole <v1>",
  xLabel: "environment steps",
  yLabel: "return",
  series: [
    {
      label: "DQN & more",
      points: [
        [0, 20],
        [25_000, 300],
        [50_000, 500],
      ],
      band: [
        [0, 10, 30],
        [50_000, 480, 500],
      ],
    },
  ],
  threshold: { value: 475, label: "solved" },
};

/** Fails on markup that is not well formed: tags that do not nest, bare ampersands, numbers that are none. */
function requireWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, closing, name, selfClosing] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (closing) expect(open.pop()).toBe(name);
    else if (!selfClosing) open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)|NaN|Infinity|undefined/);
}

describe("lineChartSvg", () => {
  test("is one self-contained, accessible document", () => {
    const svg = lineChartSvg(chart);
    requireWellFormed(svg);
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 720 400" width="720" height="400" role="img"/,
    );
    const [, titleId, descriptionId] = svg.match(/aria-labelledby="(\S+) (\S+)"/) as RegExpMatchArray;
    expect(svg).toContain(`<title id="${titleId}">CartPole &lt;v1&gt;</title>`);
    expect(svg).toContain(
      `<desc id="${descriptionId}">Line chart of return against environment steps. DQN &amp; more: from 20 at 0 to 500 at 50k. A dashed line marks 475.</desc>`,
    );
    expect(svg.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|<script|<style|url\(/);
  });

  test("labels axes with round numbers, and draws legend, band, line and threshold", () => {
    const svg = lineChartSvg(chart);
    for (const label of ["0", "100", "500", "10k", "50k", "solved", "DQN &amp; more", "return"]) {
      expect(svg).toContain(`>${label}</text>`);
    }
    expect(svg).toContain('fill="#0072b2" fill-opacity=".16"');
    expect(svg).toContain('stroke-dasharray="5 4"');
    // The last point lies in the upper right corner of the plot: x at width - 28, y at the highest mark.
    expect(svg).toMatch(/L692 96" stroke="#0072b2"/);
  });

  test("gives the same bytes for the same chart, and different ids to different charts", () => {
    const idOf = (svg: string) => svg.match(/title id="(\S+)"/)?.[1];
    expect(lineChartSvg(chart)).toBe(lineChartSvg(chart));
    expect(idOf(lineChartSvg({ ...chart, title: "Acrobot-v1" }))).not.toBe(idOf(lineChartSvg(chart)));
  });

  test("interrupts the line at values that are not finite, and draws a lone point as a dot", () => {
    const points: Point[] = [
      [0, 1],
      [1, Number.NaN],
      [2, 2],
      [3, 3],
      [Number.POSITIVE_INFINITY, 3],
    ];
    const svg = lineChartSvg({ ...chart, series: [{ label: "a", points }] });
    requireWellFormed(svg);
    expect(svg).toMatch(/<path d="M[\d. ]+h0M[\d. ]+L[\d. ]+" stroke="#0072b2"/);
  });

  test.each([
    ["no series", []],
    ["an empty series", [{ label: "a", points: [] }]],
    ["one point", [{ label: "a", points: [[5, 5]] }]],
    ["only NaN", [{ label: "a", points: [[1, Number.NaN]], band: [[1, Number.NaN, 2]] }]],
    [
      "extremes",
      [
        {
          label: "a",
          points: [
            [-1e300, -1e300],
            [1e300, 1e300],
            [0, 1e308],
          ],
        },
      ],
    ],
    [
      "tiny values",
      [
        {
          label: "a",
          points: [
            [0, 1e-310],
            [1e-310, 2e-310],
          ],
        },
      ],
    ],
  ] as [string, LineChart["series"]][])("draws axes for %s", (_, series) => {
    const { threshold, ...rest } = chart;
    requireWellFormed(lineChartSvg({ ...rest, series }));
    requireWellFormed(lineChartSvg({ ...rest, series, threshold: Number.NaN }));
    expect(threshold).toBeDefined();
  });

  test("keeps the file small and the extremes visible however long the run was", () => {
    const points = Array.from({ length: 200_000 }, (_, i): Point => [i, i === 77_777 ? 1000 : i % 7]);
    const band = points.map(([x, y]): [number, number, number] => [x, y - 1, y + 1]);
    const svg = lineChartSvg({ ...chart, series: [{ label: "a", points, band }] });
    expect(svg.length).toBeLessThan(80_000);
    expect(svg).toContain(">1000</text>");
  });

  test("wraps a long legend and tells the eighth series from the first", () => {
    const series = Array.from({ length: 9 }, (_, i) => ({
      label: `series number ${i}`,
      points: [
        [0, i],
        [1, i],
      ] as Point[],
    }));
    const svg = lineChartSvg({ ...chart, series });
    const rows = new Set([...svg.matchAll(/y="(\d+)" fill="#1f2328">series/g)].map(([, y]) => y));
    expect(rows.size).toBe(3);
    expect(svg).toMatch(/stroke="#0072b2"[^>]*stroke-dasharray="6 3"/);
  });

  test("refuses sizes that hold no chart", () => {
    expect(() => lineChartSvg({ ...chart, width: 10 })).toThrow(
      new RangeError("lineChartSvg: width expected a number at least 200 and at most 10000, got 10. Pass pixels."),
    );
    expect(() => lineChartSvg({ ...chart, height: Number.NaN })).toThrow(
      new RangeError("lineChartSvg: height expected a number at least 100 and at most 10000, got NaN. Pass pixels."),
    );
  });
});

describe("meanAndBand", () => {
  test("interpolates runs that log at different steps, over the steps that all cover", () => {
    const { points, band } = meanAndBand(
      [
        [
          [0, 0],
          [10, 10],
        ],
        [
          [8, 20],
          [2, 20],
          [20, 20],
        ],
      ],
      5,
    );
    expect(points).toEqual([
      [2, 11],
      [4, 12],
      [6, 13],
      [8, 14],
      [10, 15],
    ]);
    expect(band).toEqual([
      [2, 2, 20],
      [4, 4, 20],
      [6, 6, 20],
      [8, 8, 20],
      [10, 10, 20],
    ]);
  });

  test("takes the later of two values at one step, and leaves out what is not finite", () => {
    const run: Point[] = [
      [0, 1],
      [1, 2],
      [1, 4],
      [2, Number.NaN],
    ];
    expect(meanAndBand([run], 2).points).toEqual([
      [0, 1],
      [1, 4],
    ]);
  });

  test("makes one point of runs that share one step", () => {
    expect(meanAndBand([[[3, 1]], [[3, 2]]])).toEqual({ points: [[3, 1.5]], band: [[3, 1, 2]] });
  });

  test("says what is wrong with its runs", () => {
    expect(() => meanAndBand([])).toThrow(
      new RangeError("meanAndBand: runs expected to share some steps, got no runs. Pass runs of one experiment."),
    );
    expect(() => meanAndBand([[[0, 1]], []])).toThrow(
      new RangeError("meanAndBand: run 1 expected at least one finite point, got []. Leave it out."),
    );
    expect(() => meanAndBand([[[0, 1]], [[5, 1]]])).toThrow(
      new RangeError(
        "meanAndBand: runs expected to share some steps, got a run that begins at 5 and one that ends at 0. Pass runs of one experiment.",
      ),
    );
    expect(() => meanAndBand([[[0, 1]]], 1)).toThrow(
      new RangeError("meanAndBand: count expected an integer at least 2, got 1. Pass the number of grid points."),
    );
  });
});
