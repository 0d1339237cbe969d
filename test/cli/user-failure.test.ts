import { describe, expect, test } from "vitest";
import { failureText, userPlace } from "../../src/cli/user-failure.ts";

const LIBRARY = new URL("../../src/training/run.ts", import.meta.url).href;
const failure = (...frames: string[]): Error =>
  Object.assign(new Error("no"), { stack: ["Error: no", ...frames].join("\n") });

describe("the place of an error", () => {
  test("is the first that is neither the runtime's nor the library's", () => {
    const error = failure(
      "    at JSON.parse (<anonymous>)",
      "    at readFileSync (node:fs:448:20)",
      `    at Run.drive (${LIBRARY}:12:3)`,
      "    at file:///home/node_modules/bellwether/dist/bundled/parts/library.js:1:2",
      "    at Maze.step (file:///home/my%20maze.mjs:7:11)",
      "    at file:///home/other.mjs:8:1",
    );
    expect(userPlace(error)).toEqual({ file: "/home/my maze.mjs", line: 7 });
  });

  test("is found where a runtime writes paths, or the place before the error", () => {
    expect(userPlace(failure("    at step (/home/maze.mjs:7:11)"))).toEqual({ file: "/home/maze.mjs", line: 7 });
    const early = Object.assign(new SyntaxError("no"), {
      stack: "file:///home/maze.mjs:3\nimport x\n\nSyntaxError: no",
    });
    expect(userPlace(early)).toEqual({ file: "/home/maze.mjs", line: 3 });
  });

  test("is unknown where nobody says it", () => {
    expect(userPlace(failure("    at node:internal/modules/esm/utils:346:16"))).toBeUndefined();
    expect(userPlace("text")).toBeUndefined();
  });
});

test("an error is one line that begins with the module, and its own line where that is known", () => {
  const text = (error: unknown, line?: number, file: string = "/home/maze.mjs"): string =>
    failureText("./maze.mjs", "/home/maze.mjs", error, line === undefined ? undefined : { file, line });
  expect(text(new Error("two\n  lines"))).toBe("./maze.mjs: two lines");
  expect(text(new Error("no"), 7)).toBe("./maze.mjs:7: no");
  expect(text(new SyntaxError("Unexpected token"), 7)).toBe("./maze.mjs:7: SyntaxError: Unexpected token");
  expect(text(new Error("no"), 7, `${process.cwd()}/walls.mjs`)).toBe("./maze.mjs: no (walls.mjs:7)");
  expect(text(new TypeError(""))).toBe("./maze.mjs: TypeError");
  expect(text("thrown text")).toBe('./maze.mjs: the file threw "thrown text" instead of an Error');
});
