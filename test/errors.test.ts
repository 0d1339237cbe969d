import { describe, expect, test } from "vitest";
import { type NumberRule, nearestName, rejectUnknownOptions, requireNumber, show } from "../src/errors.ts";

describe("a value in a message", () => {
  test.each<[unknown, string]>([
    ['a "word"', '"a \\"word\\""'],
    ["x".repeat(61), `"${"x".repeat(57)}..."`],
    [-0.5, "-0.5"],
    [Number.NaN, "NaN"],
    [3n, "3"],
    [true, "true"],
    [null, "null"],
    [undefined, "undefined"],
    [function named() {}, "function named"],
    [() => {}, "function (anonymous)"],
    [[1, "a", null], '[1, "a", null]'],
    [Float32Array.of(1, 2), "Float32Array [1, 2]"],
    [Array.from({ length: 7 }, (_, i) => i), "[0, 1, 2, 3, 4, 5, ... 7 values]"],
    [new Map(), "Map"],
    [{ a: 1 }, "Object"],
    [Object.create(null), "object"],
    [{ constructor: "of a parsed file" }, "object"],
  ])("%s shows as %s", (value, shown) => {
    expect(show(value)).toBe(shown);
  });
});

describe("the nearest name", () => {
  test.each([
    ["learningrate", "learningRate"],
    ["gama", "gamma"],
    ["batchSzie", "batchSize"],
  ])("to %s is %s", (name, near) => {
    expect(nearestName(name, ["batchSize", "gamma", "learningRate"])).toBe(near);
  });

  test("is none where no name is a typing mistake away", () => {
    expect(nearestName("temperature", ["batchSize", "gamma", "learningRate"])).toBeUndefined();
    expect(nearestName("x", [])).toBeUndefined();
  });

  test("is the first of two that are equally near", () => {
    expect(nearestName("tau3", ["tau1", "tau2"])).toBe("tau1");
  });
});

describe("unknown options", () => {
  test("are refused with the name that was meant", () => {
    expect(() => rejectUnknownOptions("learn", { signal: null, onPogress: null }, ["signal", "onProgress"])).toThrow(
      new RangeError('learn: option expected a known name, got "onPogress". Did you mean onProgress?'),
    );
  });

  test("are refused with all known names where none is near", () => {
    expect(() => rejectUnknownOptions("save", { everything: true }, ["contents"])).toThrow(
      new RangeError('save: option expected a known name, got "everything". Known options: contents.'),
    );
  });
});

describe("a number", () => {
  const check = (value: unknown, rule: NumberRule): number => requireNumber("DQN", "rate", value, rule, "Set it.");

  test.each<[number, NumberRule]>([
    [0.5, {}],
    [0, { min: 0, max: 0 }],
    [0.999, { above: 0, below: 1 }],
    [2 ** 53 - 1, { integer: true }],
  ])("%s within %o is given back", (value, rule) => {
    expect(check(value, rule)).toBe(value);
  });

  test.each<[number, NumberRule, string]>([
    [Number.NaN, {}, "a number, got NaN"],
    [Number.POSITIVE_INFINITY, { min: 0 }, "a number at least 0, got Infinity"],
    [-1, { min: 0, max: 1 }, "a number at least 0 and at most 1, got -1"],
    [2, { min: 0, max: 1 }, "a number at least 0 and at most 1, got 2"],
    [0, { above: 0, below: 1 }, "a number above 0 and below 1, got 0"],
    [1, { above: 0, below: 1 }, "a number above 0 and below 1, got 1"],
    [1.5, { integer: true }, "an integer, got 1.5"],
    [2 ** 53, { integer: true }, "an integer, got 9007199254740992"],
  ])("%s outside of %o is refused", (value, rule, problem) => {
    expect(() => check(value, rule)).toThrow(new RangeError(`DQN: rate expected ${problem}. Set it.`));
  });

  test("that is of another kind is a TypeError", () => {
    expect(() => check("1", { min: 0 })).toThrow(
      new TypeError('DQN: rate expected a number at least 0, got "1". Set it.'),
    );
  });
});
