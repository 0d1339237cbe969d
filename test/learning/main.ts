// `npm run learning [-- --only KEY,KEY --seeds 0,1 --jobs N --fresh]`: runs the published bars over ten seeds in parallel
// workers. Finished seeds are kept in docs/results, so an interrupted run goes on where it stopped, and `--only` leaves the
// others as they are; docs/results.md and the curves under docs/curves are written from all of them. `--fresh` runs the chosen
// seeds again. Exit code 1 when one of the chosen bars is missed.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { WorkerPool } from "../../src/cli/worker-pool.ts";
import { BARS } from "./bars.ts";
import { reportBar, resultsPage, seedsOf } from "./results-page.ts";
import { ResultsStore } from "./results-store.ts";
import type { SeedResult } from "./seed-run.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    seeds: { type: "string" },
    jobs: { type: "string" },
    fresh: { type: "boolean" },
  },
});
const PAGE = "docs/results.md";
const only = values.only?.split(",");
const unknown = only?.find((key) => !BARS.some((bar) => bar.key === key));
if (unknown !== undefined) {
  throw new Error(`--only expected some of ${BARS.map((bar) => bar.key).join(", ")}, got ${unknown}.`);
}
const bars = BARS.filter((bar) => only === undefined || only.includes(bar.key));
const asked = values.seeds?.split(",").map(Number);
const jobs = Number(values.jobs ?? availableParallelism());
const machine = `${cpus()[0]?.model ?? "unknown"}, ${jobs === 1 ? "one run" : `${jobs} runs`} at a time, Node ${process.versions.node}`;
mkdirSync("docs/results", { recursive: true });
mkdirSync("docs/curves", { recursive: true });
const store = new ResultsStore("docs/results");

const queue = bars.flatMap((bar) => {
  const finished = values.fresh ? [] : store.read(bar).map(({ seed }) => seed);
  return (asked ?? seedsOf(bar)).filter((seed) => !finished.includes(seed)).map((seed) => ({ bar, seed }));
});
console.log(`${queue.length} runs to make, ${jobs} at a time`);
const pool = new WorkerPool(new URL("./seed-run.js", import.meta.url), jobs);
await Promise.all(
  queue.map(async ({ bar, seed }) => {
    const result = await pool.run<SeedResult>({ bar, seed, machine });
    store.add(bar, result);
    console.log(
      `${bar.key} seed ${seed}: final ${result.final.mean.toFixed(1)}, kept ${result.kept.mean.toFixed(1)} (${result.seconds.toFixed(0)} s)`,
    );
  }),
);

let missed = 0;
const sections = new Map<string, string>();
for (const bar of BARS) {
  const results = store.read(bar).filter(({ seed }) => seedsOf(bar).includes(seed));
  if (results.length === 0) continue;
  const { passes, section, curveSvg } = reportBar(bar, results);
  if (!passes && bars.includes(bar)) missed++;
  sections.set(bar.key, section);
  writeFileSync(`docs/curves/${bar.key}.svg`, curveSvg);
}
writeFileSync(PAGE, resultsPage(BARS, sections, existsSync(PAGE) ? readFileSync(PAGE, "utf8") : ""));
console.log(`${PAGE} written; ${missed} bars missed`);
process.exitCode = missed === 0 ? 0 : 1;
