// docs/results.md and the curves under docs/curves, from the results of finished seeds.

import { lineChartSvg, meanAndBand } from "../../src/charts/index.ts";
import { AGENTS } from "./agents.ts";
import { type Bar, JUDGE, KEEP, SEEDS } from "./bars.ts";
import type { SeedResult } from "./seed-run.ts";

export interface BarReport {
  readonly passes: boolean;
  /** Of the page, with a title of level 2. */
  readonly section: string;
  readonly curveSvg: string;
}

export const seedsOf = (bar: Bar): readonly number[] => bar.seeds ?? SEEDS;

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

/** @param results at least one */
export function reportBar(bar: Bar, results: readonly SeedResult[]): BarReport {
  const kept = results.map((result) => result.kept.mean);
  const successes = results.map((result) => result.final.success ?? 0);
  const measured = bar.successAbove === undefined ? kept : successes;
  const final = results.map((result) => result.final.mean);
  const { rule } = bar;
  const { passes, verdict } = judge(bar, measured, bar.successAbove === undefined ? 1 : 2);
  const curve = meanAndBand(results.map((result) => result.curve.map(([x, y]) => [x, y] as [number, number])));
  const title = `${AGENTS[bar.algorithm].title} on ${bar.env}${described(bar.envOptions)}${bar.preset === undefined ? "" : `, preset ${bar.preset}`}${described(bar.options)}`;
  const curveSvg = lineChartSvg({
    title,
    xLabel: "environment steps",
    yLabel: "mean return of 20 greedy episodes",
    series: [{ label: `mean and range of ${results.length} seeds`, ...curve }],
    ...(rule === null || bar.successAbove !== undefined || !("atLeast" in rule) ? {} : { threshold: rule.atLeast }),
  });
  const rows = results.map(
    ({ seed, final: last, kept: best, evaluationEnvSteps, seconds, weightsSha256 }) =>
      `| ${seed} | ${last.mean.toFixed(1)} (${last.min.toFixed(0)})${successText(last.success)} | ${best.mean.toFixed(1)} (${best.min.toFixed(0)})${successText(best.success)} | ${best.envSteps.toLocaleString("en")} | ${evaluationEnvSteps.toLocaleString("en")} | ${seconds.toFixed(0)} | \`${weightsSha256.slice(0, 12)}\` |`,
  );
  const { presets, presetsName } = AGENTS[bar.algorithm];
  const source = presets[bar.preset ?? bar.env]?.source ?? "";
  const machines = [...new Set(results.map(({ machine }) => machine))].join("; ");
  const section = `## ${title}

${bar.steps.toLocaleString("en")} environment steps; settings: \`${presetsName}["${bar.preset ?? bar.env}"]\` (${source}). ${bar.note === undefined ? "" : `Compare: ${bar.note}. `}${verdict}. Seconds: ${machines}.

![Learning curve](curves/${bar.key}.svg)

| seed | final weights: mean (min) | kept weights: mean (min) | kept at step | steps spent on evaluation | seconds | weightsSha256 of the final weights |
|---|---|---|---|---|---|---|
${rows.join("\n")}
| **mean** | **${mean(final).toFixed(1)}${successText(bar.successAbove === undefined ? undefined : mean(successes))}** | **${mean(kept).toFixed(1)}** | | | ${mean(results.map((result) => result.seconds)).toFixed(0)} | |

Reproduce one row: \`bellwether train ${bar.algorithm} ${bar.env}${bar.preset === undefined ? "" : ` --preset ${bar.preset}`}${settings("--env-set", bar.envOptions)}${settings("--set", bar.options)} --steps ${bar.steps} --seed 0\`.
`;
  return { passes, section, curveSvg };
}

/**
 * The page, bars in their order.
 * @param fresh sections by the key of their bar
 * @param before the page as it was: a bar without results keeps the section that it had there
 */
export function resultsPage(bars: readonly Bar[], fresh: ReadonlyMap<string, string>, before: string): string {
  const old = before.split(/^(?=## )/m).slice(1);
  const sections = bars
    .map(({ key }) => fresh.get(key) ?? old.find((section) => section.includes(`(curves/${key}.svg)`))?.trimEnd())
    .filter((section) => section !== undefined);
  return `# Results

Written by \`npm run learning\`; every number comes from that command. Each run uses the shipped preset and one seed for
everything. Every ${KEEP.everySteps.toLocaleString("en")} steps (BitFlip: more often where runs are short) the policy is evaluated on ${KEEP.episodes} greedy episodes (seeds from ${KEEP.seed.toLocaleString("en")} up, an environment of its
own), and the best one is kept: that is what \`bellwether train\` ships as \`best.safetensors\`, and what the bars count. The
table shows both, judged on ${JUDGE.episodes} fresh greedy episodes (seeds from ${JUDGE.seed.toLocaleString("en")} up). Where goals are to be reached, the bars count the
share of those episodes that reach theirs, of the final weights. Steps spent on evaluation are not
part of the training budget and are listed. Hashes are those of the strict engine and hold on every runtime; seconds,
evaluations during training included, are from the machine that the section names, where it names one the clock's or the
processor's, whichever is less, or else the clock's of an AMD EPYC with one run at a time.
Seeds and curves as numbers are in [results](results), where a bar has been run since they are kept.

${sections.map((section) => section.trimEnd()).join("\n\n")}
`;
}
