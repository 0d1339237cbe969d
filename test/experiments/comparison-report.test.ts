import { describe, expect, test } from "vitest";
import { comparisonReport } from "../../src/experiments/comparison-report.ts";
import { type Comparison, readSpec } from "../../src/experiments/experiment-spec.ts";
import { madeUpOutcome } from "./made-up-runs.ts";
import { problemsOf } from "./well-formed.ts";

const CONTEXT = {
  command: "bellwether compare odd",
  sessions: [{ jobs: 2, seconds: 61, runs: 9 }],
  thresholds: { A: 9 },
};
const spec = (json: object): Comparison =>
  readSpec("s", {
    name: "odd",
    question: 'a < b & "c"?',
    environments: ["A"],
    steps: 20,
    seeds: 3,
    ...json,
  }) as Comparison;
const outcomesOf = (
  { environments, arms, seeds }: Comparison,
  score: (arm: number, seed: number) => number | string | undefined,
) =>
  environments.flatMap((environment) =>
    arms.flatMap((arm, a) => seeds.map((seed) => madeUpOutcome(environment, arm, seed, score(a, seed)))),
  );

const GRID = spec({
  algorithm: "dqn",
  grid: { tau: [1, 0.5], batchSize: { "<small>": { batchSize: 1 }, "large & slow": { batchSize: 9 } } },
});
const TWO = spec({
  environments: [
    { id: "A", reference: { low: 0, high: 10 } },
    { id: "B", reference: { low: 0, high: 20 } },
  ],
  arms: [
    { name: "first", algorithm: "dqn" },
    { name: "second", algorithm: "dqn" },
  ],
});

/** Cells of the row that begins with `head`, of the table with this caption. */
function row(html: string, caption: string, head: string): string[] {
  const table = html.slice(html.indexOf(`<caption>${caption}`));
  const line = table.split("\n").find((text) => text.includes(`<th scope="row">${head}</th>`)) ?? "";
  return [...line.matchAll(/<td>(.*?)<\/td>/g)].map((match) => match[1]);
}

describe("the report of a comparison", () => {
  test("is well formed and needs nothing else, whatever names and errors contain", () => {
    const outcomes = outcomesOf(GRID, (arm, seed) =>
      arm === 3 && seed === 2 ? 'a <b> failed\n & "so"' : arm * 3 + seed,
    );
    const html = comparisonReport(GRID, outcomes, CONTEXT);
    expect(problemsOf(html)).toEqual([]);
    expect(html).toContain("a &lt; b &amp; &quot;c&quot;?");
  });

  test("states interquartile mean, interval and runs, best first", () => {
    const html = comparisonReport(
      GRID,
      outcomesOf(GRID, (arm, seed) => arm * 10 + seed),
      CONTEXT,
    );
    const name = "tau 0.5, batchSize large &amp; slow";
    expect(row(html, "A: best first", name).slice(0, 2)).toEqual(["31 [30, 32]", "31"]);
    expect(html.indexOf(`<th scope="row">${name}`)).toBeLessThan(html.indexOf('<th scope="row">tau 1,'));
    expect(html).toMatch(/<tr class="best"><th scope="row">tau 0\.5, batchSize large/);
  });

  test("shows every seed's score, and says what failed or is missing", () => {
    const scores = [4, "it broke", undefined];
    const html = comparisonReport(
      TWO,
      outcomesOf(TWO, (arm, seed) => (arm === 0 ? scores[seed] : 7)),
      CONTEXT,
    );
    expect(row(html, "A: mean return of the last weights, seed by seed", "first")).toEqual(["4", "failed", "not run"]);
    expect(row(html, "A: best first", "first").at(4 - 1)).toBe("1 of 3");
    expect(row(html, "Failed runs", "first, seed 1")).toEqual(["A", "it broke"]);
    expect(html).toContain("8 of 12 runs finished");
  });

  test("puts environments together on the scale of their reference scores", () => {
    const html = comparisonReport(
      TWO,
      outcomesOf(TWO, (arm) => (arm === 0 ? 10 : 5)),
      CONTEXT,
    );
    // 10 of A is 1, of B 0.5; of six such the middle four.
    expect(row(html, "Best first", "first")[0]).toMatch(/^0\.75 \[0\.75, 0\.75\]$/);
    expect(
      comparisonReport(
        GRID,
        outcomesOf(GRID, () => 1),
        CONTEXT,
      ),
    ).not.toContain("All environments together");
  });

  test("pools the arms of each level of a grid", () => {
    const html = comparisonReport(
      GRID,
      outcomesOf(GRID, (arm) => [1, 3, 5, 7][arm]),
      CONTEXT,
    );
    expect(row(html, "A, by tau", "0.5").slice(1, 2)).toEqual(["6"]);
    expect(row(html, "A, by batchSize", "&lt;small&gt;").slice(1, 2)).toEqual(["3"]);
    expect(row(html, "A, by tau", "1")[3]).toBe("6");
  });

  test("has a figure for screens and one for phones, with the threshold", () => {
    const html = comparisonReport(
      TWO,
      outcomesOf(TWO, () => 5),
      CONTEXT,
    );
    expect(html.match(/<svg [^>]*width="720"/g)).toHaveLength(2);
    expect(html.match(/<svg [^>]*width="380"/g)).toHaveLength(2);
    expect(html).toContain("solved: 9");
    expect(html).toContain("prefers-color-scheme:dark");
  });

  test("draws no more lines than can be told apart, and says so", () => {
    const many = spec({ algorithm: "dqn", grid: { tau: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] } });
    const html = comparisonReport(
      many,
      outcomesOf(many, (arm, seed) => arm + seed),
      CONTEXT,
    );
    expect(html).toContain("The best 7 are drawn; the table has the other 2 too.");
  });

  test("says exactly what was run, on what, how long, and how to run it again", () => {
    const html = comparisonReport(
      GRID,
      outcomesOf(GRID, () => 1),
      CONTEXT,
    );
    expect(html).toContain("<code>bellwether compare odd</code>");
    expect(html).toContain("12 runs, 30.0 s added up. Wall time 1 min 01 s, 2 at a time.");
    expect(row(html, "Made with", "1.2.3")).toEqual(["Node.js 20.0.0", "linux x64", "2 x Abacus", "12"]);
    expect(row(html, "Settings of every run", "learningRate")).toEqual(["0.001"]);
    expect(row(html, "Settings by arm", "tau 1, batchSize &lt;small&gt;")).toEqual(["A", "tau 1; batchSize 1"]);
    expect(html).toContain("&quot;question&quot;: &quot;a &lt; b &amp; \\&quot;c\\&quot;?&quot;");
  });

  test("is the same bytes for the same results", () => {
    const make = () =>
      comparisonReport(
        TWO,
        outcomesOf(TWO, (arm, seed) => arm + seed * seed),
        CONTEXT,
      );
    expect(make()).toBe(make());
  });

  test("holds up where no run has finished", () => {
    const html = comparisonReport(
      TWO,
      outcomesOf(TWO, () => undefined),
      { ...CONTEXT, sessions: [] },
    );
    expect(problemsOf(html)).toEqual([]);
    expect(html).toContain("No run has finished here yet.");
  });
});
