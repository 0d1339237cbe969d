// Whole comparisons: what they leave behind, and that an interrupted one goes on where it stopped.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { problemsOf } from "../experiments/well-formed.ts";
import { lastJson, run, runWell, start, temporaryFolder } from "./run-cli.ts";

const SPEC = {
  name: "small",
  question: "Does a target network help?",
  environments: ["CartPole-v1"],
  steps: 300,
  seeds: 2,
  algorithm: "dqn",
  preset: "none",
  settings: { "network.hidden": [8], warmupSteps: 50, batchSize: 8, trainIntervalSteps: 1, capacity: 500 },
  evaluation: { everySteps: 100, episodes: 2, finalEpisodes: 3 },
  arms: [{ name: "copy" }, { name: "off", settings: { targetIntervalUpdates: 1 } }],
};

interface Summary {
  readonly made: number;
  readonly found: number;
  readonly failed: readonly object[];
  readonly results: readonly { readonly arm: string; readonly finished: number; readonly final: object | null }[];
}

function write(folder: string, spec: object): void {
  writeFileSync(join(folder, "spec.json"), JSON.stringify(spec));
}

async function compare(folder: string, spec: object, ...words: string[]): Promise<Summary> {
  write(folder, spec);
  return lastJson(await runWell(["compare", "./spec.json", "--json", ...words], folder)) as unknown as Summary;
}

const read = (folder: string, name: string): string => readFileSync(join(folder, "experiments/small", name), "utf8");
const runsIn = (folder: string): string[] =>
  existsSync(join(folder, "experiments/small/runs"))
    ? readdirSync(join(folder, "experiments/small/runs")).filter((name) => name.endsWith(".json"))
    : [];
/** Without the column of measured times. */
const timeless = (csv: string): string[] =>
  csv.split("\n").map((row) => row.replace(/,[\d.]+,([0-9a-f]{64}),/, ",$1,"));

