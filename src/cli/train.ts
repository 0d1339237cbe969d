// `bellwether train`: trains an agent in a run folder, from the first step or the last checkpoint to the result.

import type { Evaluation } from "../agent.ts";
import type { TrainedAgent } from "./algorithm.ts";
import { CommandLine } from "./command-line.ts";
import { makeEvaluationEnv } from "./environments.ts";
import { Interruption } from "./interruption.ts";
import { curveSvg, runSeries } from "./learning-curve.ts";
import { nameOf } from "./module-word.ts";
import type { FinishedRun, PlannedRun } from "./planned-run.ts";
import { ProgressView } from "./progress-view.ts";
import { FILES, shownPath } from "./run-folder.ts";
import { RunLog } from "./run-log.ts";
import { Terminal } from "./terminal.ts";
import { planTraining, TRAIN_OPTIONS } from "./train-plan.ts";
import { checkpointing, keepingBest, logging, type RunProgress } from "./training-callbacks.ts";
import {
  type PolicyScore,
  reportFinished,
  reportInterrupted,
  reportResult,
  type TrainResult,
} from "./training-report.ts";
import { readingFile } from "./usage-error.ts";
import { blamed } from "./user-module.ts";

/** Episodes and first seed of the reported evaluation. The evaluations that chose the kept policy used other seeds. */
const REPORTED_EPISODES = 100;
const REPORTED_SEED = 10_000;

/** Runs the command. @returns the exit code */
export async function train(args: readonly string[]): Promise<number> {
  const line = new CommandLine("train", args, TRAIN_OPTIONS);
  const json = line.has("json");
  const terminal = new Terminal(json ? process.stderr : process.stdout);
  const plan = await planTraining(line);
  if ("result" in plan) return finished(plan, terminal, json);

  const interruption = new Interruption();
  try {
    const outcome = await runPlan(plan, terminal, line.has("quiet"), interruption.signal);
    if ("interruptedAt" in outcome) {
      reportInterrupted(terminal, plan, outcome.interruptedAt);
      if (json) printJson({ interrupted: true, envSteps: outcome.interruptedAt, folder: plan.folder.path });
      return interruption.exitCode;
    }
    reportResult(terminal, plan, outcome);
    if (json) printJson(outcome);
    return 0;
  } catch (error) {
    throw blamed(error, plan.source.module);
  } finally {
    interruption.release();
    terminal.settle();
  }
}

async function runPlan(
  plan: PlannedRun,
  terminal: Terminal,
  quiet: boolean,
  signal: AbortSignal,
): Promise<TrainResult | { readonly interruptedAt: number }> {
  const { agent, checkpoint, config, env, folder, source, state } = plan;
  if (!quiet) for (const note of plan.notes) terminal.print(note);
  const log = await RunLog.open(folder, state?.logBytes);
  const progress: RunProgress = {
    secondsBefore: state?.seconds ?? 0,
    evaluationEnvSteps: state?.evaluationEnvSteps ?? 0,
    kept: state?.kept ?? null,
  };
  const evaluationEnv = () => makeEvaluationEnv(source);
  let seconds = progress.secondsBefore;
  if (agent.envSteps < config.steps) {
    const view = quiet ? undefined : new ProgressView(terminal, config, folder.path, log.curve, progress);
    view?.start(agent.envSteps);
    try {
      const summary = await agent.learn(config.steps - agent.envSteps, {
        signal,
        callbacks: [
          logging(config, log, progress),
          ...(config.evaluation.everySteps > 0 ? [keepingBest(config, evaluationEnv, log, checkpoint, progress)] : []),
          checkpointing(config, agent, log, checkpoint, progress),
        ],
        ...(view && { onProgress: (p) => view.show(p), progressIntervalMs: view.intervalMs }),
      });
      seconds += summary.seconds;
    } finally {
      view?.end();
      log.close();
    }
    if (agent.envSteps < config.steps) return { interruptedAt: agent.envSteps };
  }
  log.close();
  if (!source.isSingle) env.close?.();

  const options = { episodes: REPORTED_EPISODES, seed: REPORTED_SEED, signal };
  try {
    if (!quiet && terminal.isLive) terminal.draw(["Evaluating on fresh episodes ..."]);
    const evaluated = async (policy: TrainedAgent, step: number): Promise<PolicyScore> => {
      const fresh = await evaluationEnv();
      return score(await policy.evaluate(() => fresh, options), step);
    };
    const final = await evaluated(agent, agent.envSteps);
    const kept = progress.kept && {
      ...(progress.kept.step === agent.envSteps ? final : await evaluated(await loadKept(plan), progress.kept.step)),
      choosingMean: progress.kept.mean,
    };
    terminal.settle(false);
    const { mean, std, min, episodes } = kept ?? final;
    const result: TrainResult = {
      algorithm: nameOf(config.algorithm),
      env: nameOf(config.env.id),
      seed: config.seed,
      envSteps: agent.envSteps,
      updates: agent.updates,
      episodes: agent.episodes,
      seconds: Number(seconds.toFixed(3)),
      evaluation: { mean, std, min, episodes },
      policy: kept ? "kept" : "final",
      weightsSha256: await agent.weightsSha256(),
      final,
      kept,
      evaluationEnvSteps: progress.evaluationEnvSteps,
      folder: folder.path,
    };
    const title = `${result.algorithm} on ${result.env}, seed ${config.seed}`;
    await folder.writeText(FILES.curve, curveSvg(title, runSeries(log.curve), env.spec?.rewardThreshold));
    await folder.writeJson(FILES.result, result);
    return result;
  } catch (error) {
    if (signal.aborted) return { interruptedAt: agent.envSteps };
    throw error;
  }
}

async function loadKept({ algorithm, folder, hardware }: PlannedRun): Promise<TrainedAgent> {
  const bytes = await folder.storage.read(FILES.best);
  if (bytes === undefined) throw folder.damaged(FILES.best);
  return readingFile(shownPath(folder.filePath(FILES.best)), () => algorithm.load(bytes, undefined, hardware));
}

function score({ mean, std, min, max, episodes }: Evaluation, step: number): PolicyScore {
  return { mean, std, min, max, episodes, step };
}

/** Prints the result of a finished run again. Such a run has nothing to resume. */
function finished({ folder, result }: FinishedRun, terminal: Terminal, json: boolean): number {
  reportFinished(terminal, shownPath(folder.path), result);
  if (json) printJson(result);
  return 0;
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
