// One run of an experiment: trains an agent, evaluates it along the way, and scores its final weights.

import { cpus } from "node:os";
import type { Callback, Evaluation, LearnOptions, RunSummary, RunView } from "../agent.ts";
import type { Machine, RunConfiguration, RunResult } from "../experiments/run-result.ts";
import { areaUnderCurve } from "../experiments/statistics.ts";
import { findAlgorithm } from "./algorithms.ts";
import { findEnvironment, makeEvaluationEnv } from "./environments.ts";
import { blamed } from "./user-module.ts";

const PROGRESS_INTERVAL_MS = 500;
/** Time between two pauses of the training. Nothing else waits in this thread, but progress messages leave in these pauses. */
const SLICE_MS = 250;

/** A run, as it is sent to a worker thread. */
export interface ExperimentTask {
  readonly config: RunConfiguration;
  /** Folder that the paths of the user's modules are relative to. */
  readonly specFolder: string;
}

/** Runs the task to its end. @param report receives the number of finished environment steps */
export async function runExperiment(
  { config, specFolder }: ExperimentTask,
  report: (envSteps: number) => void,
): Promise<RunResult> {
  const begun = performance.now();
  const { evaluation, seed, settings, steps } = config;
  const algorithm = await findAlgorithm(config.algorithm, specFolder);
  const source = await findEnvironment(config.env, specFolder);
  const { agent, env } = await algorithm.create(source, { ...settings, seed, preset: false }, {});
  const curve = { steps: [] as number[], evaluation: [] as number[], training: [] as (number | null)[] };
  let evaluationEnvSteps = 0;
  let returns: number[] = [];

  const evaluate = async (run: RunView): Promise<void> => {
    if (curve.steps.at(-1) === run.envSteps) return;
    const { episodes, seed: first } = evaluation;
    const evaluationEnv = await makeEvaluationEnv(source);
    const { mean, envSteps } = await run.agent.evaluate(() => evaluationEnv, { episodes, seed: first });
    evaluationEnvSteps += envSteps;
    curve.steps.push(run.envSteps);
    curve.evaluation.push(mean);
    curve.training.push(returns.length === 0 ? null : returns.reduce((sum, value) => sum + value, 0) / returns.length);
    returns = [];
  };
  const watching: Callback = {
    name: "evaluating",
    everySteps: evaluation.everySteps,
    onStart: evaluate,
    onStep: evaluate,
    onEpisodeEnd: (run) => {
      returns.push(run.lastReturn);
    },
    onEnd: evaluate,
  };
  const learning: LearnOptions = {
    callbacks: [watching],
    onProgress: ({ envSteps }) => report(envSteps),
    progressIntervalMs: PROGRESS_INTERVAL_MS,
    sliceMs: SLICE_MS,
  };
  const { finalEpisodes, finalSeed } = evaluation;
  const trained = async (): Promise<{ summary: RunSummary; final: Evaluation }> => {
    const summary = await agent.learn(steps, learning);
    env.close?.();
    const finalEnv = await makeEvaluationEnv(source);
    const final = await agent.evaluate(() => finalEnv, { episodes: finalEpisodes, seed: finalSeed });
    return { summary, final };
  };
  const { summary, final } = await trained().catch((error) => {
    throw blamed(error, source.module);
  });
  return {
    config,
    curveSteps: curve.steps,
    evaluationCurve: curve.evaluation,
    trainingCurve: curve.training,
    final: { mean: final.mean, std: final.std, min: final.min, max: final.max },
    area: areaUnderCurve(curve.steps, curve.evaluation),
    envSteps: summary.envSteps,
    updates: agent.updates,
    episodes: agent.episodes,
    evaluationEnvSteps,
    seconds: Number(((performance.now() - begun) / 1000).toFixed(3)),
    weightsSha256: await agent.weightsSha256(),
    machine: thisMachine(),
  };
}

function thisMachine(): Machine {
  const processors = cpus();
  const { bun, deno, node } = process.versions;
  return {
    cpu: processors[0]?.model.trim() || "unknown",
    cpus: processors.length,
    platform: `${process.platform} ${process.arch}`,
    runtime: bun !== undefined ? `Bun ${bun}` : deno !== undefined ? `Deno ${deno}` : `Node.js ${node}`,
  };
}