describe("a comparison", () => {
  test("leaves a report, results and curves, and says the numbers in one line of JSON", async () => {
    const folder = temporaryFolder();
    const summary = await compare(folder, SPEC);
    expect(summary).toMatchObject({ made: 4, found: 0, failed: [] });
    expect(summary.results.map(({ arm, finished }) => [arm, finished])).toEqual([
      ["copy", 2],
      ["off", 2],
    ]);
    const html = read(folder, "report.html");
    expect(problemsOf(html)).toEqual([]);
    expect(html).toContain("4 of 4 runs finished");
    expect(html).toContain("<code>bellwether compare ./spec.json</code>");
    expect(html).not.toContain(folder);
    expect(read(folder, "results.csv").trimEnd().split("\n")).toHaveLength(1 + 4);
    // Evaluated at 0, 100, 200 and 300 steps.
    expect(read(folder, "curves.csv").trimEnd().split("\n")).toHaveLength(1 + 4 * 4);
  });

  test("takes environments that the library keeps in entries of their own", async () => {
    const environments = ["Catch-v0", "Bricks-v0"];
    const { made, failed } = await compare(temporaryFolder(), { ...SPEC, environments, steps: 100 }, "--seeds", "1");
    expect([made, failed]).toEqual([4, []]);
  });

  test("runs again what changed, and nothing else; a finished one leaves the same bytes", async () => {
    const folder = temporaryFolder();
    await compare(folder, SPEC);
    const before = ["report.html", "results.csv", "curves.csv"].map((name) => read(folder, name));
    expect(await compare(folder, SPEC, "--jobs", "1")).toMatchObject({ made: 0, found: 4 });
    expect(["report.html", "results.csv", "curves.csv"].map((name) => read(folder, name))).toEqual(before);

    const [copy, off] = SPEC.arms;
    expect(await compare(folder, { ...SPEC, arms: [{ name: "renamed" }, off] })).toMatchObject({ made: 0, found: 4 });
    expect(await compare(folder, { ...SPEC, seeds: 3 })).toMatchObject({ made: 2, found: 4 });
    const changed = { ...off, settings: { targetIntervalUpdates: 2 } };
    expect(await compare(folder, { ...SPEC, arms: [copy, changed] })).toMatchObject({ made: 2, found: 2 });
    const evaluation = { ...SPEC.evaluation, episodes: 3 };
    expect(await compare(folder, { ...SPEC, evaluation })).toMatchObject({ made: 4, found: 0 });
  });

  test("does not take a damaged result for a finished run", async () => {
    const folder = temporaryFolder();
    await compare(folder, SPEC);
    writeFileSync(join(folder, "experiments/small/runs", runsIn(folder)[0]), '{"config":');
    expect(await compare(folder, SPEC)).toMatchObject({ made: 1, found: 3 });
  });

  test("ends in the same numbers however many runs go at a time", async () => {
    const [one, two] = [temporaryFolder(), temporaryFolder()];
    await compare(one, SPEC, "--jobs", "1");
    await compare(two, SPEC, "--jobs", "3");
    expect(timeless(read(two, "results.csv"))).toEqual(timeless(read(one, "results.csv")));
    expect(read(two, "curves.csv")).toBe(read(one, "curves.csv"));
  });

  test("trains as `train` does: the same settings and seed end in the same weights", async () => {
    const folder = temporaryFolder();
    await compare(folder, SPEC);
    const settings = Object.entries(SPEC.settings).flatMap(([key, value]) => [
      "--set",
      `${key}=${JSON.stringify(value)}`,
    ]);
    const words = [
      "train",
      "dqn",
      "CartPole-v1",
      "--preset",
      "none",
      "--steps",
      "300",
      "--seed",
      "1",
      "--eval-every",
      "0",
    ];
    const { weightsSha256 } = lastJson(await runWell([...words, ...settings, "--json", "--quiet"], folder));
    expect(read(folder, "results.csv")).toContain(`${weightsSha256}`);
  });

  test("reports runs that fail, counts the others, and has exit code 1", async () => {
    const folder = temporaryFolder();
    const broken = { learningRate: 1e30, loss: "mse", maxGradientNorm: null, optimizer: "sgd" };
    write(folder, { ...SPEC, arms: [SPEC.arms[0], { name: "broken", settings: broken }] });
    const outcome = await run(["compare", "./spec.json", "--json"], folder);
    expect(outcome.code).toBe(1);
    const summary = lastJson(outcome) as unknown as Summary;
    expect(summary.failed).toMatchObject([
      { env: "CartPole-v1", arm: "broken", seed: 0 },
      { env: "CartPole-v1", arm: "broken", seed: 1 },
    ]);
    expect(summary.results[0].finished).toBe(2);
    expect(summary.results[1]).toMatchObject({ finished: 0, final: null });
    expect(outcome.stderr).toMatch(/Failed: broken on CartPole-v1, seed 0: .+/);
    const html = read(folder, "report.html");
    expect(problemsOf(html)).toEqual([]);
    expect(html).toContain("Runs that failed");
    expect(read(folder, "results.csv")).toMatch(/broken,dqn,0,300,failed/);
  });

  test("can be tried with fewer steps and seeds", async () => {
    const folder = temporaryFolder();
    const summary = await compare(folder, SPEC, "--steps", "120", "--seeds", "5,");
    expect(summary).toMatchObject({ made: 2 });
    expect(read(folder, "results.csv")).toMatch(/copy,dqn,5,120,finished/);
    expect(read(folder, "report.html")).toContain("bellwether compare ./spec.json --steps 120 --seeds 5");
  });

  test("prints a line for each run where the output is no terminal, and nothing with --quiet", async () => {
    const folder = temporaryFolder();
    write(folder, SPEC);
    const told = await runWell(["compare", "./spec.json"], folder);
    expect(told.stdout).toMatch(/^\[1\/4\] CartPole-v1 {2}(copy|off) {2}seed \d: [\d.]+ {2}\([\d.]+ s\) {2}ETA /);
    expect(told.stdout).toMatch(/Report {2}experiments\/small\/report\.html\n$/);
    const quiet = await runWell(["compare", "./spec.json", "--quiet", "--json"], folder);
    expect(quiet.stderr).not.toContain("ETA");
  });
});

describe("an interruption", () => {
  const LONG = { ...SPEC, steps: 3000, seeds: 4, evaluation: { ...SPEC.evaluation, everySteps: 1000 } };

  test("by a kill leaves finished runs; what follows ends as if nothing had happened", async () => {
    const [folder, other] = [temporaryFolder(), temporaryFolder()];
    write(folder, LONG);
    const killed = start(["compare", "./spec.json", "--jobs", "1"], folder);
    while (runsIn(folder).length < 2) await sleep(10);
    killed.process.kill("SIGKILL");
    await killed.outcome;
    const left = runsIn(folder).length;
    const summary = await compare(folder, LONG);
    expect(left).toBeLessThan(8);
    expect(summary.found).toBeGreaterThanOrEqual(2);
    expect(summary.made + summary.found).toBe(8);
    await compare(other, LONG);
    expect(timeless(read(folder, "results.csv"))).toEqual(timeless(read(other, "results.csv")));
    expect(read(folder, "curves.csv")).toBe(read(other, "curves.csv"));
  });

  test("by Ctrl-C says how many runs are kept, and ends with 130; --report-only reports them", async () => {
    const folder = temporaryFolder();
    write(folder, LONG);
    const running = start(["compare", "./spec.json", "--jobs", "1", "--json"], folder);
    while (runsIn(folder).length < 1) await sleep(10);
    running.process.kill("SIGINT");
    const outcome = await running.outcome;
    expect(outcome.code).toBe(130);
    const { interrupted, finished } = lastJson(outcome);
    expect(interrupted).toBe(true);
    expect(finished).toBe(runsIn(folder).length);
    expect(outcome.stderr).toContain(`Stopped with ${finished} of 8 runs finished; they are kept.`);
    expect(existsSync(join(folder, "experiments/small/report.html"))).toBe(false);

    expect(await compare(folder, LONG, "--report-only")).toMatchObject({ made: 0 });
    expect(read(folder, "report.html")).toContain(`${finished} of 8 runs finished`);
    expect(problemsOf(read(folder, "report.html"))).toEqual([]);
  });
});

