// `npm run learning [-- --only KEY --seeds 0,1 --jobs N --fresh]`: runs the published bars over ten seeds in parallel
// workers. Finished seeds are kept in build/learning, so an interrupted run goes on where it stopped; docs/results.md and
// the curves under docs/curves are written from all of them. Exit code 1 when a bar is missed.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { lineChartSvg, meanAndBand } from "../../src/charts/index.ts";
import { WorkerPool } from "../../src/cli/worker-pool.ts";
import { AGENTS } from "./agents.ts";
import { BARS, type Bar, JUDGE, KEEP, SEEDS } from "./bars.ts";
import type { SeedResult } from "./seed-run.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    seeds: { type: "string" },
    jobs: { type: "string" },
    fresh: { type: "boolean" },
  },
});
const FOLDER = "build/learning";
const bars = BARS.filter((bar) => values.only === undefined || bar.key === values.only);
const asked = values.seeds?.split(",").map(Number);
const seedsOf = (bar: Bar): readonly number[] => bar.seeds ?? SEEDS;
const jobs = Number(values.jobs ?? availableParallelism());
if (bars.length === 0)
  throw new Error(`--only expected one of ${BARS.map((bar) => bar.key).join(", ")}, got ${values.only}.`);
if (values.fresh) rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
mkdirSync("docs/curves", { recursive: true });

const fileOf = (bar: Bar, seed: number): string => `${FOLDER}/${bar.key}-seed${seed}.json`;

const queue = bars
  .flatMap((bar) => (asked ?? seedsOf(bar)).map((seed) => ({ bar, seed })))
  .filter(({ bar, seed }) => !existsSync(fileOf(bar, seed)));
console.log(`${queue.length} runs to make, ${jobs} at a time`);
const pool = new WorkerPool(new URL("./seed-run.js", import.meta.url), jobs);
await Promise.all(
  queue.map(async ({ bar, seed }) => {
    const result = await pool.run<SeedResult>({ bar, seed });
    writeFileSync(fileOf(bar, seed), JSON.stringify(result));
    console.log(
      `${bar.key} seed ${seed}: final ${result.final.mean.toFixed(1)}, kept ${result.kept.mean.toFixed(1)} (${result.seconds.toFixed(0)} s)`,
    );
  }),
);

const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
const described = (options: object = {}): string =>
  Object.entries(options)
    .map(([name, value]) => `, ${name} ${JSON.stringify(value)}`)
    .join("");
