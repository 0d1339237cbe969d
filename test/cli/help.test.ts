import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ALGORITHM_LIST, COMMAND_HELP, PROGRAM_HELP } from "../../src/cli/help.ts";
import { runWell } from "./run-cli.ts";

const ROOT = join(import.meta.dirname, "../..");
const LOADED = join(ROOT, "test/packaging/consumer/loaded-files.mjs");

/** Files that the command line loads. */
function loaded(...words: string[]): string[] {
  const { stderr } = spawnSync(process.execPath, ["--import", LOADED, join(ROOT, "dist/cli/main.js"), ...words], {
    encoding: "utf8",
  });
  return [...stderr.matchAll(/^loads (.*)$/gm)].map(([, url]) => url.slice(url.indexOf("/dist/") + 1));
}

describe("help", () => {
  test("of the program names every command that has a help of its own", () => {
    for (const name of Object.keys(COMMAND_HELP)) expect(PROGRAM_HELP).toContain(`\n  ${name} `);
  });

  test("of commands that take algorithms lists them", async () => {
    const listing = Object.keys(COMMAND_HELP).filter((name) => COMMAND_HELP[name].includes(ALGORITHM_LIST));
    expect(listing).toEqual(["train", "compare"]);
    for (const words of [
      ["train", "--help"],
      ["help", "train"],
    ]) {
      const { stdout } = await runWell(words);
      expect(stdout).toMatch(/^ {2}dqn +deep Q-learning, with every extension as an option \(discrete\)$/m);
      expect(stdout).not.toContain(ALGORITHM_LIST);
    }
  });

  test("of the program, and of commands without a list, does not wait for the library", () => {
    for (const words of [["--help"], ["evaluate", "--help"], ["--version"]]) {
      expect(loaded(...words)).toEqual(["dist/cli/main.js", "dist/cli/start.js"]);
    }
    expect(loaded("train", "--help").length).toBeGreaterThan(2);
  });
});
