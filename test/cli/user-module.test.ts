// Loading what a user wrote: each way in which that can fail is one line that begins with the file's name.

import { describe, expect, test } from "vitest";
import { start, temporaryFolder } from "./run-cli.ts";
import { writeFiles } from "./user-files.ts";

async function say(files: Readonly<Record<string, string>>, word: string): Promise<string> {
  const cwd = temporaryFolder();
  writeFiles(cwd, files);
  const { code, stderr, stdout } = await start(["train", "dqn", word], cwd).outcome;
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^bellwether: [^\n]+\n$/);
  return stderr.slice("bellwether: ".length, -1);
}

describe("a file that cannot be loaded", () => {
  test.each([
    ["is missing", {}, "./maze.mjs", "./maze.mjs: file expected a module, got nothing there. Check the path."],
    ["is a folder", {}, "./", "./: file expected a module, got a folder. Check the path."],
    [
      "is named without its ending",
      { "lib/maze.mjs": "" },
      "lib/maze",
      "./lib/maze: file expected a module, got nothing there. Did you mean ./lib/maze.mjs?",
    ],
    [
      "is named like an environment, without its ending",
      { "maze.ts": "" },
      "maze#Maze",
      'environment expected a registered id or a file, got "maze#Maze". Did you mean ./maze.ts#Maze?',
    ],
    [
      "has a mistake in its syntax",
      { "maze.mjs": "export const a = 1;\nexport const b = ;" },
      "maze.mjs",
      "./maze.mjs:2: SyntaxError: Unexpected token ';'",
    ],
    ["throws", { "maze.mjs": "\n\nthrow new Error('no walls');" }, "./maze.mjs", "./maze.mjs:3: no walls"],
    [
      "imports what throws",
      { "maze.mjs": "import './lib/walls.mjs';", "lib/walls.mjs": "\nmissing();" },
      "./maze.mjs",
      "./maze.mjs: missing is not defined (lib/walls.mjs:2)",
    ],
    [
      "imports a file that is missing",
      { "maze.mjs": "import './walls.mjs';" },
      "./maze.mjs",
      "./maze.mjs: import in maze.mjs expected a module at walls.mjs, got nothing there. Check the path.",
    ],
    [
      "imports a package that is missing",
      { "maze.mjs": "import 'no-such-package';" },
      "./maze.mjs",
      './maze.mjs: import in maze.mjs expected the package "no-such-package", got none near the file. Run npm install no-such-package in its folder.',
    ],
    [
      "imports a name that is none",
      { "maze.mjs": "import { boxx } from 'bellwether';" },
      "./maze.mjs",
      "./maze.mjs:1: SyntaxError: The requested module 'bellwether' does not provide an export named 'boxx'",
    ],
  ])("because it %s", async (_, files, word, message) => {
    expect(await say(files as Record<string, string>, word)).toBe(message);
  });

  test("because the runtime knows no such kind of file", async () => {
    expect(await say({ "maze.mjs.txt": "", "folder/maze.xyz": "" }, "folder/maze.xyz")).toMatch(
      /^\.\/folder\/maze\.xyz: file expected a kind that Node\.js [\d.]+ can load, got one that ends in "\.xyz"\. Give a file that ends in \.mjs or \.js\.$/,
    );
  });
});
