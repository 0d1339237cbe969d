import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CommandLine } from "../../src/cli/command-line.ts";
import { EXPERIMENT_OPTIONS, failures, readRequest, reportContext } from "../../src/cli/experiment-command.ts";
import type { RunOutcome } from "../../src/experiments/run-result.ts";
import { temporaryFolder } from "./run-cli.ts";

const SPEC = {
  ...{ name: "small", question: "?", environments: ["CartPole-v1", "Pendulum-v1"], steps: 100, seeds: 2 },
  ...{ algorithm: "ppo", arms: [{ name: "a" }] },
};

const { arms: _arms, ...COMMON } = SPEC;
const TUNING = {
  ...{ ...COMMON, environments: ["CartPole-v1"] },
  ...{ space: { discount: { type: "uniform", low: 0.9, high: 1 } }, search: { trials: 1, confirmSeeds: 0 } },
};

function request(words: readonly string[], spec: object = SPEC) {
  const folder = temporaryFolder();
  const file = join(folder, "spec.json");
  writeFileSync(file, JSON.stringify(spec));
  const line = new CommandLine("compare", [file, "--out", join(folder, "out"), ...words], EXPERIMENT_OPTIONS);
  return readRequest(line, "compare", "comparison");
}

describe("a request", () => {
  test("has the specification, where it lies, and the command to make it again", async () => {
    const read = await request(["--seeds", "3", "--steps", "50", "--jobs", "2", "--report-only"]);
    expect(read?.spec).toMatchObject({ seeds: [0, 1, 2], environments: [{ steps: 50 }, { steps: 50 }] });
    expect(read).toMatchObject({ jobs: 2, isReportOnly: true, notes: [] });
    expect(read?.command).toBe(`bellwether compare ${join(read?.specFolder ?? "", "spec.json")} --steps 50 --seeds 3`);
  });

  test.each([
    ["7,3", [7, 3]],
    ["7,", [7]],
  ])("takes seeds by their numbers: %s", async (text, seeds) => {
    expect((await request(["--seeds", text]))?.spec.seeds).toEqual(seeds);
  });

  test.each([
    [["--seeds", "1,x"], SPEC, /--seeds expected a count or whole numbers with commas, got "1,x"/],
    [["--seeds", ","], SPEC, /--seeds expected a count or whole numbers with commas/],
    [[], { ...SPEC, armz: [] }, /Did you mean arms\?/],
    [[], TUNING, /expected a specification for compare, got one for tune\. Use bellwether tune\.$/],
  ])("that is wrong is told (%#)", async (words, spec, message) => {
    await expect(request(words, spec)).rejects.toThrow(message);
  });
});

test("a report knows the thresholds of its environments, where they have one", async () => {
  const read = await request([]);
  const context = await reportContext(read as never, []);
  expect(context).toMatchObject({ sessions: [], thresholds: { "CartPole-v1": 475 } });
});

test("failures are told with where they happened", () => {
  const run = { environment: { id: "CartPole-v1" }, arm: { name: "a" }, seed: 3 };
  const outcomes = [{ run }, { run, error: "no" }] as unknown as RunOutcome[];
  expect(failures(outcomes)).toEqual([{ env: "CartPole-v1", arm: "a", seed: 3, error: "no" }]);
});
