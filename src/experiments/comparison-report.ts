// The report of `bellwether compare`: a pure function of specification and results. The same results give the same bytes,
// except for measured times.

import { type Comparison, environmentName } from "./experiment-spec.ts";
import { countText, type Html, page, paragraph, type Row, section, table, text } from "./report-page.ts";
import {
  configurationSection,
  curveFigure,
  failureSection,
  intervalText,
  METRIC_WORDS,
  type ReportContext,
  readingSection,
  scoreTable,
  seedTables,
} from "./report-parts.ts";
import type { RunOutcome } from "./run-result.ts";
import { type EnvironmentSummary, type OverallSummary, summarise, summariseOverall } from "./summary.ts";

/** Writes the report of a comparison. @param outcomes outcome of every planned run, in the order of the plan */
export function comparisonReport(spec: Comparison, outcomes: readonly RunOutcome[], context: ReportContext): Html {
  const { arms, environments, evaluation, factors, metric, seeds } = spec;
  const summaries = summarise(outcomes, environments, arms, factors);
  const overall = summariseOverall(outcomes, environments, arms, metric);
  const finished = outcomes.filter(({ result }) => result !== undefined).length;
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;
  const facts = `${count(arms.length, "arm")}, ${count(environments.length, "environment")}, ${count(seeds.length, "seed")}: ${countText(finished)} of ${countText(outcomes.length)} runs finished.`;
  return page(spec.name, [
    `<h1>${text(spec.name)}</h1>`,
    paragraph(spec.question, "question"),
    paragraph(facts, "facts"),
    ...summaries.map((summary) => environmentSection(summary, spec, context)),
    overall === null ? "" : overallSection(overall, spec),
    seedTables(summaries, seeds, metric, outcomes),
    failureSection(outcomes),
    readingSection(evaluation, metric),
    configurationSection(spec.json, outcomes, context),
  ]);
}

function environmentSection(summary: EnvironmentSummary, spec: Comparison, context: ReportContext): Html {
  const { evaluation, metric } = spec;
  const { environment, arms, factors } = summary;
  const name = environmentName(environment);
  const threshold = context.thresholds[environment.id];
  return section(
    name,
    curveFigure(name, arms, metric, threshold, evaluation),
    scoreTable(`${name}: best first, by the ${METRIC_WORDS[metric]}`, "arm", arms, metric),
    ...factors.flatMap(({ factor, levels }) =>
      levels.length < 2
        ? []
        : [
            `<h3>${text(`Effect of ${factor}`)}</h3>`,
            curveFigure(`${name}, by ${factor}`, levels, metric, threshold, evaluation),
            scoreTable(`${name}, by ${factor}: runs of all arms with this level together`, factor, levels, metric),
          ],
    ),
  );
}

function overallSection(overall: readonly OverallSummary[], { environments, metric }: Comparison): Html {
  const order = [...overall].sort((a, b) => (b.score?.iqm ?? -Infinity) - (a.score?.iqm ?? -Infinity) || 0);
  const rows = order.map(
    ({ name, score, finished, planned }, i): Row => ({
      isBest: i === 0 && score !== null,
      cells: [name, intervalText(score), finished === planned ? String(finished) : `${finished} of ${planned}`],
    }),
  );
  const scale = environments.map(({ id, reference }) => `${id} ${reference?.low} to ${reference?.high}`).join("; ");
  return section(
    "All environments together",
    paragraph(`Scores (${METRIC_WORDS[metric]}) on one scale: 0 and 1 are ${scale}.`),
    table("Best first", ["arm", "IQM [95 %]", "runs"], rows),
  );
}
