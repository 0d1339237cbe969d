// `bellwether tune`: searches for good settings. The runs are made in the same way as those of `compare`.

import { curvesCsv, resultsCsv } from "../experiments/csv.ts";
import type { Arm, EnvironmentSpec, Tuning } from "../experiments/experiment-spec.ts";
import { environmentName, plainText, requireFreshSeeds } from "../experiments/experiment-spec.ts";
import { intervalText } from "../experiments/report-parts.ts";
import type { PlannedRun, RunOutcome } from "../experiments/run-result.ts";
import { summariseGroup } from "../experiments/summary.ts";
import { drawTrials, environmentsAt, searchTrials, type Trial } from "../experiments/trials.ts";
import { type TuningFindings, tuningReport } from "../experiments/tuning-report.ts";
import { CommandLine } from "./command-line.ts";
import { printFailures } from "./compare.ts";
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
import { ExperimentView, type Workload } from "./experiment-view.ts";
import { Interruption } from "./interruption.ts";
import { seenFrom } from "./module-word.ts";
import { grouped } from "./number-text.ts";
import { shownPath } from "./run-folder.ts";
import type { Settings } from "./settings.ts";
import { Terminal } from "./terminal.ts";
import { asUsage, UsageError } from "./usage-error.ts";
import { libraryVersion } from "./version.ts";
import { PoolClosedError } from "./worker-pool.ts";

/** Number of trials in the printed table. The report has all trials. */
const SHOWN_TRIALS = 10;

/** Runs the command. @returns the exit code: 1 when a run failed */
export async function tune(args: readonly string[]): Promise<number> {
  const line = new CommandLine("tune", args, EXPERIMENT_OPTIONS);
  const request = await readRequest(line, "tune", "tuning");
  if (request === undefined) return 0;
  const { spec, folder, isReportOnly } = request;
  const json = line.has("json");
  const terminal = new Terminal(json ? process.stderr : process.stdout);
  const confirmation = confirmSeeds(spec);
  await checkTrials(request);
  if (!line.has("quiet")) for (const note of request.notes) terminal.print(note);

  const interruption = new Interruption();
  const view = new ExperimentView(line.has("quiet") ? undefined : terminal, spec.name, spec.metric, workloadOf(spec));
  const session = new ExperimentSession(request, await folder.sessions(), view, interruption.signal);
  try {
    if (!isReportOnly) await session.writeRecord(spec.json);
    const findings = await search(request, session, confirmation);
    if (!isReportOnly) await session.writeRecord(spec.json);
    session.release();
    await writeReport(request, session, findings);
    print(terminal, request, session, findings);
    if (json) printJson(request, session, findings);
    return failures(findings.outcomes).length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof PoolClosedError)) throw error;
    session.release();
    await session.writeRecord(spec.json);
    const { made, found } = session.counts;
    terminal.print(`Stopped with ${grouped(made + found)} runs finished; they are kept.`);
    terminal.print("To go on, give the same command again.");
    if (json) process.stdout.write(`${JSON.stringify({ interrupted: true, finished: made + found })}\n`);
    return interruption.exitCode;
  } finally {
    interruption.release();
    session.release();
  }
}

async function search(
  request: ExperimentRequest<Tuning>,
  session: ExperimentSession,
  confirmation: readonly number[],
): Promise<TuningFindings> {
  const { spec, isReportOnly, specFolder } = request;
  const { trials, outcomes } = await searchTrials(spec, (arms, share) =>
    runEach(request, session, environmentsAt(spec.environments, share), arms),
  );
  const winner = trials[0];
  if (winner.score === null) return { trials, best: null, trainCommand: "", confirmation: null, outcomes };
  const best = bestSettings(spec, winner);
  const findings = { trials, best, trainCommand: trainCommand(request, best) };
  if (confirmation.length === 0) return { ...findings, confirmation: null, outcomes };
  const arms = [{ ...winner.arm, name: `best (${winner.arm.name})` }, ownSettings(spec)];
  const planned = await planRuns(spec, specFolder, spec.environments, arms, confirmation);
  const confirmed = await session.run(planned, isReportOnly);
  return { ...findings, confirmation: { arms, outcomes: confirmed }, outcomes: [...outcomes, ...confirmed] };
}

