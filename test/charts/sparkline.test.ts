import { describe, expect, test } from "vitest";
import { sparkline, terminalChart } from "../../src/charts/sparkline.ts";

describe("sparkline", () => {
  test("draws the lowest lowest and the highest highest", () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe("▁▂▃▄▅▆▇█");
    expect(sparkline(Float32Array.of(5, -5))).toBe("█▁");
  });

  test("averages groups when there are more values than characters", () => {
    expect(sparkline([0, 2, 6, 8, 0, 0], 3)).toBe("▂█▁");
    expect([...sparkline(new Float32Array(1001), 60)]).toHaveLength(60);
  });

  test("draws gaps, constants, extremes and nothing", () => {
    expect(sparkline([1, Number.NaN, 2, Number.POSITIVE_INFINITY])).toBe("▁ █ ");
    expect(sparkline([3, 3])).toBe("▄▄");
    expect(sparkline([-1e300, 1e300])).toBe("▁█");
    expect(sparkline([])).toBe("");
  });

  test("refuses a width that is no count", () => {
    expect(() => sparkline([1], 0)).toThrow(
      new RangeError("sparkline: width expected an integer at least 1, got 0. Pass the number of characters."),
    );
  });
});

describe("terminalChart", () => {
  test("draws a rising line from corner to corner, connected", () => {
    expect(terminalChart([0, 100], { width: 4, height: 2 })).toBe("100 ┤⠀⠀⡠⠊\n  0 ┤⡠⠊⠀⠀");
  });

  test("has the asked size, whatever the number of values", () => {
    for (const length of [0, 1, 2, 19, 20, 21, 5000]) {
      const lines = terminalChart(new Float64Array(length), { width: 10, height: 3 }).split("\n");
      expect(lines.map((line) => line.length)).toEqual([13, 13, 13]);
    }
  });

  test("leaves gaps where values are missing", () => {
    const [line] = terminalChart([1, 1, Number.NaN, Number.NaN, 1, 1], { width: 3, height: 1 }).split("\n");
    expect(line).toBe("1 ┤⠒⠀⠒");
  });

  test("refuses a size that is no count", () => {
    expect(() => terminalChart([1], { width: 0.5 })).toThrow(
      new RangeError("terminalChart: width expected an integer at least 1, got 0.5. Pass the number of characters."),
    );
    expect(() => terminalChart([1], { height: 0 })).toThrow(
      new RangeError("terminalChart: height expected an integer at least 1, got 0. Pass the number of lines."),
    );
  });
});
