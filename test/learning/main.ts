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
const seeds = values.seeds?.split(",").map(Number) ?? SEEDS;
const jobs = Number(values.jobs ?? availableParallelism());
if (bars.length === 0)
  throw new Error(`--only expected one of ${BARS.map((bar) => bar.key).join(", ")}, got ${values.only}.`);
if (values.fresh) rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
mkdirSync("docs/curves", { recursive: true });

const fileOf = (bar: Bar, seed: number): string => `${FOLDER}/${bar.key}-seed${seed}.json`;

const queue = bars
  .flatMap((bar) => seeds.map((seed) => ({ bar, seed })))
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
let missed = 0;
const sections: string[] = [];
for (const bar of BARS) {
  const results = SEEDS.filter((seed) => existsSync(fileOf(bar, seed))).map(
    (seed) => JSON.parse(readFileSync(fileOf(bar, seed), "utf8")) as SeedResult,
  );
  if (results.length === 0) continue;
  const kept = results.map((result) => result.kept.mean);
  const final = results.map((result) => result.final.mean);
  const { rule } = bar;
  const reached = rule === null ? 0 : rule.over === "mean" ? mean(kept) : Math.min(...kept);
  const passes = rule === null || (reached >= rule.atLeast && results.length === SEEDS.length);
  if (!passes) missed++;
  const verdict =
    rule === null
      ? "no bar"
      : `bar: ${rule.over === "mean" ? "mean over the seeds" : "every seed"} at least ${rule.atLeast}; reached ${reached.toFixed(1)}: **${passes ? "met" : "missed"}**`;
  const curve = meanAndBand(results.map((result) => result.curve.map(([x, y]) => [x, y] as [number, number])));
  const title = `${bar.algorithm.replace(/dqn|iqn|c51/g, (name) => name.toUpperCase())} on ${bar.env}${bar.preset === undefined ? "" : `, preset ${bar.preset}`}`;
  writeFileSync(
    `docs/curves/${bar.key}.svg`,
    lineChartSvg({
      title,
      xLabel: "environment steps",
      yLabel: "mean return of 20 greedy episodes",
      series: [{ label: `mean and range of ${results.length} seeds`, ...curve }],
      ...(rule === null ? {} : { threshold: rule.atLeast }),
    }),
  );
  const rows = results.map(
    ({ seed, final: last, kept: best, evaluationEnvSteps, seconds, weightsSha256 }) =>
      `| ${seed} | ${last.mean.toFixed(1)} (${last.min.toFixed(0)}) | ${best.mean.toFixed(1)} (${best.min.toFixed(0)}) | ${best.envSteps.toLocaleString("en")} | ${evaluationEnvSteps.toLocaleString("en")} | ${seconds.toFixed(0)} | \`${weightsSha256.slice(0, 12)}\` |`,
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
| **mean** | **${mean(final).toFixed(1)}** | **${mean(kept).toFixed(1)}** | | | ${mean(results.map((result) => result.seconds)).toFixed(0)} | |

Reproduce one row: \`bellwether train ${bar.algorithm} ${bar.env}${bar.preset === undefined ? "" : ` --preset ${bar.preset}`} --steps ${bar.steps} --seed 0\`.
`,
  );
}
writeFileSync(
  "docs/results.md",
  `# Results

Written by \`npm run learning\`; every number comes from that command. Each run uses the shipped preset and one seed for
everything. Every ${KEEP.everySteps.toLocaleString("en")} steps the policy is evaluated on ${KEEP.episodes} greedy episodes (seeds from ${KEEP.seed.toLocaleString("en")} up, an environment of its
own), and the best one is kept: that is what \`bellwether train\` ships as \`best.safetensors\`, and what the bars count. The
table shows both, judged on ${JUDGE.episodes} fresh greedy episodes (seeds from ${JUDGE.seed.toLocaleString("en")} up). Steps spent on evaluation are not
part of the training budget and are listed. Hashes are those of the strict engine and hold on every runtime; seconds are
from the machine of the last run (${cpus()[0]?.model ?? "unknown"}, ${jobs} runs at a time).

${sections.join("\n")}`,
);
console.log(`docs/results.md written; ${missed} bars missed`);
process.exitCode = missed === 0 ? 0 : 1;
