// The common parts of both kinds of reports: score tables, curve figures, and the configuration (settings, machines, times and
// the command that repeats the experiment).

import type { LineChart } from "../charts/line-chart.ts";
import { type EvaluationSpec, environmentName, type Metric, plainText } from "./experiment-spec.ts";
import {
  code,
  countText,
  details,
  figure,
  figureText,
  type Html,
  paragraph,
  type Row,
  section,
  table,
  timeText,
} from "./report-page.ts";
import type { RunOutcome, RunResult } from "./run-result.ts";
import type { Settings } from "./spec-fields.ts";
import { type EnvironmentSummary, type GroupSummary, ranked, type ScoreSummary } from "./summary.ts";

/** One uninterrupted stretch of work. An interrupted experiment has several. */
export interface WorkSession {
  /** Runs at the same time. */
  readonly jobs: number;
  /** Wall time. */
  readonly seconds: number;
  /** Runs made. */
  readonly runs: number;
}

/** Facts of a report beside its runs. */
export interface ReportContext {
  /** Shell command that repeats the experiment. */
  readonly command: string;
  /** Stretches of work, in order. */
  readonly sessions: readonly WorkSession[];
  /** Episode return at which an environment counts as solved, by id of the environment. */
  readonly thresholds: Readonly<Record<string, number>>;
}

/** Most lines in one figure. More lines are hard to distinguish. */
export const MOST_LINES = 7;

/** Description of each metric in reports. */
export const METRIC_WORDS: Readonly<Record<Metric, string>> = {
  final: "mean return of the last weights",
  area: "mean return over the whole training",
};

/** Writes a score with its interval: "487.2 [470.1, 499.0]". */
export function intervalText(score: ScoreSummary | null): string {
  if (score === null) return "\u2013";
  return `${figureText(score.iqm)} [${figureText(score.low)}, ${figureText(score.high)}]`;
}

/** Draws groups as lines with bands. Only the best `MOST_LINES` groups are drawn, in the given order. */
export function curveFigure(
  title: string,
  groups: readonly GroupSummary[],
  metric: Metric,
  threshold: number | undefined,
  evaluation: EvaluationSpec,
): Html {
  const drawn = groups.filter(({ curve }) => curve !== null);
  if (drawn.length === 0) return paragraph("No run has finished here yet.", "note");
  const best = new Set(ranked(drawn, metric).slice(0, MOST_LINES));
  const series = drawn
    .filter((group) => best.has(group))
    .map(({ name, curve }) => {
      const { steps, mean, low, high } = curve as NonNullable<GroupSummary["curve"]>;
      return {
        label: name,
        points: steps.map((step, i) => [step, mean[i]] as const),
        band: steps.map((step, i) => [step, low[i], high[i]] as const),
      };
    });
  const chart: LineChart = {
    title,
    xLabel: "environment steps",
    yLabel: `mean return of ${evaluation.episodes} greedy episodes`,
    series,
    ...(threshold !== undefined && { threshold: { value: threshold, label: `solved: ${figureText(threshold)}` } }),
  };
  const left = drawn.length - series.length;
  const rest = left === 0 ? "" : ` The best ${series.length} are drawn; the table has the other ${left} too.`;
  return figure(chart, `Line: mean over the runs. Band: 95 % bootstrap interval of that mean, point by point.${rest}`);
}

/** Writes a table of scores, ranked by the metric of the experiment. */
export function scoreTable(caption: string, what: string, groups: readonly GroupSummary[], metric: Metric): Html {
  const order = ranked(groups, metric);
  const rows = order.map((group, i): Row => {
    const { name, finished, planned, final, area, seconds, updates } = group;
    return {
      isBest: i === 0 && group[metric] !== null,
      cells: [
        name,
        intervalText(final),
        final === null ? "\u2013" : figureText(final.mean),
        intervalText(area),
        finished === planned ? String(finished) : `${finished} of ${planned}`,
        Number.isFinite(updates) ? countText(updates) : "\u2013",
        timeText(seconds),
      ],
    };
  });
  const header = [
    what,
    "last weights: IQM [95 %]",
    "mean",
    "whole training: IQM [95 %]",
    "runs",
    "updates",
    "time a run",
  ];
  return table(caption, header, rows);
}

/** Writes the score of every run, seed by seed. */
export function seedTables(
  summaries: readonly EnvironmentSummary[],
  seeds: readonly number[],
  metric: Metric,
  outcomes: readonly RunOutcome[],
): Html {
  const tables = summaries.map(({ environment, arms }) => {
    const rows = arms.map(({ name }): Row => {
      const own = outcomes.filter(({ run }) => run.environment === environment && run.arm.name === name);
      const cells = seeds.map((seed) => {
        const outcome = own.find(({ run }) => run.seed === seed);
        if (outcome?.result === undefined) return outcome?.error === undefined ? "not run" : "failed";
        return figureText(metric === "final" ? outcome.result.final.mean : outcome.result.area);
      });
      return { cells: [name, ...cells] };
    });
    const caption = `${environmentName(environment)}: ${METRIC_WORDS[metric]}, seed by seed`;
    return table(caption, ["arm", ...seeds.map((seed) => `seed ${seed}`)], rows);
  });
  return details("Seed by seed", ...tables);
}

