// One run of an experiment: what decides it, what came of it.

import type { Arm, EnvironmentSpec, EvaluationSpec, Metric } from "./experiment-spec.ts";
import type { Settings } from "./spec-fields.ts";

/** Everything that decides a run's numbers: two runs with equal configurations have equal results. */
export interface RunConfiguration {
  readonly algorithm: string;
  readonly env: { readonly id: string; readonly options: Settings };
  readonly seed: number;
  readonly steps: number;
  /** Every setting of the agent, its seed left out. */
  readonly settings: Settings;
  readonly evaluation: EvaluationSpec;
  /** SHA-256 of the files of the user's that `algorithm` or `env.id` name. [none] */
  readonly files?: Readonly<Record<string, string>>;
  /** Of the library. */
  readonly version: string;
}

/** What the run was made on; says nothing about whose it is. */
export interface Machine {
  readonly cpu: string;
  readonly cpus: number;
  readonly platform: string;
  readonly runtime: string;
}

export interface FinalScore {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

export interface RunResult {
  readonly config: RunConfiguration;
  /** Environment steps of the evaluations: 0, every `everySteps`, and the last. */
  readonly curveSteps: readonly number[];
  /** Mean greedy return at each. */
  readonly evaluationCurve: readonly number[];
  /** Mean return of the training episodes that ended since the evaluation before; null where none did. */
  readonly trainingCurve: readonly (number | null)[];
  readonly final: FinalScore;
  /** Time average of the evaluation curve, in units of return. */
  readonly area: number;
  readonly envSteps: number;
  readonly updates: number;
  readonly episodes: number;
  readonly evaluationEnvSteps: number;
  /** Of the whole run, evaluations included. */
  readonly seconds: number;
  readonly weightsSha256: string;
  readonly machine: Machine;
}

/** A place in the experiment and the configuration that fills it. */
export interface PlannedRun {
  readonly environment: EnvironmentSpec;
  readonly arm: Arm;
  readonly seed: number;
  readonly config: RunConfiguration;
}

/** Neither result nor error: not run yet. */
export interface RunOutcome {
  readonly run: PlannedRun;
  readonly result?: RunResult;
  readonly error?: string;
}

export function scoreOf(result: RunResult, metric: Metric): number {
  return metric === "final" ? result.final.mean : result.area;
}

/** The score between the environment's reference scores: 0 at the low one, 1 at the high one. */
export function normalisedScore(environment: EnvironmentSpec, score: number): number {
  const { low, high } = environment.reference ?? { low: 0, high: 1 };
  return (score - low) / (high - low);
}
