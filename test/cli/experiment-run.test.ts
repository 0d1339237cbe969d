// Experiments with what users wrote: worker threads load the same files, and a changed file makes its runs anew.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runExperiment } from "../../src/cli/experiment-run.ts";
import type { RunConfiguration } from "../../src/experiments/run-result.ts";
import { lastJson, run, runWell, temporaryFolder } from "./run-cli.ts";
import { AVERAGED_DQN, CORRIDOR, writeFiles } from "./user-files.ts";

const FILES = {
  "lab/agents/averaged.mjs": readFileSync(AVERAGED_DQN, "utf8"),
  "lab/maze.mjs": readFileSync(CORRIDOR, "utf8"),
};

/** Its words are relative to its own folder. */
const SPEC = {
  name: "small",
  question: "Do several target networks help?",
  environments: [{ id: "./maze.mjs", options: { length: 6 } }],
  steps: 200,
  seeds: 2,
  preset: "none",
  settings: { "network.hidden": [8], warmupSteps: 50, batchSize: 8, capacity: 500 },
  evaluation: { everySteps: 100, episodes: 2, finalEpisodes: 3 },
  arms: [
    { name: "averaged", algorithm: "./agents/averaged.mjs", settings: { targetNetworks: 2 } },
    { name: "dqn", algorithm: "dqn" },
  ],
};

function laboratory(spec: object): string {
  const cwd = temporaryFolder();
  writeFiles(cwd, { ...FILES, "lab/spec.json": JSON.stringify(spec) });
  return cwd;
}

describe("a comparison of what users wrote", () => {
  test("runs, is found finished, and is run again where a file changed", async () => {
    const cwd = laboratory(SPEC);
    const words = ["compare", "lab/spec.json", "--json", "--quiet"];
    const first = lastJson(await runWell(words, cwd));
    expect(first).toMatchObject({ made: 4, found: 0, failed: [] });
    const names = readdirSync(join(cwd, "experiments/small/runs")).map((name) => name.replace(/-[0-9a-f]{16}/, ""));
    expect(names.sort()).toEqual([
      "averaged-maze-seed0.json",
      "averaged-maze-seed1.json",
      "dqn-maze-seed0.json",
      "dqn-maze-seed1.json",
    ]);
    expect(lastJson(await runWell(words, cwd))).toMatchObject({ made: 0, found: 4 });
    writeFileSync(join(cwd, "lab/agents/averaged.mjs"), `${FILES["lab/agents/averaged.mjs"]}\n`);
    expect(lastJson(await runWell(words, cwd))).toMatchObject({ made: 2, found: 2 });
  });

  test("ends in the weights of `train` with the same settings", async () => {
    const cwd = laboratory({ ...SPEC, seeds: [3] });
    await runWell(["compare", "lab/spec.json", "--quiet"], cwd);
    const rows = readFileSync(join(cwd, "experiments/small/results.csv"), "utf8");
    const settings = { ...SPEC.settings, targetNetworks: 2 };
    const set = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${JSON.stringify(value)}`]);
    const words = ["--preset", "none", "--seed", "3", "--steps", "200", "--env-set", "length=6", "--eval-every", "0"];
    const trained = await runWell(
      ["train", "lab/agents/averaged.mjs", "lab/maze.mjs", ...words, ...set, "--json", "--quiet"],
      cwd,
    );
    expect(rows).toContain(lastJson(trained).weightsSha256);
  });

  test("fails with the file's name and line where a thread does", async () => {
    const cwd = laboratory({ ...SPEC, arms: [SPEC.arms[0]], seeds: 1 });
    const broken = FILES["lab/agents/averaged.mjs"].replace("model.descend(", "model.ascend(");
    writeFileSync(join(cwd, "lab/agents/averaged.mjs"), broken);
    const { code, stdout } = await run(["compare", "lab/spec.json", "--json", "--quiet"], cwd);
    const { failed } = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    expect(failed).toEqual([
      expect.objectContaining({
        arm: "averaged",
        error: expect.stringMatching(/^\.\/lab\/agents\/averaged\.mjs:\d+: model\.ascend is not a function$/),
      }),
    ]);
    expect(code).toBe(1);
  });

  test("says before it starts what is wrong with an environment", async () => {
    const cwd = laboratory(SPEC);
    writeFileSync(join(cwd, "lab/maze.mjs"), FILES["lab/maze.mjs"].replace("terminated,", "ended: terminated,"));
    const { code, stderr } = await run(["compare", "lab/spec.json", "--json", "--quiet"], cwd);
    expect(stderr).toMatch(
      /^bellwether: \.\/lab\/maze\.mjs: step 1: terminated expected true or false, got undefined; /,
    );
    expect(code).toBe(2);
  });
});

test("a search over what users wrote gives a command that trains with what it found", async () => {
  const { arms: _arms, ...common } = SPEC;
  const spec = {
    ...common,
    algorithm: "./agents/averaged.mjs",
    seeds: 1,
    search: { trials: 2, confirmSeeds: 0 },
    space: { targetNetworks: { type: "choice", values: [1, 2] } },
  };
  const cwd = laboratory(spec);
  const { stdout } = await runWell(["tune", "lab/spec.json"], cwd);
  const command = /^Train {3}bellwether (.+)$/m.exec(stdout)?.[1] ?? "";
  expect(command).toMatch(/^train \.\/lab\/agents\/averaged\.mjs \.\/lab\/maze\.mjs --steps 200 --preset none /);
  const words = command.replaceAll("'", "").split(" ");
  expect(lastJson(await runWell([...words, "--json", "--quiet"], cwd))).toMatchObject({ envSteps: 200 });
});

test("a run evaluates at its beginning, at each interval and at its end, and judges the last weights", async () => {
  const config: RunConfiguration = {
    algorithm: "q-learning",
    env: { id: "FrozenLake-v1", options: {} },
    seed: 1,
    steps: 250,
    settings: {},
    evaluation: { everySteps: 100, episodes: 2, seed: 1_000_000, finalEpisodes: 5, finalSeed: 10_000 },
    version: "0",
  };
  const told: number[] = [];
  const result = await runExperiment({ config, specFolder: "/" }, (steps) => told.push(steps));
  expect(result.curveSteps).toEqual([0, 100, 200, 250]);
  expect(result.evaluationCurve).toHaveLength(4);
  expect(result.trainingCurve[0]).toBeNull();
  expect(result).toMatchObject({ config, envSteps: 250, final: { mean: expect.any(Number) } });
  expect(told.at(-1)).toBe(250);
  const again = await runExperiment({ config, specFolder: "/" }, () => {});
  expect(again.weightsSha256).toBe(result.weightsSha256);
});
