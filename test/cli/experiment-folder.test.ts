import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ExperimentFolder, resultName } from "../../src/cli/experiment-folder.ts";
import type { RunConfiguration, RunResult } from "../../src/experiments/run-result.ts";
import { temporaryFolder } from "./run-cli.ts";

const config: RunConfiguration = {
  algorithm: "dqn",
  env: { id: "CartPole-v1", options: {} },
  seed: 3,
  steps: 100,
  settings: { a: 1, b: { c: [1, 2], d: null } },
  evaluation: { everySteps: 10, episodes: 1, seed: 1, finalEpisodes: 1, finalSeed: 2 },
  version: "1",
};
const result = (own: RunConfiguration): RunResult =>
  ({ config: own, evaluationCurve: [1], final: { mean: 1, std: 0, min: 1, max: 1 } }) as never;

describe("the name of a result", () => {
  test("is the same whatever the order of keys, and another for any difference", () => {
    const turned = { ...config, settings: { b: { d: null, c: [1, 2] }, a: 1 } };
    expect(resultName(turned)).toBe(resultName(config));
    expect(resultName(config)).toMatch(/^runs\/dqn-CartPole-v1-seed3-[0-9a-f]{16}\.json$/);
    const others = [
      { ...config, seed: 4 },
      { ...config, settings: { a: 1, b: { c: [2, 1], d: null } } },
      { ...config, version: "2" },
      { ...config, files: { "./x.mjs": "0" } },
    ];
    expect(new Set([config, ...others].map(resultName)).size).toBe(5);
  });

  test("has the names of modules without their folders", () => {
    const own = { ...config, algorithm: "../lib/my-agent.mjs", env: { id: "/home/maze.mjs#Maze", options: {} } };
    expect(resultName(own)).toMatch(/^runs\/my-agent-maze_Maze-seed3-[0-9a-f]{16}\.json$/);
  });
});

describe("the folder", () => {
  test("finds a result by its configuration, and none that is damaged or another's", async () => {
    const folder = new ExperimentFolder(temporaryFolder());
    expect(await folder.findResult(config)).toBeUndefined();
    await folder.writeResult(result(config));
    expect(await folder.findResult(config)).toEqual(result(config));
    expect(await folder.findResult({ ...config, seed: 4 })).toBeUndefined();
    writeFileSync(folder.filePath(resultName(config)), JSON.stringify(result({ ...config, seed: 9 })));
    expect(await folder.findResult(config)).toBeUndefined();
    writeFileSync(folder.filePath(resultName(config)), "{");
    expect(await folder.findResult(config)).toBeUndefined();
  });

  test("keeps the specification and the sittings", async () => {
    const folder = new ExperimentFolder(temporaryFolder());
    expect(await folder.sessions()).toEqual([]);
    const sessions = [{ jobs: 2, seconds: 1.5, runs: 4 }];
    await folder.writeRecord({ name: "small" }, sessions);
    expect(await folder.sessions()).toEqual(sessions);
    expect(JSON.parse(readFileSync(folder.filePath("experiment.json"), "utf8")).spec).toEqual({ name: "small" });
  });

  test("is refused where it holds something else, or another experiment", async () => {
    const path = temporaryFolder();
    await expect(new ExperimentFolder(join(path, "none")).requireOwn("small")).resolves.toBeUndefined();
    await new ExperimentFolder(path).writeRecord({ name: "other" }, []);
    await expect(new ExperimentFolder(path).requireOwn("small")).rejects.toThrow(
      /expected the experiment "small", got "other"\. Choose another --out\.$/,
    );
    mkdirSync(join(path, "notes"));
    await expect(new ExperimentFolder(path).requireOwn("other")).rejects.toThrow(/got one with notes\./);
    await expect(new ExperimentFolder(join(path, "experiment.json")).requireOwn("x")).rejects.toThrow(/got a file\./);
  });
});
