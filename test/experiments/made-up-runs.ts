// Results without training, for what is made of results: final score and curve are given, the rest is constant.

import type { Arm, EnvironmentSpec, EvaluationSpec } from "../../src/experiments/experiment-spec.ts";
import type { RunOutcome } from "../../src/experiments/run-result.ts";
import { areaUnderCurve } from "../../src/experiments/statistics.ts";

const EVALUATION: EvaluationSpec = { everySteps: 10, episodes: 2, seed: 1000, finalEpisodes: 2, finalSeed: 2000 };

export function madeUpOutcome(
  environment: EnvironmentSpec,
  arm: Arm,
  seed: number,
  score: number | string | undefined,
): RunOutcome {
  const { id, options, steps } = environment;
  const settings = { totalSteps: steps, learningRate: 0.001, ...arm.settings };
  const config = {
    algorithm: arm.algorithm,
    env: { id, options },
    seed,
    steps,
    settings,
    evaluation: EVALUATION,
    version: "1.2.3",
  };
  const run = { environment, arm, seed, config };
  if (score === undefined) return { run };
  if (typeof score === "string") return { run, error: score };
  const curveSteps = [0, 10, 20];
  const evaluationCurve = [0, score / 2, score];
  return {
    run,
    result: {
      config,
      curveSteps,
      evaluationCurve,
      trainingCurve: [null, score / 4, score / 3],
      final: { mean: score, std: 1, min: score - 1, max: score + 1 },
      area: areaUnderCurve(curveSteps, evaluationCurve),
      envSteps: steps,
      updates: 1234,
      episodes: 7,
      evaluationEnvSteps: 50,
      seconds: 2.5,
      weightsSha256: "ab".repeat(32),
      machine: { cpu: "Abacus", cpus: 2, platform: "linux x64", runtime: "Node.js 20.0.0" },
    },
  };
}
