// Summaries of runs for reports: interquartile mean with interval, and mean curve with band. Runs are grouped by environment and
// arm, by level of a grid's factors, and over all environments when reference scores give a common scale. Failed and missing
// runs are left out, and counted.

import type { Arm, EnvironmentSpec, Metric } from "./experiment-spec.ts";
import { normalisedScore, type RunOutcome, type RunResult, scoreOf } from "./run-result.ts";
import { type Band, bootstrapBand, bootstrapInterval, type Interval, interquartileMean, mean } from "./statistics.ts";

/** Summary of the scores of several runs; the interval is that of the interquartile mean. */
export interface ScoreSummary extends Interval {
  /** Interquartile mean. */
  readonly iqm: number;
  /** Plain mean. */
  readonly mean: number;
  /** Scores of the runs, in the order of the seeds. */
  readonly scores: readonly number[];
}

/** Mean evaluation curve of several runs, with its band. */
export interface CurveSummary extends Band {
  /** Environment steps of the points. */
  readonly steps: readonly number[];
}

/** Summary of a group of runs, such as all runs of one arm. */
export interface GroupSummary {
  readonly name: string;
  /** Number of finished runs. */
  readonly finished: number;
  /** Number of planned runs. */
  readonly planned: number;
  /** Mean returns of the last weights; null when no run finished. */
  readonly final: ScoreSummary | null;
  /** Time averages of the evaluation curves; null when no run finished. */
  readonly area: ScoreSummary | null;
  /** Mean evaluation curve; null when no run finished. */
  readonly curve: CurveSummary | null;
  /** Mean time of a run in seconds; NaN when no run finished. */
  readonly seconds: number;
  /** Mean number of updates of a run; NaN when no run finished. */
  readonly updates: number;
}

/** Summaries of all groups in one environment. */
export interface EnvironmentSummary {
  readonly environment: EnvironmentSpec;
  /** Summary of each arm, in the order of the specification. */
  readonly arms: readonly GroupSummary[];
  /** Summary of each level, by factor of a grid. */
  readonly factors: readonly { readonly factor: string; readonly levels: readonly GroupSummary[] }[];
}

/** Summary of one arm over all environments. */
export interface OverallSummary {
  readonly name: string;
  readonly score: ScoreSummary | null;
  readonly finished: number;
  readonly planned: number;
}

/** Summarises all runs by environment. */
export function summarise(
  outcomes: readonly RunOutcome[],
  environments: readonly EnvironmentSpec[],
  arms: readonly Arm[],
  factors: readonly string[],
): EnvironmentSummary[] {
  return environments.map((environment) => {
    const here = outcomes.filter(({ run }) => run.environment === environment);
    const ofArm = (arm: Arm): RunOutcome[] => here.filter(({ run }) => run.arm === arm);
    return {
      environment,
      arms: arms.map((arm) => summariseGroup(arm.name, [ofArm(arm)])),
      factors: factors.map((factor) => ({
        factor,
        levels: [...new Set(arms.map((arm) => arm.levels[factor]))].map((level) =>
          summariseGroup(level, arms.filter((arm) => arm.levels[factor] === level).map(ofArm)),
        ),
      })),
    };
  });
}

/** Summarises a group of runs. @param strata lists of runs, one list per arm; resampling stays within a list */
export function summariseGroup(name: string, strata: readonly (readonly RunOutcome[])[]): GroupSummary {
  const finished = strata.map((runs) => runs.flatMap(({ result }) => (result ? [result] : [])));
  const results = finished.flat();
  return {
    name,
    finished: results.length,
    planned: strata.flat().length,
    final: summariseScores(finished.map((runs) => runs.map((result) => scoreOf(result, "final")))),
    area: summariseScores(finished.map((runs) => runs.map((result) => scoreOf(result, "area")))),
    curve: summariseCurves(finished),
    seconds: results.length === 0 ? Number.NaN : mean(results.map((result) => result.seconds)),
    updates: results.length === 0 ? Number.NaN : mean(results.map((result) => result.updates)),
  };
}

/** Returns the interquartile mean of all scores with its stratified interval; null for no scores. */
export function summariseScores(strata: readonly (readonly number[])[]): ScoreSummary | null {
  const filled = strata.filter((scores) => scores.length > 0);
  const scores = filled.flat();
  if (scores.length === 0) return null;
  return {
    iqm: interquartileMean(scores),
    mean: mean(scores),
    ...bootstrapInterval(filled, interquartileMean),
    scores,
  };
}

function summariseCurves(strata: readonly (readonly RunResult[])[]): CurveSummary | null {
  const filled = strata.filter((runs) => runs.length > 0);
  if (filled.length === 0) return null;
  const steps = filled[0][0].curveSteps;
  return { steps, ...bootstrapBand(filled.map((runs) => runs.map(({ evaluationCurve }) => evaluationCurve))) };
}

/**
 * Summarises each arm over all environments, with normalised scores and environments as strata. Returns null for fewer than two
 * environments, or when an environment has no reference scores.
 */
export function summariseOverall(
  outcomes: readonly RunOutcome[],
  environments: readonly EnvironmentSpec[],
  arms: readonly Arm[],
  metric: Metric,
): OverallSummary[] | null {
  if (environments.length < 2 || environments.some(({ reference }) => reference === null)) return null;
  return arms.map((arm) => {
    const own = outcomes.filter(({ run }) => run.arm === arm);
    const strata = environments.map((environment) =>
      own.flatMap(({ run, result }) =>
        run.environment === environment && result ? [normalisedScore(environment, scoreOf(result, metric))] : [],
      ),
    );
    const finished = strata.flat().length;
    return {
      name: arm.name,
      // An arm without a score in one environment gets no overall score: its other environments alone would mislead.
      score: strata.every((scores) => scores.length > 0) ? summariseScores(strata) : null,
      finished,
      planned: own.length,
    };
  });
}

/** Sorts groups, best first. Groups without a score come last; equal groups keep their order. */
export function ranked(groups: readonly GroupSummary[], metric: Metric): GroupSummary[] {
  const score = (group: GroupSummary): number => group[metric]?.iqm ?? Number.NEGATIVE_INFINITY;
  return [...groups].sort((a, b) => {
    const [first, second] = [score(a), score(b)];
    return first === second ? 0 : second > first ? 1 : -1;
  });
}
