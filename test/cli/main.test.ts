// What the program answers to wrong words: one line that says what to do, exit code 2, nothing written.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run, start, temporaryFolder } from "./run-cli.ts";

describe("help", () => {
  test("lists every command, and each command explains itself with examples", async () => {
    const { code, stdout } = await run(["--help"]);
    expect(code).toBe(0);
    for (const command of ["train", "evaluate", "play", "plot", "compare", "tune", "envs", "doctor"]) {
      expect(stdout).toContain(`\n  ${command}`);
      const help = await run([command, "--help"]);
      expect(help.code).toBe(0);
      expect(help.stdout).toContain(`bellwether ${command}`);
    }
  });

  test("is what no command at all gives", async () => {
    expect((await run([])).stdout).toBe((await run(["--help"])).stdout);
  });

  test("states the package's version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect((await run(["--version"])).stdout).toBe(`${version}\n`);
  });
});

describe("wrong words", () => {
  const cases: [string, string[], RegExp][] = [
    ["a command", ["trian"], /command expected one of .*got "trian"\. Did you mean train\?/],
    ["an option", ["train", "dqn", "CartPole-v1", "--sed", "3"], /got --sed\. Did you mean --seed\?/],
    ["an algorithm", ["train", "dqm", "CartPole-v1"], /got "dqm"\. Did you mean dqn\?/],
    ["an environment", ["train", "dqn", "CartPol-v1"], /got "CartPol-v1"\. Did you mean CartPole-v1\?/],
    [
      "a setting",
      ["train", "dqn", "CartPole-v1", "--set", "learningRte=1"],
      /"learningRte"\. Did you mean learningRate\?/,
    ],
    ["a part of a setting", ["train", "dqn", "CartPole-v1", "--set", "network.hiden=[1]"], /Did you mean hidden\?/],
    ["a setting's value", ["train", "dqn", "CartPole-v1", "--set", "batchSize=ten"], /batchSize expected an integer/],
    [
      "a setting without =",
      ["train", "dqn", "CartPole-v1", "--set", "double"],
      /--set: expected key=value, got "double"/,
    ],
    ["a setting that has an option", ["train", "dqn", "CartPole-v1", "--set", "seed=1"], /Use --seed/],
    [
      "a file of settings",
      ["train", "dqn", "CartPole-v1", "--settings", "x.json"],
      /expected a file of settings, got none/,
    ],
    ["a prototype's name", ["train", "dqn", "CartPole-v1", "--set", "__proto__.x=1"], /expected key=value/],
    ["an option of the environment", ["train", "dqn", "CartPole-v1", "--env-set", "x=1"], /make CartPole-v1: option/],
    ["a preset", ["train", "dqn", "CartPole-v1", "--preset", "CartPole-v2"], /Did you mean CartPole-v1\?/],
    ["a backend", ["train", "dqn", "CartPole-v1", "--backend", "cuda"], /backend expected "wasm" or "reference"/],
    ["a backend of a table", ["train", "sarsa", "Taxi-v4", "--backend", "wasm"], /it has no network/],
    ["an engine", ["train", "dqn", "CartPole-v1", "--engine", "fast"], /--engine expected "strict" or "relaxed"/],
    [
      "a negative number",
      ["train", "dqn", "CartPole-v1", "--steps", "-5"],
      /--steps expected a whole number of at least 1/,
    ],
    ["a fraction of steps", ["train", "dqn", "CartPole-v1", "--steps", "1.5"], /--steps expected a whole number/],
    [
      "no number",
      ["train", "dqn", "CartPole-v1", "--seed", "x"],
      /--seed expected a whole number of at least 0, got "x"/,
    ],
    ["a missing value", ["train", "dqn", "CartPole-v1", "--steps"], /--steps expected a value, got none/],
    ["a swallowed option", ["train", "dqn", "CartPole-v1", "--steps", "--json"], /--steps expected a value/],
    ["a value for a flag", ["train", "dqn", "CartPole-v1", "--json=yes"], /--json expected no value/],
    ["an option twice", ["train", "dqn", "CartPole-v1", "--seed", "1", "--seed", "2"], /given once/],
    ["too few words", ["train", "dqn"], /expected <algorithm> <env>, got dqn/],
    ["too many words", ["train", "dqn", "CartPole-v1", "x"], /got also "x"/],
    ["a run to resume", ["train", "--resume", "nowhere"], /--resume expected a run folder, got none at nowhere/],
    ["a run to evaluate", ["evaluate", "nowhere"], /nowhere expected a run folder or a \.safetensors file/],
    ["a run to play", ["play", "nowhere"], /nowhere expected a run folder/],
    ["a run to plot", ["plot", "nowhere"], /nowhere expected a run folder/],
    ["nothing to plot", ["plot"], /expected <run> \.\.\., got nothing/],
    ["a policy", ["evaluate", "x", "--which", "last"], /--which expected kept or final, got "last"/],
    ["a continuous environment for DQN", ["train", "dqn", "Pendulum-v1"], /actionSpace expected discrete, got box/],
    ["a continuous environment for a table", ["train", "sarsa", "CartPole-v1"], /observationSpace expected discrete/],
  ];
  test.each(cases)("%s", async (_, args, message) => {
    const folder = temporaryFolder();
    const { code, stdout, stderr } = await run(args, folder);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^bellwether: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(code).toBe(2);
    expect(existsSync(join(folder, "runs"))).toBe(false);
  });

  test("show where they were found when asked to", async () => {
    const { stderr } = await start(["envs", "--x"], process.cwd(), { BELLWETHER_DEBUG: "1" }).outcome;
    expect(stderr).toMatch(/^bellwether: envs: option expected a known name, got --x\..*\nUsageError: .*\n +at /);
  });
});

test("a damaged file is one line and exit code 2", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "policy.safetensors");
  writeFileSync(file, "not a checkpoint at all");
  const { code, stderr } = await run(["evaluate", file, "--env", "CartPole-v1"]);
  expect(stderr).toMatch(/^bellwether: .*expected [^\n]+\n$/);
  expect(code).toBe(2);
});
