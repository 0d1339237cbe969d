import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { isModuleWord, nameOf, placeOf, seenFrom } from "../../src/cli/module-word.ts";

test("a word is a module's when it has a slash or a module's ending", () => {
  for (const word of ["./a.mjs", "a.js", "../b/c", "/a/b.ts#Name", "file:///a/b.cjs", "C:\\work\\a.mjs", "a.mts"]) {
    expect([word, isModuleWord(word)]).toEqual([word, true]);
  }
  for (const word of ["dqn", "CartPole-v1", "q-learning", "a.json", "a#b"]) {
    expect([word, isModuleWord(word)]).toEqual([word, false]);
  }
});

test("a word is relative to the folder that it is read in, and may name an export", () => {
  expect(placeOf("../b/maze.mjs#Maze", "/home/a")).toEqual({ file: "/home/b/maze.mjs", exportName: "Maze" });
  expect(placeOf("/maze.mjs", "/home")).toEqual({ file: "/maze.mjs", exportName: undefined });
  const file = join("/home", "a maze.mjs");
  expect(placeOf(`${pathToFileURL(file).href}#Größe`, "/").file).toBe(file);
  expect(placeOf("./of#2.mjs", "/home")).toEqual({ file: "/home/of#2.mjs", exportName: undefined });
});

test("a file URL that cannot be read is answered by the path without it", () => {
  expect(() => placeOf("file:///tmp/a b/100%.mjs", "/")).toThrow(
    "file:///tmp/a b/100%.mjs: word expected a file URL with every % written as %25, got URI malformed. Give the path without file:// instead.",
  );
  expect(() => placeOf("file://host/maze.mjs", "/")).toThrow(/^file:\/\/host\/maze\.mjs: word expected a file URL/);
});

test("a name is the file's without its ending, with the export where one is said", () => {
  expect(["./my-agent.mjs", "/a/maze.ts#Maze", "..\\b\\c.js", "dqn"].map(nameOf)).toEqual([
    "my-agent",
    "maze#Maze",
    "c",
    "dqn",
  ]);
});

test("a word seen from another folder names the same file", () => {
  expect(seenFrom("./maze.mjs#Maze", "/home", "/home/runs/one")).toBe("../../maze.mjs#Maze");
  expect(seenFrom("../../maze.mjs", "/home/runs/one", "/home")).toBe("./maze.mjs");
  expect(seenFrom("dqn", "/home", "/elsewhere")).toBe("dqn");
});
