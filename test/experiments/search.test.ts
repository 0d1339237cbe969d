import { describe, expect, test } from "vitest";
import { halvingRungs, hyperbandBrackets, type Rung, readSearch } from "../../src/experiments/search.ts";

const ENVIRONMENTS = [{ id: "E", options: {}, steps: 8100, settings: {}, reference: null }];
const plan = (rungs: readonly Rung[], steps: number): number[][] =>
  rungs.map(({ trials, share }) => [trials, Math.round(share * steps)]);

describe("successive halving", () => {
  test("gives each rung a third of the trials and three times the steps", () => {
    const expected = [
      [27, 300],
      [9, 900],
      [3, 2700],
      [1, 8100],
    ];
    expect(plan(halvingRungs(27, 1 / 27, 3), 8100)).toEqual(expected);
  });

  test("spends as much on each rung, and all steps on the last", () => {
    const rungs = halvingRungs(16, 1 / 8, 2);
    expect(rungs.map(({ trials, share }) => trials * share)).toEqual([2, 2, 2, 2]);
    expect(rungs.at(-1)?.share).toBe(1);
  });

  test("has no rung below the smallest budget, and none without a choice", () => {
    const expected = [
      [27, 100],
      [9, 300],
      [3, 900],
    ];
    expect(plan(halvingRungs(27, 1 / 9, 3), 900)).toEqual(expected);
    expect(plan(halvingRungs(2, 1 / 81, 3), 81)).toEqual([
      [2, 27],
      [1, 81],
    ]);
    expect(halvingRungs(1, 1 / 81, 3)).toEqual([{ trials: 1, share: 1 }]);
  });
});

test("hyperband's brackets have the budgets of table 1 of Li et al. 2018 (R 81, eta 3), and algorithm 1's trials", () => {
  const brackets = hyperbandBrackets(1 / 81, 3).map((rungs) => plan(rungs, 81));
  expect(brackets.map((rungs) => rungs.map(([, steps]) => steps))).toEqual([
    [1, 3, 9, 27, 81],
    [3, 9, 27, 81],
    [9, 27, 81],
    [27, 81],
    [81],
  ]);
  // ceil((s_max + 1) / (s + 1) eta^s), then a third of each, rounded down.
  expect(brackets.map((rungs) => rungs.map(([trials]) => trials))).toEqual([
    [81, 27, 9, 3, 1],
    [34, 11, 3, 1],
    [15, 5, 1],
    [8, 2],
    [5],
  ]);
});

describe("a search as it is written", () => {
  test("is random over 16 trials by default, with five fresh seeds at the end", () => {
    expect(readSearch("search", undefined, ENVIRONMENTS)).toEqual({
      method: "random",
      seed: 0,
      brackets: [[{ trials: 16, share: 1 }]],
      confirmSeeds: 5,
    });
  });

  test("counts the smallest budget in steps", () => {
    const { brackets } = readSearch("search", { method: "halving", trials: 9, minimumSteps: 900 }, ENVIRONMENTS);
    expect(brackets).toHaveLength(1);
    expect(plan(brackets[0], 8100)).toEqual([
      [9, 900],
      [3, 2700],
      [1, 8100],
    ]);
  });

  const cases: [string, object, RegExp][] = [
    ["a method", { method: "grid" }, /^search: method expected "random" or "halving" or "hyperband", got "grid"/],
    [
      "trials of hyperband",
      { method: "hyperband", trials: 3 },
      /^search \(hyperband\): option expected .*got "trials"/,
    ],
    ["a key", { methd: "random" }, /^search: .*Did you mean method\?/],
    ["a reduction by 1", { method: "halving", reduction: 1 }, /reduction expected an integer at least 2, got 1/],
    ["too large a smallest budget", { method: "halving", minimumSteps: 9000 }, /minimumSteps expected .* at most 8100/],
    ["no trials", { trials: 0 }, /trials expected an integer at least 1, got 0/],
  ];
  test.each(cases)("refuses %s", (_, json, message) => {
    expect(() => readSearch("search", json, ENVIRONMENTS)).toThrow(message);
  });
});
