// The report of `bellwether tune`: the best settings, their confirmation on new seeds, every trial, and the score of each trial
// by setting. A pure function of specification and results, except for measured times.

import type { LineChart, Point } from "../charts/line-chart.ts";
import { log } from "../engine/math.ts";
import { type Arm, environmentName, plainText, type Tuning } from "./experiment-spec.ts";
import {
  code,
  countText,
  details,
  figure,
  type Html,
  page,
  paragraph,
  type Row,
  section,
  table,
  text,
} from "./report-page.ts";
import {
  configurationSection,
  curveFigure,
  failureSection,
  intervalText,
  METRIC_WORDS,
  type ReportContext,
  readingSection,
  scoreTable,
} from "./report-parts.ts";
import type { RunOutcome } from "./run-result.ts";
import type { Range } from "./search-space.ts";
import type { Settings } from "./spec-fields.ts";
import { summarise, summariseGroup } from "./summary.ts";
import type { Trial } from "./trials.ts";

/** The findings of a search. */
export interface TuningFindings {
  /** All trials, best first. */
  readonly trials: readonly Trial[];
  /** Settings of the best trial, with the settings of the experiment; null when every trial failed. */
  readonly best: Settings | null;
  /** Shell command that trains with the best settings. */
  readonly trainCommand: string;
  /** Runs of the best settings and of the experiment's own settings on new seeds; null: none. */
  readonly confirmation: { readonly arms: readonly Arm[]; readonly outcomes: readonly RunOutcome[] } | null;
  /** Outcomes of all rungs and of the confirmation. */
  readonly outcomes: readonly RunOutcome[];
}

/** Number of best trials whose curves are drawn. */
const DRAWN_TRIALS = 5;

/** Writes the report of a search. */
export function tuningReport(spec: Tuning, findings: TuningFindings, context: ReportContext): Html {
  const { trials, best, trainCommand, outcomes } = findings;
  const { evaluation, metric, search, seeds } = spec;
  const finished = outcomes.filter(({ result }) => result !== undefined).length;
  const facts = `${search.method} search, ${trials.length} trials, ${seeds.length} seed${seeds.length === 1 ? "" : "s"} each: ${countText(finished)} of ${countText(outcomes.length)} runs finished.`;
  return page(spec.name, [
    `<h1>${text(spec.name)}</h1>`,
    paragraph(spec.question, "question"),
    paragraph(facts, "facts"),
    section(
      "Best settings",
      ...(best === null
        ? [paragraph("Every trial failed; see below.")]
        : [code(JSON.stringify(best, null, 2)), paragraph("To train with them:"), code(trainCommand)]),
    ),
    confirmationSection(spec, findings, context),
    trialSection(spec, trials, context),
    spaceSection(spec, trials),
    failureSection(outcomes),
    readingSection(evaluation, metric),
    configurationSection(spec.json, outcomes, context),
  ]);
}

function confirmationSection(spec: Tuning, { confirmation }: TuningFindings, context: ReportContext): Html {
  if (confirmation === null) return "";
  const { arms, outcomes } = confirmation;
  const seeds = new Set(outcomes.map(({ run }) => run.seed));
  const used = spec.environments.filter((environment) => outcomes.some(({ run }) => run.environment === environment));
  return section(
    "On fresh seeds",
    paragraph(
      `The best of many scores is partly luck. These are ${seeds.size} seeds that the search never saw, beside the settings that it began with.`,
    ),
    ...summarise(outcomes, used, arms, []).flatMap(({ environment, arms: groups }) => {
      const name = environmentName(environment);
      const threshold = context.thresholds[environment.id];
      return [
        curveFigure(`${name}, fresh seeds`, groups, spec.metric, threshold, spec.evaluation),
        scoreTable(`${name}, fresh seeds`, "settings", groups, spec.metric),
      ];
    }),
  );
}

function trialSection(spec: Tuning, trials: readonly Trial[], context: ReportContext): Html {
  const names = Object.keys(spec.space);
  const steps = Math.max(...spec.environments.map((environment) => environment.steps));
  const rows = trials.map(
    ({ arm, drawn, share, score, outcomes }, i): Row => ({
      isBest: i === 0 && score !== null,
      cells: [
        arm.name,
        score === null ? "failed" : intervalText(score),
        countText(steps * share),
        String(outcomes.length),
        ...names.map((name) => plainText(drawn[name])),
      ],
    }),
  );
  const scale = spec.environments.length === 1 ? "" : ", on the scale of the reference scores";
  const full = trials.filter(({ share, score }) => share === 1 && score !== null).slice(0, DRAWN_TRIALS);
  return section(
    "Trials",
    ...spec.environments.map((environment) => {
      const name = environmentName(environment);
      const groups = full.map(({ arm, outcomes }) =>
        summariseGroup(arm.name, [outcomes.filter(({ run }) => environmentName(run.environment) === name)]),
      );
      const threshold = context.thresholds[environment.id];
      return curveFigure(`${name}, best trials`, groups, spec.metric, threshold, spec.evaluation);
    }),
    table(
      `Best first: ${METRIC_WORDS[spec.metric]}${scale}, at the largest budget that the trial was given`,
      ["trial", "IQM [95 %]", "steps", "runs", ...names],
      rows,
    ),
  );
}

/** Draws one figure per numeric setting: each trial is a dot, setting against score. */
function spaceSection(spec: Tuning, trials: readonly Trial[]): Html {
  const figures = Object.entries(spec.space).flatMap(([name, range]) => {
    const chart = dotChart(name, range, trials);
    return chart === undefined ? [] : [figure(chart, "One dot a trial, by the budget that it was given.")];
  });
  if (figures.length === 0) return "";
  return details("Where the good settings lie", ...figures);
}

function dotChart(name: string, range: Range, trials: readonly Trial[]): LineChart | undefined {
  if (range.type === "choice") return undefined;
  const isLog = range.type === "logUniform";
  const shares = [...new Set(trials.map(({ share }) => share))].sort((a, b) => b - a);
  const series = shares.map((share) => {
    const dots = trials.flatMap(({ drawn, score, share: own }): Point[] => {
      const value = Number(drawn[name]);
      if (score === null || own !== share) return [];
      const x = isLog ? log(value) / log(10) : value;
      // A gap after each point turns the point into a dot.
      return [
        [x, score.iqm],
        [x, Number.NaN],
      ];
    });
    return { label: share === 1 ? "all steps" : `1/${Math.floor(1 / share + 0.5)} of the steps`, points: dots };
  });
  return {
    title: name,
    xLabel: isLog ? `log10 of ${name}` : name,
    yLabel: "score",
    series: series.filter(({ points }) => points.length > 0),
  };
}