describe("the shipped specifications", () => {
  test("are listed with their questions, printed as they are, and known by name", async () => {
    const { stdout } = await runWell(["compare", "--list"]);
    for (const name of ["hyper-parameters", "rainbow-ablation", "replay-stability", "reward-curves"]) {
      expect(stdout).toMatch(new RegExp(`^${name} +.*\\?$`, "m"));
    }
    expect((await runWell(["compare", "replay-stability", "--print"])).stdout).toBe(
      readFileSync("specs/replay-stability.json", "utf8"),
    );
  });
});

describe("wrong words", () => {
  const spec = (json: object): string => JSON.stringify({ ...SPEC, ...json });
  const cases: [string, string[], string, RegExp][] = [
    ["no spec", ["compare"], "", /compare: expected <spec>, got nothing/],
    [
      "a name",
      ["compare", "replay-stabilty"],
      "",
      /spec expected .*got "replay-stabilty"\. Did you mean replay-stability\?/,
    ],
    ["a file", ["compare", "./none.json"], "", /\.\/none\.json expected a specification, got nothing there/],
    ["no JSON", ["compare", "./spec.json"], "{", /\.\/spec\.json expected JSON, got/],
    ["a key", ["compare", "./spec.json"], spec({ arm: [] }), /got "arm"\. Did you mean arms\?/],
    [
      "an environment",
      ["compare", "./spec.json"],
      spec({ environments: ["CartPol-v1"] }),
      /Did you mean CartPole-v1\?/,
    ],
    [
      "an algorithm",
      ["compare", "./spec.json"],
      spec({ algorithm: "dqm" }),
      /copy on CartPole-v1: .*Did you mean dqn\?/,
    ],
    ["a setting", ["compare", "./spec.json"], spec({ settings: { gama: 1 } }), /copy on CartPole-v1: .*got "gama"/],
    ["a setting with a place of its own", ["compare", "./spec.json"], spec({ settings: { seed: 1 } }), /got "seed"/],
    ["a preset", ["compare", "./spec.json"], spec({ preset: "x" }), /preset expected one of/],
    ["a search", ["compare", "tune-cart-pole"], "", /got one for tune\. Use bellwether tune\./],
    ["jobs", ["compare", "./spec.json", "--jobs", "0"], spec({}), /--jobs expected a whole number of at least 1/],
    ["seeds", ["compare", "./spec.json", "--seeds", "1,x"], spec({}), /--seeds expected a count or whole numbers/],
    ["an option", ["compare", "./spec.json", "--job", "2"], spec({}), /Did you mean --jobs\?/],
  ];
  test.each(cases)("%s", async (_, words, text, message) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "spec.json"), text);
    const { code, stdout, stderr } = await run(words, folder);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^bellwether: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(code).toBe(2);
    expect(existsSync(join(folder, "experiments"))).toBe(false);
  });

  test("a folder that is something else's", async () => {
    const folder = temporaryFolder();
    write(folder, SPEC);
    const foreign = await run(["compare", "./spec.json", "--out", "."], folder);
    expect(foreign.stderr).toMatch(/\. expected an empty folder or an experiment's, got one with spec\.json/);
    expect(foreign.code).toBe(2);
    const file = await run(["compare", "./spec.json", "--out", "spec.json"], folder);
    expect(file.stderr).toMatch(/spec\.json expected a folder, got a file/);
    await compare(folder, SPEC, "--out", "there", "--steps", "60", "--seeds", "1");
    write(folder, { ...SPEC, name: "other" });
    const other = await run(["compare", "./spec.json", "--out", "there"], folder);
    expect(other.stderr).toMatch(/there expected the experiment "other", got "small"/);
  });
});
