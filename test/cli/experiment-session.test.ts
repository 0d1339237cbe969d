// A sitting of work on an experiment, in the threads of the built command line.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lastJson, runWell, temporaryFolder } from "./run-cli.ts";

const SPEC = {
  ...{ name: "small", question: "?", environments: ["FrozenLake-v1"], steps: 200, seeds: 2, algorithm: "q-learning" },
  ...{ preset: "none", evaluation: { everySteps: 100, episodes: 1, finalEpisodes: 2 } },
  arms: [
    { name: "one" },
    { name: "the same", settings: { discount: 0.99 } },
    { name: "other", settings: { discount: 0.9 } },
  ],
};

async function compare(folder: string, ...words: string[]) {
  writeFileSync(join(folder, "spec.json"), JSON.stringify(SPEC));
  return lastJson(await runWell(["compare", "./spec.json", "--json", "--quiet", ...words], folder));
}

test("arms that are the same run once, and what is looked at only stays undone", async () => {
  const folder = temporaryFolder();
  expect(await compare(folder, "--report-only")).toMatchObject({ made: 0, found: 0 });
  const first = await compare(folder);
  expect(first).toMatchObject({ made: 4, found: 2, failed: [] });
  const finals = (first.results as unknown as { arm: string; final: object }[]).map(({ final }) => final);
  expect(finals[1]).toEqual(finals[0]);
  expect(await compare(folder, "--jobs", "1")).toMatchObject({ made: 0, found: 6 });
});