const settings = (flag: string, options: object = {}): string =>
  Object.entries(options)
    .map(([name, value]) => ` ${flag} ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("");
const successText = (share: number | undefined): string =>
  share === undefined ? "" : `, ${(100 * share).toFixed(0)} % reached`;

function judge(bar: Bar, values: readonly number[], digits: number): { passes: boolean; verdict: string } {
  const { rule } = bar;
  if (rule === null) return { passes: true, verdict: "no bar" };
  const [bound, meets] =
    "atLeast" in rule
      ? [`at least ${rule.atLeast}`, (value: number) => value >= rule.atLeast]
      : [`at most ${rule.atMost}`, (value: number) => value <= rule.atMost];
  const isComplete = values.length === seedsOf(bar).length;
  const worst = "atLeast" in rule ? Math.min(...values) : Math.max(...values);
  const met = values.filter(meets).length;
  const [over, reached, passes] =
    rule.over === "mean"
      ? ["mean over the seeds", mean(values).toFixed(digits), meets(mean(values))]
      : rule.over === "every seed"
        ? ["every seed", worst.toFixed(digits), meets(worst)]
        : [`${rule.over.seeds} of ${seedsOf(bar).length} seeds`, `by ${met}`, met >= rule.over.seeds];
  return {
    passes: passes && isComplete,
    verdict: `bar: ${over} ${bound}; reached ${reached}: **${passes && isComplete ? "met" : "missed"}**`,
  };
}
let missed = 0;
const sections: string[] = [];
for (const bar of BARS) {
  const results = seedsOf(bar)
    .filter((seed) => existsSync(fileOf(bar, seed)))
    .map((seed) => JSON.parse(readFileSync(fileOf(bar, seed), "utf8")) as SeedResult);
  if (results.length === 0) continue;
  const kept = results.map((result) => result.kept.mean);
  const successes = results.map((result) => result.final.success ?? 0);
  const measured = bar.successAbove === undefined ? kept : successes;
  const final = results.map((result) => result.final.mean);
  const { rule } = bar;
  const { passes, verdict } = judge(bar, measured, bar.successAbove === undefined ? 1 : 2);
  if (!passes) missed++;
  const curve = meanAndBand(results.map((result) => result.curve.map(([x, y]) => [x, y] as [number, number])));
  const title = `${AGENTS[bar.algorithm].title} on ${bar.env}${described(bar.envOptions)}${bar.preset === undefined ? "" : `, preset ${bar.preset}`}${described(bar.options)}`;
  writeFileSync(
    `docs/curves/${bar.key}.svg`,
    lineChartSvg({
      title,
      xLabel: "environment steps",
      yLabel: "mean return of 20 greedy episodes",
      series: [{ label: `mean and range of ${results.length} seeds`, ...curve }],
      ...(rule === null || bar.successAbove !== undefined || !("atLeast" in rule) ? {} : { threshold: rule.atLeast }),
    }),
  );
  const rows = results.map(
    ({ seed, final: last, kept: best, evaluationEnvSteps, seconds, weightsSha256 }) =>
      `| ${seed} | ${last.mean.toFixed(1)} (${last.min.toFixed(0)})${successText(last.success)} | ${best.mean.toFixed(1)} (${best.min.toFixed(0)})${successText(best.success)} | ${best.envSteps.toLocaleString("en")} | ${evaluationEnvSteps.toLocaleString("en")} | ${seconds.toFixed(0)} | \`${weightsSha256.slice(0, 12)}\` |`,
  );
  const { presets, presetsName } = AGENTS[bar.algorithm];
  const source = presets[bar.preset ?? bar.env]?.source ?? "";
  sections.push(
    `## ${title}

${bar.steps.toLocaleString("en")} environment steps; settings: \`${presetsName}["${bar.preset ?? bar.env}"]\` (${source}). ${bar.note === undefined ? "" : `Compare: ${bar.note}. `}${verdict}.

![Learning curve](curves/${bar.key}.svg)

| seed | final weights: mean (min) | kept weights: mean (min) | kept at step | steps spent on evaluation | seconds | weightsSha256 of the final weights |
|---|---|---|---|---|---|---|
${rows.join("\n")}
| **mean** | **${mean(final).toFixed(1)}${successText(bar.successAbove === undefined ? undefined : mean(successes))}** | **${mean(kept).toFixed(1)}** | | | ${mean(results.map((result) => result.seconds)).toFixed(0)} | |

Reproduce one row: \`bellwether train ${bar.algorithm} ${bar.env}${bar.preset === undefined ? "" : ` --preset ${bar.preset}`}${settings("--env-set", bar.envOptions)}${settings("--set", bar.options)} --steps ${bar.steps} --seed 0\`.
`,
  );
}
writeFileSync(
  "docs/results.md",
  `# Results

Written by \`npm run learning\`; every number comes from that command. Each run uses the shipped preset and one seed for
everything. Every ${KEEP.everySteps.toLocaleString("en")} steps (BitFlip: more often where runs are short) the policy is evaluated on ${KEEP.episodes} greedy episodes (seeds from ${KEEP.seed.toLocaleString("en")} up, an environment of its
own), and the best one is kept: that is what \`bellwether train\` ships as \`best.safetensors\`, and what the bars count. The
table shows both, judged on ${JUDGE.episodes} fresh greedy episodes (seeds from ${JUDGE.seed.toLocaleString("en")} up). Where goals are to be reached, the bars count the
share of those episodes that reach theirs, of the final weights. Steps spent on evaluation are not
part of the training budget and are listed. Hashes are those of the strict engine and hold on every runtime; seconds are
from the machine of the last run (${cpus()[0]?.model ?? "unknown"}, ${jobs} runs at a time).

${sections.join("\n")}`,
);
console.log(`docs/results.md written; ${missed} bars missed`);
process.exitCode = missed === 0 ? 0 : 1;
