import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AGENTS } from "./agents.ts";
import { BARS, type Bar } from "./bars.ts";
import { reportBar, resultsPage, seedsOf } from "./results-page.ts";
import { ResultsStore, recipeOf } from "./results-store.ts";
import type { SeedResult } from "./seed-run.ts";

const bar = (key: string): Bar => BARS.find((one) => one.key === key)!;
const PPO = bar("ppo-CartPole-v1");
const TRPO = bar("trpo-CartPole-v1");

const result = (seed: number, mean: number): SeedResult => ({
  seed,
  final: { mean: mean - 10, min: 100 },
  kept: { mean, min: 120, envSteps: 4000 },
  envSteps: 100_000,
  evaluationEnvSteps: 5000,
  seconds: 3.2,
  machine: "a core, one run at a time",
  weightsSha256: "0123456789abcdef",
  curve: [
    [2000, mean / 2],
    [4000, mean],
  ],
});

describe("results of seeds", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bellwether-results-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("are kept in the order of their seeds, each once", () => {
    const store = new ResultsStore(folder);
    for (const [seed, mean] of [
      [3, 480],
      [1, 490],
      [3, 500],
    ]) {
      store.add(PPO, result(seed, mean));
    }
    expect(new ResultsStore(folder).read(PPO)).toEqual([result(1, 490), result(3, 500)]);
    expect(store.read(TRPO)).toEqual([]);
  });

  test("no longer count where the bar or its preset has changed", () => {
    const store = new ResultsStore(folder);
    store.add(PPO, result(0, 500));
    expect(store.read({ ...PPO, note: "another", rule: null })).toHaveLength(1);
    expect(store.read({ ...PPO, steps: 50_000 })).toEqual([]);
    const file = join(folder, `${PPO.key}.json`);
    writeFileSync(file, readFileSync(file, "utf8").replace('"rolloutSteps":32', '"rolloutSteps":64'));
    expect(store.read(PPO)).toEqual([]);
    store.add(PPO, result(1, 490));
    expect(store.read(PPO)).toEqual([result(1, 490)]);
  });
});

describe("the page", () => {
  const many = (mean: number): SeedResult[] => seedsOf(PPO).map((seed) => result(seed, mean));

  test("says whether a bar is met, by all of its seeds", () => {
    expect(reportBar(PPO, many(495)).section).toContain(
      "bar: mean over the seeds at least 490; reached 495.0: **met**. Seconds: a core, one run at a time.",
    );
    expect(reportBar(PPO, many(495)).passes).toBe(true);
    expect(reportBar(PPO, many(489)).section).toContain("reached 489.0: **missed**");
    expect(reportBar(PPO, many(495).slice(1)).passes).toBe(false);
  });

  test("keeps the section of a bar that has no results, in the order of the bars", () => {
    const [mine, theirs] = [reportBar(PPO, many(495)).section, reportBar(TRPO, many(500)).section];
    const before = resultsPage(BARS, new Map([[TRPO.key, theirs]]), "");
    const page = resultsPage(BARS, new Map([[PPO.key, mine]]), before);
    expect(page).toBe(
      resultsPage(
        BARS,
        new Map([
          [TRPO.key, theirs],
          [PPO.key, mine],
        ]),
        "",
      ),
    );
    expect(page.indexOf(mine.trimEnd())).toBeLessThan(page.indexOf(theirs.trimEnd()));
    const again = resultsPage(BARS, new Map([[TRPO.key, theirs.replace("500.0", "499.0")]]), page);
    expect(again.split("## TRPO on CartPole-v1")).toHaveLength(2);
    expect(again).toContain("499.0");
  });

  test("shows what is stored: every file under docs/results has its section, from its numbers", () => {
    const store = new ResultsStore("docs/results");
    const page = readFileSync("docs/results.md", "utf8");
    const stored = BARS.map((one) => ({ one, results: store.read(one) })).filter(({ results }) => results.length > 0);
    expect(stored.length).toBeGreaterThan(0);
    for (const { one, results } of stored) {
      expect(page).toContain(reportBar(one, results).section.trimEnd());
      expect(readFileSync(`docs/curves/${one.key}.svg`, "utf8")).toBe(reportBar(one, results).curveSvg);
    }
  });
});

test("a bar's recipe holds the options of its preset, and every bar has one", () => {
  expect(recipeOf(PPO)).toMatchObject({ steps: 100_000, preset: { rolloutSteps: 32 } });
  const without = BARS.filter(({ algorithm, env, preset }) => AGENTS[algorithm].presets[preset ?? env] === undefined);
  expect(without).toEqual([]);
});
