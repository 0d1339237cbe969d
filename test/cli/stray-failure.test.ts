// Failures of a user's file that no caller can catch end the command in one line, with the file's name and exit code 2.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { run, SMALL, temporaryFolder } from "./run-cli.ts";
import { AVERAGED_DQN, writeFiles } from "./user-files.ts";

const environment = (before: string, step: string = ""): string => `
import { box, discrete } from "bellwether";
${before}
let steps = 0;
export class Maze {
  observationSpace = box(-1, 1, [1]);
  actionSpace = discrete(2);
  reset() { return { observation: [0], info: {} }; }
  step() {
    steps++;
    ${step}
    return { observation: [0], reward: 0, terminated: true, truncated: false, info: {} };
  }
}`;
const never = (what: string): string =>
  `./maze.mjs: ${what} expected a promise that settles, got one that never does. Resolve it, or reject it with an Error.`;
const NEVER = "new Promise(() => {})";

test.each([
  ["step of a promise that never settles", environment("", `return ${NEVER};`), never("step")],
  ["late step of a promise that never settles", environment("", `if (steps > 3000) return ${NEVER};`), never("step")],
  ["top-level await of it", environment(`await ${NEVER};`), never("the file's top-level await")],
  ["maker that never answers", `export const make = () => ${NEVER};`, never("make")],
  [
    "rejection that nobody awaits",
    environment("", "if (steps >= 2000) Promise.reject(new Error('lost'));"),
    "./maze.mjs:11: lost",
  ],
  [
    "rejection without an Error",
    environment("Promise.reject('text');\nawait new Promise((done) => setTimeout(done, 2000));"),
    './maze.mjs: the file threw "text" instead of an Error',
  ],
  [
    "error in a timer",
    environment(
      "setTimeout(() => { throw new Error('late'); }, 0);\nawait new Promise((done) => setTimeout(done, 2000));",
    ),
    "./maze.mjs:3: late",
  ],
] as const)("a user's file with a %s is named", async (_, text, message) => {
  const cwd = temporaryFolder();
  writeFiles(cwd, { "maze.mjs": text });
  const outcome = await run(
    ["train", "dqn", "./maze.mjs", ...SMALL, "--steps", "5000", "--eval-every", "0", "--quiet"],
    cwd,
  );
  expect(outcome).toEqual({ code: 2, stdout: "", stderr: `bellwether: ${message}\n` });
});

test("an agent's file is named too, and an experiment's report names the file", async () => {
  const cwd = temporaryFolder();
  const agent = readFileSync(AVERAGED_DQN, "utf8");
  writeFiles(cwd, {
    "agent.mjs": agent.replace(/^.*model\.descend\(/m, "Promise.reject(new Error('lost'));\n$&"),
    "maze.mjs": environment("", `if (steps > 3000) return ${NEVER};`),
    "spec.json": JSON.stringify({
      ...{ name: "small", question: "?", environments: ["./maze.mjs"], steps: 5000, seeds: 1, algorithm: "dqn" },
      arms: [{ name: "a", settings: { network: { hidden: [8] } } }],
    }),
  });
  const own = await run(["train", "./agent.mjs", "CartPole-v1", "--steps", "3000", "--quiet"], cwd);
  expect(own.stderr).toMatch(/^bellwether: \.\/agent\.mjs:\d+: lost\n$/);
  expect(own.code).toBe(2);
  const experiment = await run(["compare", "./spec.json", "--quiet"], cwd);
  expect(experiment.stdout).toContain(`Failed: a on ./maze.mjs, seed 0: ${never("step")}`);
  expect(experiment.code).toBe(1);
});
