import { describe, expect, test } from "vitest";
import { Pcg64 } from "../../src/engine/random.ts";
import { drawSettings, readSpace } from "../../src/experiments/search-space.ts";

const LOSSES = ["huber", "mse", null];
const SPACE = {
  rate: { type: "logUniform", low: 1e-4, high: 1e-1 },
  share: { type: "uniform", low: 0, high: 2 },
  steps: { type: "integer", low: 1, high: 4 },
  loss: { type: "choice", values: LOSSES },
};

interface Drawn {
  readonly rate: number;
  readonly share: number;
  readonly steps: number;
  readonly loss: string | null;
}

describe("drawn settings", () => {
  const space = readSpace("space", SPACE);
  const random = new Pcg64(11);
  const draws = Array.from({ length: 4000 }, () => drawSettings(space, random) as unknown as Drawn);
  // Of 4000 draws (seed 11), four standard deviations of a share are at most 0.032.
  const expectShare = (rule: (draw: Drawn) => boolean, expected: number): void => {
    expect(Math.abs(draws.filter(rule).length / draws.length - expected)).toBeLessThan(0.032);
  };

  test("lie in their ranges, logUniform evenly over the magnitudes", () => {
    expect(draws.every(({ rate, share }) => rate >= 1e-4 && rate <= 1e-1 && share >= 0 && share <= 2)).toBe(true);
    expectShare(({ rate }) => rate < 1e-3, 1 / 3);
    expectShare(({ rate }) => rate < 1e-2, 2 / 3);
    expectShare(({ share }) => share < 0.5, 1 / 4);
  });

  test("reach both ends of integers and every choice, all as often", () => {
    for (const n of [1, 2, 3, 4]) expectShare(({ steps }) => steps === n, 1 / 4);
    for (const value of LOSSES) expectShare(({ loss }) => loss === value, 1 / 3);
  });

  test("have four digits, which a reader can copy", () => {
    expect(draws.every(({ rate }) => Number(rate.toPrecision(4)) === rate)).toBe(true);
  });

  test("are the same for the same seed", () => {
    expect(drawSettings(space, new Pcg64(11))).toEqual(draws[0]);
  });
});

describe("what is refused", () => {
  const cases: [string, unknown, RegExp][] = [
    ["an empty space", {}, /^space expected at least one setting, got none/],
    ["a type", { a: { type: "normal" } }, /^space: a: type expected "choice" or .*, got "normal"/],
    ["a range without an end", { a: { type: "uniform", low: 1 } }, /^space: a: high expected to be given/],
    [
      "a range upside down",
      { a: { type: "uniform", low: 1, high: 0 } },
      /^space: a: high expected a number at least 1/,
    ],
    ["a magnitude of 0", { a: { type: "logUniform", low: 0, high: 1 } }, /^space: a: low expected a number above 0/],
    ["half an integer", { a: { type: "integer", low: 0.5, high: 1 } }, /^space: a: low expected an integer, got 0\.5/],
    ["no choice", { a: { type: "choice", values: [] } }, /^space: a: values expected a list of at least one/],
    ["a key", { a: { type: "choice", value: [1] } }, /got "value"\. Did you mean values\?/],
    ["no object", { a: 3 }, /^space: a: expected an object, got 3/],
  ];
  test.each(cases)("%s", (_, json, message) => {
    expect(() => readSpace("space", json)).toThrow(message);
  });
});