/** Lists failed runs with their errors; empty when no run failed. */
export function failureSection(outcomes: readonly RunOutcome[]): Html {
  const failed = outcomes.filter(({ error }) => error !== undefined);
  if (failed.length === 0) return "";
  const rows = failed.map(
    ({ run, error }): Row => ({
      cells: [`${run.arm.name}, seed ${run.seed}`, environmentName(run.environment), error ?? ""],
    }),
  );
  return section(
    "Runs that failed",
    paragraph("They are left out of every number above; a comparison with an arm that lost runs is not even."),
    table("Failed runs", ["run", "environment", "error"], rows, "words"),
  );
}

/** Explains evaluations, scores and intervals to the reader. */
export function readingSection(evaluation: EvaluationSpec, metric: Metric): Html {
  const { everySteps, episodes, seed, finalEpisodes, finalSeed } = evaluation;
  return section(
    "How to read this",
    paragraph(
      `Every ${countText(everySteps)} environment steps the greedy policy plays ${episodes} episodes in an environment of its own (seeds from ${countText(seed)} up): that is the curve, and "whole training" is its time average. After the last step the last weights play ${finalEpisodes} other episodes (seeds from ${countText(finalSeed)} up). Nothing is kept from better moments on the way. Arms are ranked by the ${METRIC_WORDS[metric]}.`,
    ),
    paragraph(
      "IQM is the interquartile mean over the runs: a quarter of them, rounded down, is left out at either end. The interval in brackets is its 95 % percentile bootstrap interval, resampled within each environment or arm (Agarwal et al. 2021, arXiv 2108.13264). With five runs such intervals are too narrow rather than too wide: what differs by less than they overlap is not shown to differ.",
    ),
  );
}

/** Writes the command, times, machines, settings and specification. */
export function configurationSection(spec: Settings, outcomes: readonly RunOutcome[], context: ReportContext): Html {
  const results = outcomes.flatMap(({ result }) => (result ? [result] : []));
  return section(
    "Configuration",
    paragraph("To run it again:"),
    code(context.command),
    timeParagraph(results, context.sessions),
    machineTable(results),
    settingsTables(outcomes),
    details("The specification", code(JSON.stringify(spec, null, 2))),
  );
}

function timeParagraph(results: readonly RunResult[], sessions: readonly WorkSession[]): Html {
  const sum = results.reduce((seconds, result) => seconds + result.seconds, 0);
  const wall = sessions.reduce((seconds, session) => seconds + session.seconds, 0);
  const jobs = [...new Set(sessions.map((session) => session.jobs))].join(" or ");
  const sittings = sessions.length > 1 ? ` in ${sessions.length} sittings` : "";
  const elapsed = sessions.length === 0 ? "" : ` Wall time ${timeText(wall)}${sittings}, ${jobs} at a time.`;
  return paragraph(`${countText(results.length)} runs, ${timeText(sum)} added up.${elapsed}`);
}

function machineTable(results: readonly RunResult[]): Html {
  const machines = new Map<string, { cells: string[]; runs: number }>();
  for (const { machine, config } of results) {
    const cells = [config.version, machine.runtime, machine.platform, `${machine.cpus} x ${machine.cpu}`];
    const known = machines.get(cells.join()) ?? { cells, runs: 0 };
    known.runs++;
    machines.set(cells.join(), known);
  }
  if (machines.size === 0) return "";
  const rows = [...machines.values()].map(({ cells, runs }): Row => ({ cells: [...cells, String(runs)] }));
  return table("Made with", ["bellwether", "runtime", "platform", "processors", "runs"], rows, "words");
}

/** Writes the settings that all runs share, then the differing settings of each arm. */
function settingsTables(outcomes: readonly RunOutcome[]): Html {
  const seen = new Map<string, Settings>();
  for (const { run } of outcomes) {
    // A trial that ran in several rungs keeps the entry of its largest budget, which comes last.
    seen.set(`${environmentName(run.environment)}\n${run.arm.name}`, {
      algorithm: run.config.algorithm,
      steps: run.config.steps,
      ...run.config.settings,
    });
  }
  const all = [...seen.values()];
  const names = [...new Set(all.flatMap((settings) => Object.keys(settings)))];
  const shownValue = (settings: Settings, name: string): string =>
    Object.hasOwn(settings, name) ? plainText(settings[name]) : "\u2013";
  const isCommon = (name: string): boolean => new Set(all.map((settings) => shownValue(settings, name))).size === 1;
  const common = names.filter(isCommon).map((name): Row => ({ cells: [name, shownValue(all[0], name)] }));
  const differing = names.filter((name) => !isCommon(name));
  const rows = [...seen].map(([key, settings]): Row => {
    const [environment, arm] = key.split("\n");
    const words = differing
      .filter((name) => Object.hasOwn(settings, name))
      .map((name) => `${name} ${shownValue(settings, name)}`);
    return { cells: [arm, environment, words.join("; ")] };
  });
  return [
    details("Settings that all runs share", table("Settings of every run", ["setting", "value"], common, "words")),
    differing.length === 0
      ? ""
      : details("Settings that differ", table("Settings by arm", ["arm", "environment", "settings"], rows, "words")),
  ]
    .filter((part) => part !== "")
    .join("\n");
}
