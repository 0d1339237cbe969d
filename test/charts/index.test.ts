import { expect, test } from "vitest";
import * as charts from "../../src/charts/index.ts";

test("exports what draws, by name", () => {
  expect(Object.keys(charts).sort()).toEqual([
    "animatedSvg",
    "lineChartSvg",
    "meanAndBand",
    "sparkline",
    "terminalChart",
  ]);
});
