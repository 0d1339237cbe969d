// `bellwether compare`: runs every arm on every environment and seed, and writes a report of the results.

import { comparisonReport } from "../experiments/comparison-report.ts";
import { curvesCsv, resultsCsv } from "../experiments/csv.ts";
import { type Comparison, environmentName } from "../experiments/experiment-spec.ts";
import { intervalText } from "../experiments/report-parts.ts";
import type { RunOutcome } from "../experiments/run-result.ts";
import { type EnvironmentSummary, ranked, summarise } from "../experiments/summary.ts";
import { CommandLine } from "./command-line.ts";
import {
  EXPERIMENT_OPTIONS,
  type ExperimentRequest,
  failures,
  readRequest,
  reportContext,
} from "./experiment-command.ts";
import { EXPERIMENT_FILES } from "./experiment-folder.ts";
import { planRuns } from "./experiment-plan.ts";
import { ExperimentSession } from "./experiment-session.ts";
import { ExperimentView } from "./experiment-view.ts";
import { Interruption } from "./interruption.ts";
import { grouped } from "./number-text.ts";
import { shownPath } from "./run-folder.ts";
import { Terminal } from "./terminal.ts";
import { PoolClosedError } from "./worker-pool.ts";

/** Runs the command. @returns the exit code: 1 when a run failed */
export async function compare(args: readonly string[]): Promise<number> {
  const line = new CommandLine("compare", args, EXPERIMENT_OPTIONS);
  const request = await readRequest(line, "compare", "comparison");
  if (request === undefined) return 0;
  const { spec, folder, isReportOnly, notes, specFolder } = request;
  const json = line.has("json");
  const terminal = new Terminal(json ? process.stderr : process.stdout);
  const planned = await planRuns(spec, specFolder, spec.environments, spec.arms, spec.seeds);
  const workload = { runs: planned.length, steps: planned.reduce((sum, { config }) => sum + config.steps, 0) };

  if (!line.has("quiet")) for (const note of notes) terminal.print(note);
  const interruption = new Interruption();
  const view = new ExperimentView(line.has("quiet") ? undefined : terminal, spec.name, spec.metric, workload);
  const session = new ExperimentSession(request, await folder.sessions(), view, interruption.signal);
  try {
    if (!isReportOnly) await session.writeRecord(spec.json);
    const outcomes = await session.run(planned, isReportOnly);
    if (!isReportOnly) await session.writeRecord(spec.json);
    session.release();
    await writeReport(request, session, outcomes);
    const summaries = summarise(outcomes, spec.environments, spec.arms, []);
    printSummary(terminal, request, session, outcomes, summaries);
    if (json) printJson(request, session, outcomes, summaries);
    return failures(outcomes).length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof PoolClosedError)) throw error;
    session.release();
    await session.writeRecord(spec.json);
    const { made, found } = session.counts;
    terminal.print(`Stopped with ${grouped(made + found)} of ${grouped(planned.length)} runs finished; they are kept.`);
    terminal.print("To go on, give the same command again.");
    if (json) process.stdout.write(`${JSON.stringify({ interrupted: true, finished: made + found })}\n`);
    return interruption.exitCode;
  } finally {
    interruption.release();
    session.release();
  }
}

async function writeReport(
  request: ExperimentRequest<Comparison>,
  session: ExperimentSession,
  outcomes: readonly RunOutcome[],
): Promise<void> {
  const context = await reportContext(request, session.sessions);
  const { spec, folder } = request;
  await folder.writeText(EXPERIMENT_FILES.results, resultsCsv(outcomes, spec.factors));
  await folder.writeText(EXPERIMENT_FILES.curves, curvesCsv(outcomes));
  await folder.writeText(EXPERIMENT_FILES.report, comparisonReport(spec, outcomes, context));
}

function printSummary(
  terminal: Terminal,
  { spec, folder }: ExperimentRequest<Comparison>,
  session: ExperimentSession,
  outcomes: readonly RunOutcome[],
  summaries: readonly EnvironmentSummary[],
): void {
  const { made, found } = session.counts;
  if (made + found > 0) terminal.print(`${grouped(made)} runs made, ${grouped(found)} found finished.`);
  const width = Math.max(...spec.arms.map(({ name }) => name.length));
  for (const { environment, arms } of summaries) {
    terminal.print("");
    terminal.print(terminal.style(environmentName(environment), "bold"));
    for (const group of ranked(arms, spec.metric)) {
      const runs = group.finished === group.planned ? "" : `  (${group.finished} of ${group.planned} runs)`;
      terminal.print(`  ${group.name.padEnd(width)}  ${intervalText(group[spec.metric])}${runs}`);
    }
  }
  terminal.print("");
  printFailures(terminal, outcomes);
  terminal.print(`Report  ${shownPath(folder.filePath(EXPERIMENT_FILES.report))}`);
}

export function printFailures(terminal: Terminal, outcomes: readonly RunOutcome[]): void {
  const failed = outcomes.filter(({ error }) => error !== undefined);
  for (const { run, error } of failed) {
    const what = terminal.style("Failed", "yellow");
    terminal.print(`${what}: ${run.arm.name} on ${run.environment.id}, seed ${run.seed}: ${error}`);
  }
}

function printJson(
  { spec, folder }: ExperimentRequest<Comparison>,
  session: ExperimentSession,
  outcomes: readonly RunOutcome[],
  summaries: readonly EnvironmentSummary[],
): void {
  const results = summaries.flatMap(({ environment, arms }) =>
    arms.map(({ name, finished, planned, final, area }) => ({
      env: environment.id,
      arm: name,
      finished,
      planned,
      final,
      area,
    })),
  );
  const { made, found } = session.counts;
  const failed = failures(outcomes);
  const { name, metric } = spec;
  process.stdout.write(`${JSON.stringify({ name, metric, made, found, failed, results, folder: folder.path })}\n`);
}