/** Runs each arm. Settings that do not fit together (a batch larger than the memory) make a failed trial, not an error. */
async function runEach(
  { spec, isReportOnly, specFolder }: ExperimentRequest<Tuning>,
  session: ExperimentSession,
  environments: readonly EnvironmentSpec[],
  arms: readonly Arm[],
): Promise<RunOutcome[]> {
  const outcomes = await Promise.all(
    arms.map(async (arm): Promise<RunOutcome[]> => {
      let planned: PlannedRun[];
      try {
        planned = await planRuns(spec, specFolder, environments, [arm], spec.seeds);
      } catch (error) {
        if (error instanceof UsageError) return unplanned(spec, environments, arm, error.message);
        throw error;
      }
      return session.run(planned, isReportOnly);
    }),
  );
  return outcomes.flat();
}

/** Returns the outcomes of runs that could not start. */
function unplanned(
  { evaluation, seeds }: Tuning,
  environments: readonly EnvironmentSpec[],
  arm: Arm,
  error: string,
): RunOutcome[] {
  const { algorithm, settings } = arm;
  const version = libraryVersion();
  return environments.flatMap((environment) =>
    seeds.map((seed): RunOutcome => {
      const { id, options, steps } = environment;
      const config = { algorithm, env: { id, options }, seed, steps, settings, evaluation, version };
      return { run: { environment, arm, seed, config }, error };
    }),
  );
}

/**
 * Builds the agents before the first run starts, to find mistakes early.
 * @throws UsageError when the experiment's own settings are wrong, or when no trial can be built (the search space is wrong)
 */
async function checkTrials({ spec, specFolder }: ExperimentRequest<Tuning>): Promise<void> {
  await planRuns(spec, specFolder, spec.environments, [ownSettings(spec)], []);
  let problem: UsageError | undefined;
  for (const { arm } of drawTrials(spec).flat()) {
    try {
      await planRuns(spec, specFolder, spec.environments, [arm], []);
      return;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problem ??= error;
    }
  }
  if (problem !== undefined) throw problem;
}

/** Returns an arm with the settings before the search. */
function ownSettings({ algorithm, preset }: Tuning): Arm {
  return { name: "before the search", algorithm, preset, settings: {}, levels: {} };
}

/** Returns the seeds of the final comparison: those that follow the seeds of the search. */
function confirmSeeds({ evaluation, name, search, seeds }: Tuning): number[] {
  const first = Math.max(...seeds) + 1;
  const fresh = Array.from({ length: search.confirmSeeds }, (_, i) => first + i);
  asUsage(() => requireFreshSeeds(`${name}: search.confirmSeeds`, fresh, evaluation));
  return fresh;
}

function workloadOf({ environments, search: { brackets, confirmSeeds: fresh }, seeds }: Tuning): Workload {
  const runsOf = (arms: number, seedCount: number): number => arms * seedCount * environments.length;
  const steps = environments.reduce((sum, environment) => sum + environment.steps, 0);
  const rungs = brackets.flat();
  return {
    runs: rungs.reduce((sum, { trials }) => sum + runsOf(trials, seeds.length), runsOf(2, fresh)),
    steps: rungs.reduce((sum, { trials, share }) => sum + trials * share * seeds.length * steps, 2 * fresh * steps),
  };
}

/** Returns all settings for `train --settings`: those of the experiment, overridden by those of the best trial. */
function bestSettings({ environments, settings }: Tuning, winner: Trial): Settings {
  const own = environments.length === 1 ? environments[0].settings : {};
  return { ...settings, ...own, ...winner.drawn };
}

