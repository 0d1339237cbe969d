import { describe, expect, test } from "vitest";
import { assign, isSame, lookUp, readAssignments, settingsAssignments } from "../../src/cli/settings.ts";

const read = (words: string[], base = {}) => assign(readAssignments("--set", words), base);

describe("assignments", () => {
  test("are JSON where they parse as JSON, else text", () => {
    expect(
      read(["a=0.5", "b=true", "c=null", "d=[1,2]", 'e={"type":"linear"}', "f=mse", "g=", 'h="7"', "i=x=y"]),
    ).toEqual({
      a: 0.5,
      b: true,
      c: null,
      d: [1, 2],
      e: { type: "linear" },
      f: "mse",
      g: "",
      h: "7",
      i: "x=y",
    });
  });

  test("with dots change one part and take the rest from what holds without them", () => {
    const base = { epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.1 }, tau: 1 };
    expect(read(["epsilon.to=0.01"], base)).toEqual({ epsilon: { ...base.epsilon, to: 0.01 } });
  });

  test("with dots after a whole value change that value", () => {
    expect(read(['epsilon={"from":1}', "epsilon.to=0"], { epsilon: { type: "linear" } })).toEqual({
      epsilon: { from: 1, to: 0 },
    });
  });

  test.each(["", "=1", "a", ".a=1", "a.=1", "constructor=1", "a.__proto__.b=1"])("refuses %j", (word) => {
    expect(() => read([word])).toThrow(/expected key=value/);
  });
});

test("looks up a path and stops at what is no object", () => {
  expect(lookUp({ a: { b: [1] } }, ["a", "b"])).toEqual([1]);
  expect(lookUp({ a: 1 }, ["a", "b"])).toBeUndefined();
});

test("compares as data, whatever the order of keys", () => {
  expect(isSame({ a: [1, { b: 2 }], c: null }, { c: null, a: [1, { b: 2 }] })).toBe(true);
  expect(isSame({ a: 1 }, { a: 1, b: undefined })).toBe(false);
  expect(isSame([1], { 0: 1 })).toBe(false);
  expect(isSame({}, null)).toBe(false);
});

describe("settings of a file", () => {
  test("are assignments, dots and all", () => {
    expect(settingsAssignments("file", { a: 1, "b.c": [2] })).toEqual([
      { path: ["a"], value: 1 },
      { path: ["b", "c"], value: [2] },
    ]);
  });

  test.each(["", "a..b", "constructor"])("refuse the name %j", (key) => {
    expect(() => settingsAssignments("file", { [key]: 1 })).toThrow(
      `file: setting expected a name, got "${key}". For example learningRate.`,
    );
  });

  test("refuse what has a place of its own", () => {
    expect(() => settingsAssignments("file", { seed: 1 }, ["seed"])).toThrow(
      'file: key expected a setting, got "seed". It has a place of its own.',
    );
  });
});
