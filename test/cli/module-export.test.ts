import { describe, expect, test } from "vitest";
import { chooseExport, described, isClass, type Wanted } from "../../src/cli/module-export.ts";
import { UserModule } from "../../src/cli/user-module.ts";

/** Numbers certainly, text perhaps. */
const WANTED: Wanted = {
  what: "a number",
  advice: "Export one.",
  fit: (value) => ({ number: 0, string: 1 })[typeof value as string],
};

const choose = (exports: Readonly<Record<string, unknown>>, name?: string): unknown =>
  chooseExport(new UserModule("./x.mjs", "/x.mjs", "", exports), name, WANTED);

describe("the export that is meant", () => {
  test("is the one that is named", () => {
    expect(choose({ default: 1, two: 2 }, "two")).toBe(2);
    expect(choose({ default: 1, two: "2" }, "two")).toBe("2");
  });

  test("is the default before others that fit as well", () => {
    expect(choose({ a: 2, default: 1 })).toBe(1);
    expect(choose({ a: "2", default: "1" })).toBe("1");
  });

  test("is the one that certainly fits before a default that only may", () => {
    expect(choose({ a: 2, default: "1" })).toBe(2);
  });

  test("is the only one that fits, under however many names", () => {
    expect(choose({ a: 2, b: true })).toBe(2);
    expect(choose({ a: 2, b: 2 })).toBe(2);
    expect(choose({ a: "2", b: true })).toBe("2");
  });
});

describe("no export is meant", () => {
  test.each([
    ["when none fits", { a: true }, undefined, "./x.mjs: exports expected a number, got a (true). Export one."],
    ["when there is none", {}, undefined, "./x.mjs: exports expected a number, got none. Export one."],
    [
      "when several fit",
      { a: 1, b: 2 },
      undefined,
      "./x.mjs: exports expected one that is a number, got a, b. Say which: ./x.mjs#a.",
    ],
    ["when the named one does not fit", { a: {} }, "a", "./x.mjs: a expected a number, got an object. Export one."],
    [
      "when there is none of the name",
      { apple: 1 },
      "aple",
      './x.mjs: the word after # expected the name of an export (the file exports apple (1)), got "aple". Did you mean apple?',
    ],
    [
      "when there is none of the name or near it",
      { a: 1, make: () => 1 },
      "something",
      './x.mjs: the word after # expected the name of an export (the file exports a (1), make (a function)), got "something". Name one of them.',
    ],
  ])("%s, and the message says so", (_, exports, name, message) => {
    expect(() => choose(exports, name)).toThrow(message);
  });
});

test("values are described by their kind", () => {
  class Some {}
  const each = [Some, () => 1, {}, null, "text"];
  expect(each.map(described)).toEqual(["a class", "a function", "an object", "null", '"text"']);
  expect([isClass(Some), isClass(() => 1)]).toEqual([true, false]);
});
