import { describe, expect, test } from "vitest";
import { atomsOf, type DistributionOptions, readDistribution } from "../../../src/agents/deep-q/distribution.ts";

describe("defaults are those of the papers", () => {
  test("C51", () => {
    const expected = { type: "categorical", atoms: 51, low: -10, high: 10 };
    expect(readDistribution("C51", { type: "categorical" })).toEqual(expected);
    expect(readDistribution("C51", { type: "categorical", high: 500 })).toEqual({ ...expected, high: 500 });
  });
  test("QR-DQN", () => {
    expect(readDistribution("QRDQN", { type: "quantile" })).toEqual({ type: "quantile", quantiles: 200, kappa: 1 });
  });
  test("IQN", () => {
    expect(readDistribution("IQN", { type: "implicit-quantile", quantiles: 8 })).toEqual({
      type: "implicit-quantile",
      quantiles: 8,
      nextQuantiles: 64,
      actingQuantiles: 32,
      cosines: 64,
      kappa: 1,
    });
  });
});

describe("what cannot be is refused", () => {
  test.each<[unknown, TypeErrorConstructor | RangeErrorConstructor, string]>([
    [
      "categorical",
      TypeError,
      'C51: distribution expected an object, got "categorical". Use for example { type: "categorical" }.',
    ],
    [
      { type: "gaussian" },
      RangeError,
      'C51: distribution.type expected one of categorical, quantile, implicit-quantile, got "gaussian". Choose one.',
    ],
    [
      { type: "categorical", atom: 51 },
      RangeError,
      'C51: distribution: option expected a known name, got "atom". Did you mean atoms?',
    ],
    [
      { type: "categorical", atoms: 1 },
      RangeError,
      "C51: distribution.atoms expected an integer at least 2 and at most 4096, got 1. Set distribution.atoms.",
    ],
    [
      { type: "categorical", low: "0" },
      TypeError,
      'C51: distribution.low expected a number at least -1e+30 and at most 1e+30, got "0". Set distribution.low.',
    ],
    [
      { type: "categorical", high: Number.NaN },
      RangeError,
      "C51: distribution.high expected a number at least -1e+30 and at most 1e+30, got NaN. Set distribution.high.",
    ],
    [
      { type: "categorical", low: 10, high: 10 },
      RangeError,
      "C51: distribution.high expected a return above the low of 10, far enough for 51 atoms, got 10. Cover the returns that can occur.",
    ],
    [
      { type: "categorical", low: 1e8, high: 100000008 },
      RangeError,
      "C51: distribution.high expected a return above the low of 100000000, far enough for 51 atoms, got 100000008. Cover the returns that can occur.",
    ],
    [
      { type: "quantile", quantiles: 2.5 },
      RangeError,
      "C51: distribution.quantiles expected an integer at least 1 and at most 4096, got 2.5. Set distribution.quantiles.",
    ],
    [
      { type: "quantile", kappa: -1 },
      RangeError,
      "C51: distribution.kappa expected a number at least 0 and at most 1e+30, got -1. Set distribution.kappa.",
    ],
    [
      { type: "implicit-quantile", nextQuantiles: 0 },
      RangeError,
      "C51: distribution.nextQuantiles expected an integer at least 1 and at most 4096, got 0. Set distribution.nextQuantiles.",
    ],
    [
      { type: "implicit-quantile", actingQuantiles: 0 },
      RangeError,
      "C51: distribution.actingQuantiles expected an integer at least 1 and at most 4096, got 0. Set distribution.actingQuantiles.",
    ],
    [
      { type: "implicit-quantile", cosines: 1 },
      RangeError,
      "C51: distribution.cosines expected an integer at least 2 and at most 4096, got 1. Set distribution.cosines.",
    ],
  ])("%j", (options, kind, message) => {
    expect(() => readDistribution("C51", options as DistributionOptions)).toThrow(new kind(message));
  });
});

test("a distribution has as many outputs per action as atoms or quantiles, plain values one", () => {
  const categorical = readDistribution("test", { type: "categorical", atoms: 7 });
  const quantile = readDistribution("test", { type: "quantile", quantiles: 9 });
  const implicit = readDistribution("test", { type: "implicit-quantile", quantiles: 5 });
  expect([null, categorical, quantile, implicit].map(atomsOf)).toEqual([1, 7, 9, 5]);
});
