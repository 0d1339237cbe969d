import { expect, test } from "vitest";
import { byteSize, clock, duration, grouped, short, spread } from "../../src/cli/number-text.ts";

test("large counts are grouped, unknown ones a question mark", () => {
  expect([50_000, 1234.6, Number.NaN].map(grouped)).toEqual(["50,000", "1,235", "?"]);
});

test("values have four significant digits, and a dash where nothing is known", () => {
  const values = [487.25, 0.012345, 0.00048, -1234.56, 123_456.7, 0, Number.NaN, Number.POSITIVE_INFINITY];
  expect(values.map(short)).toEqual(["487.3", "0.01235", "4.8e-4", "-1234.6", "123457", "0", "-", "Infinity"]);
});

test("spreads have two digits, three above a hundred", () => {
  expect([12.345, 0.016, 123.45].map(spread)).toEqual(["12", "0.016", "123"]);
});

test("times read like a clock, short ones in seconds", () => {
  expect([7, 754, 3723, Number.POSITIVE_INFINITY].map(clock)).toEqual(["0:07", "12:34", "1:02:03", "-:--"]);
  expect([0.42, 59.9, 61].map(duration)).toEqual(["0.4 s", "59.9 s", "1:01"]);
});

test("sizes are in bytes, KiB and MiB", () => {
  expect([12, 25_700, 3_145_728].map(byteSize)).toEqual(["12 bytes", "25.1 KiB", "3.0 MiB"]);
});