function trainCommand({ spec, specFolder }: ExperimentRequest<Tuning>, best: Settings): string {
  const {
    environments: [environment],
    name,
    preset,
  } = spec;
  const [algorithm, id] = [spec.algorithm, environment.id].map((word) => seenFrom(word, specFolder, process.cwd()));
  const shell = (word: string): string => (/^[\w./@:+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
  const words = Object.entries(best).map(([key, value]) => `--set ${shell(`${key}=${plainText(value)}`)}`);
  const options = Object.entries(environment.options).map(
    ([key, value]) => `--env-set ${shell(`${key}=${plainText(value)}`)}`,
  );
  const chosen = preset === null ? [] : [`--preset ${preset === false ? "none" : shell(preset)}`];
  const steps = `--steps ${environment.steps}`;
  const out = `--out ${shell(`runs/${name}`)}`;
  return ["bellwether train", shell(algorithm), shell(id), steps, ...chosen, ...options, ...words, out].join(" ");
}

async function writeReport(
  request: ExperimentRequest<Tuning>,
  session: ExperimentSession,
  findings: TuningFindings,
): Promise<void> {
  const { spec, folder } = request;
  const context = await reportContext(request, session.sessions);
  await folder.writeText(EXPERIMENT_FILES.results, resultsCsv(findings.outcomes, []));
  await folder.writeText(EXPERIMENT_FILES.curves, curvesCsv(findings.outcomes));
  if (findings.best !== null) await folder.writeJson(EXPERIMENT_FILES.best, findings.best);
  await folder.writeText(EXPERIMENT_FILES.report, tuningReport(spec, findings, context));
}

function print(
  terminal: Terminal,
  { spec, folder }: ExperimentRequest<Tuning>,
  session: ExperimentSession,
  { best, confirmation, outcomes, trainCommand: command, trials }: TuningFindings,
): void {
  const { made, found } = session.counts;
  if (made + found > 0) terminal.print(`${grouped(made)} runs made, ${grouped(found)} found finished.`);
  terminal.print("");
  const steps = Math.max(...spec.environments.map((environment) => environment.steps));
  for (const [i, { arm, drawn, score, share }] of trials.slice(0, SHOWN_TRIALS).entries()) {
    const words = Object.entries(drawn).map(([key, value]) => `${key} ${plainText(value)}`);
    const place = `${String(i + 1).padStart(2)}. ${arm.name.padEnd(10)}`;
    const budget = `${grouped(steps * share)} steps`.padStart(14);
    terminal.print(
      `${place} ${(score === null ? "failed" : intervalText(score)).padEnd(24)} ${budget}  ${words.join(", ")}`,
    );
  }
  if (trials.length > SHOWN_TRIALS) terminal.print(`and ${grouped(trials.length - SHOWN_TRIALS)} more in the report`);
  for (const environment of confirmation === null ? [] : spec.environments) {
    terminal.print("");
    terminal.print(terminal.style(`${environmentName(environment)}, fresh seeds`, "bold"));
    for (const arm of confirmation?.arms ?? []) {
      const own = confirmation?.outcomes.filter(({ run }) => run.arm === arm && run.environment === environment) ?? [];
      const group = summariseGroup(arm.name, [own]);
      terminal.print(`  ${group.name.padEnd(20)}  ${intervalText(group[spec.metric])}`);
    }
  }
  terminal.print("");
  printFailures(terminal, outcomes);
  if (best !== null) terminal.print(`Best    ${shownPath(folder.filePath(EXPERIMENT_FILES.best))}`);
  if (best !== null) terminal.print(`Train   ${command}`);
  terminal.print(`Report  ${shownPath(folder.filePath(EXPERIMENT_FILES.report))}`);
}

function printJson(
  { spec, folder }: ExperimentRequest<Tuning>,
  session: ExperimentSession,
  { best, outcomes, trials }: TuningFindings,
): void {
  const { made, found } = session.counts;
  const ranking = trials.map(({ arm, drawn, share, score }) => ({ trial: arm.name, settings: drawn, share, score }));
  const failed = failures(outcomes);
  const { name, metric } = spec;
  process.stdout.write(
    `${JSON.stringify({ name, metric, made, found, failed, best, trials: ranking, folder: folder.path })}\n`,
  );
}
