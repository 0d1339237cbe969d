import { expect, test } from "vitest";
import { run, temporaryFolder } from "./run-cli.ts";
import { writeFiles } from "./user-files.ts";

async function say(files: Readonly<Record<string, string>>): Promise<string> {
  const cwd = temporaryFolder();
  writeFiles(cwd, files);
  return (await run(["train", "dqn", "./maze.mjs"], cwd)).stderr.slice("bellwether: ".length, -1);
}

test("a file finds the package of the command line where none is installed near it", async () => {
  const text = 'import { box, DQN } from "bellwether";\nthrow new Error([typeof DQN, typeof box].join());';
  expect(await say({ "maze.mjs": text })).toBe("./maze.mjs:2: function,function");
});

test("a file takes the package that is installed near it", async () => {
  const files = {
    "node_modules/bellwether/package.json": '{ "name": "bellwether", "type": "module", "exports": "./index.js" }',
    "node_modules/bellwether/index.js": "export const name = 'another';",
    "maze.mjs": 'import { name } from "bellwether";\nthrow new Error(name);',
  };
  expect(await say(files)).toBe("./maze.mjs:2: another");
});
