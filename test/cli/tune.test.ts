// Whole searches: what they find, that they can be gone on with, and that what they found can be trained with.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { problemsOf } from "../experiments/well-formed.ts";
import { lastJson, run, runWell, start, temporaryFolder } from "./run-cli.ts";

const SPEC = {
  name: "small",
  question: "Which learning rate?",
  environments: ["CartPole-v1"],
  steps: 360,
  seeds: 1,
  algorithm: "dqn",
  preset: "none",
  settings: { "network.hidden": [8], warmupSteps: 20, batchSize: 8, trainIntervalSteps: 1, capacity: 500 },
  evaluation: { everySteps: 60, episodes: 2, finalEpisodes: 3 },
  search: { method: "halving", trials: 4, reduction: 2, minimumSteps: 90, confirmSeeds: 2 },
  space: {
    learningRate: { type: "logUniform", low: 0.0001, high: 0.1 },
    "epsilon.to": { type: "uniform", low: 0, high: 0.2 },
  },
};

interface Summary {
  readonly made: number;
  readonly found: number;
  readonly best: Readonly<Record<string, unknown>>;
  readonly trials: readonly { readonly trial: string; readonly share: number; readonly settings: object }[];
}

async function tune(folder: string, spec: object, ...words: string[]): Promise<Summary> {
  writeFileSync(join(folder, "spec.json"), JSON.stringify(spec));
  return lastJson(await runWell(["tune", "./spec.json", "--json", ...words], folder)) as unknown as Summary;
}

const read = (folder: string, name: string): string => readFileSync(join(folder, "experiments/small", name), "utf8");

describe("a search", () => {
  test("ranks every trial, leaves report and best settings, and is found finished the next time", async () => {
    const folder = temporaryFolder();
    const summary = await tune(folder, SPEC);
    // Rungs of 4, 2 and 1 trials, then the best and the beginning on two fresh seeds each.
    expect(summary).toMatchObject({ made: 4 + 2 + 1 + 4, found: 0 });
    expect(summary.trials.map(({ share }) => share)).toEqual([1, 0.5, 0.25, 0.25]);
    expect(summary.best).toEqual({ ...SPEC.settings, ...summary.trials[0].settings });
    expect(JSON.parse(read(folder, "best.json"))).toEqual(summary.best);
    const html = read(folder, "report.html");
    expect(problemsOf(html)).toEqual([]);
    expect(html).toContain("On fresh seeds");
    expect(read(folder, "results.csv").trimEnd().split("\n")).toHaveLength(1 + 11);

    const again = await tune(folder, SPEC, "--jobs", "1");
    expect(again).toMatchObject({ made: 0, found: 11, trials: summary.trials });
    expect(read(folder, "report.html")).toBe(html);
  });

  test("finds settings that `train` takes as a file, dotted names too, and words go over them", async () => {
    const folder = temporaryFolder();
    const { best } = await tune(folder, { ...SPEC, search: { trials: 1, confirmSeeds: 0 } });
    const words = ["train", "dqn", "CartPole-v1", "--preset", "none", "--steps", "360", "--eval-every", "0", "--quiet"];
    const settings = ["--settings", "experiments/small/best.json"];
    const { weightsSha256 } = lastJson(await runWell([...words, ...settings, "--json", "--out", "same"], folder));
    expect(read(folder, "results.csv")).toContain(`${weightsSha256}`);
    await runWell([...words, ...settings, "--set", "batchSize=16", "--out", "other"], folder);
    const config = JSON.parse(readFileSync(join(folder, "other/config.json"), "utf8"));
    expect(config.settings).toMatchObject({
      batchSize: 16,
      learningRate: best.learningRate,
      epsilon: { to: best["epsilon.to"] },
    });
  });

  test("that was killed goes on, and ends where an undisturbed one does", async () => {
    const [folder, other] = [temporaryFolder(), temporaryFolder()];
    const long = { ...SPEC, steps: 3600, search: { ...SPEC.search, minimumSteps: 900 } };
    writeFileSync(join(folder, "spec.json"), JSON.stringify(long));
    const runs = join(folder, "experiments/small/runs");
    const killed = start(["tune", "./spec.json", "--jobs", "1"], folder);
    while (!existsSync(runs) || readdirSync(runs).filter((name) => name.endsWith(".json")).length < 2) await sleep(10);
    killed.process.kill("SIGKILL");
    await killed.outcome;
    const resumed = await tune(folder, long);
    expect(resumed.found).toBeGreaterThanOrEqual(2);
    const whole = await tune(other, long);
    expect(resumed.trials).toEqual(whole.trials);
    expect(read(folder, "best.json")).toBe(read(other, "best.json"));
    expect(read(folder, "curves.csv")).toBe(read(other, "curves.csv"));
  });

  test("ranks a trial last whose settings do not fit together, and has exit code 1", async () => {
    const folder = temporaryFolder();
    const space = { batchSize: { type: "choice", values: [8, 501] } };
    const search = { trials: 6, confirmSeeds: 0 };
    writeFileSync(join(folder, "spec.json"), JSON.stringify({ ...SPEC, search, space }));
    const outcome = await run(["tune", "./spec.json", "--json"], folder);
    expect(outcome.code).toBe(1);
    const { best, trials } = lastJson(outcome) as unknown as Summary;
    expect(best.batchSize).toBe(8);
    expect(trials.at(-1)).toMatchObject({ settings: { batchSize: 501 }, score: null });
    expect(read(folder, "report.html")).toContain("batchSize expected at most the capacity of 500");
  });
});

describe("wrong words", () => {
  const cases: [string, object, RegExp][] = [
    ["a setting of the space", { space: { learningRte: { type: "uniform", low: 0, high: 1 } } }, /learningRate\?/],
    ["a setting of all", { settings: { gama: 1 } }, /before the search on CartPole-v1: .*got "gama"/],
    ["a method", { search: { method: "grid" } }, /search: method expected "random"/],
    ["fresh seeds that judge", { seeds: [9999] }, /search\.confirmSeeds: seeds expected none that an evaluation uses/],
    ["a comparison", { space: undefined, search: undefined, arms: [{ name: "a" }] }, /Use bellwether compare\./],
  ];
  test.each(cases)("%s", async (_, json, message) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "spec.json"), JSON.stringify({ ...SPEC, ...json }));
    const { code, stderr } = await run(["tune", "./spec.json"], folder);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^bellwether: [^\n]+\n$/);
    expect(code).toBe(2);
    expect(existsSync(join(folder, "experiments"))).toBe(false);
  });
});
