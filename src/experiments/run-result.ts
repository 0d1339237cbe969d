// One run of an experiment: its configuration and its result.

import type { Arm, EnvironmentSpec, EvaluationSpec, Metric } from "./experiment-spec.ts";
import type { Settings } from "./spec-fields.ts";

/** Everything that decides the numbers of a run. Two runs with equal configurations have equal results. */
export interface RunConfiguration {
  /** Name of the algorithm; may name a file of the user. */
  readonly algorithm: string;
  /** Environment with its options; the id may name a file of the user. */
  readonly env: { readonly id: string; readonly options: Settings };
  /** Seed of the run. */
  readonly seed: number;
  /** Environment steps of training. */
  readonly steps: number;
  /** Every setting of the agent except its seed. */
  readonly settings: Settings;
  /** Evaluations during and after the run. */
  readonly evaluation: EvaluationSpec;
  /** SHA-256 of each file of the user that `algorithm` or `env.id` names, by that text. @defaultValue none */
  readonly files?: Readonly<Record<string, string>>;
  /** Version of the library. */
  readonly version: string;
}

/** The machine of a run. These facts do not identify its owner. */
export interface Machine {
  /** Model of the processor. */
  readonly cpu: string;
  /** Number of processors. */
  readonly cpus: number;
  /** Operating system and architecture. */
  readonly platform: string;
  /** JavaScript runtime and its version. */
  readonly runtime: string;
}

/** Episode returns of the final evaluation. */
export interface FinalScore {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/** The result of a finished run. */
export interface RunResult {
  readonly config: RunConfiguration;
  /** Environment steps at which evaluations were made: 0, every `everySteps`, and the last step. */
  readonly curveSteps: readonly number[];
  /** Mean return of the greedy policy at each of `curveSteps`. */
  readonly evaluationCurve: readonly number[];
  /** Mean return of the training episodes that ended since the previous evaluation; null without such an episode. */
  readonly trainingCurve: readonly (number | null)[];
  /** Result of the final evaluation. */
  readonly final: FinalScore;
  /** Time average of the evaluation curve, in units of episode return. */
  readonly area: number;
  /** Environment steps of training. */
  readonly envSteps: number;
  /** Updates of the weights. */
  readonly updates: number;
  /** Finished training episodes. */
  readonly episodes: number;
  /** Environment steps of all evaluations. */
  readonly evaluationEnvSteps: number;
  /** Seconds of the whole run, evaluations included. */
  readonly seconds: number;
  /** SHA-256 of the last weights, in hex. */
  readonly weightsSha256: string;
  readonly machine: Machine;
}

/** A planned run: environment, arm and seed, with the resulting configuration. */
export interface PlannedRun {
  readonly environment: EnvironmentSpec;
  readonly arm: Arm;
  readonly seed: number;
  readonly config: RunConfiguration;
}

/** The outcome of a planned run. A run that was not made yet has neither result nor error. */
export interface RunOutcome {
  readonly run: PlannedRun;
  readonly result?: RunResult;
  readonly error?: string;
}

/** Returns the score of a run. */
export function scoreOf(result: RunResult, metric: Metric): number {
  return metric === "final" ? result.final.mean : result.area;
}

/** Returns the score on the scale of the environment's reference scores: 0 at `low`, 1 at `high`. */
export function normalisedScore(environment: EnvironmentSpec, score: number): number {
  const { low, high } = environment.reference ?? { low: 0, high: 1 };
  return (score - low) / (high - low);
}
