// From single runs to what a report states: per environment and arm the interquartile mean with its interval and the
// mean curve with its band; over all environments, where reference scores put them on one scale; and per level of a
// grid's factors. Runs that failed or are missing are left out and counted.

import type { Arm, EnvironmentSpec, Metric } from "./experiment-spec.ts";
import { normalisedScore, type RunOutcome, type RunResult, scoreOf } from "./run-result.ts";
import { type Band, bootstrapBand, bootstrapInterval, type Interval, interquartileMean, mean } from "./statistics.ts";

/** Scores of several runs as few numbers. */
export interface ScoreSummary extends Interval {
  readonly iqm: number;
  readonly mean: number;
  /** In the order of the seeds. */
  readonly scores: readonly number[];
}

export interface CurveSummary extends Band {
  readonly steps: readonly number[];
}

export interface GroupSummary {
  readonly name: string;
  /** Finished and planned runs. */
  readonly finished: number;
  readonly planned: number;
  /** Null where no run finished. */
  readonly final: ScoreSummary | null;
  readonly area: ScoreSummary | null;
  readonly curve: CurveSummary | null;
  /** Mean seconds of a run. */
  readonly seconds: number;
  readonly updates: number;
}

export interface EnvironmentSummary {
  readonly environment: EnvironmentSpec;
  /** In the order of the spec. */
  readonly arms: readonly GroupSummary[];
  /** By factor, its levels. */
  readonly factors: readonly { readonly factor: string; readonly levels: readonly GroupSummary[] }[];
}

export interface OverallSummary {
  readonly name: string;
  readonly score: ScoreSummary | null;
  readonly finished: number;
  readonly planned: number;
}

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

/** @param strata runs of one arm each; resampling stays inside */
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

/** Interquartile mean of all scores and its stratified interval; null where there is no score. */
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

/** Each arm over all environments: normalised scores, environments as strata. Null unless all have reference scores. */
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
      // An arm that failed in one environment would be compared on the others alone.
      score: strata.every((scores) => scores.length > 0) ? summariseScores(strata) : null,
      finished,
      planned: own.length,
    };
  });
}

/** Best first; groups without a score last, equals in their order. */
export function ranked(groups: readonly GroupSummary[], metric: Metric): GroupSummary[] {
  const score = (group: GroupSummary): number => group[metric]?.iqm ?? Number.NEGATIVE_INFINITY;
  return [...groups].sort((a, b) => {
    const [first, second] = [score(a), score(b)];
    return first === second ? 0 : second > first ? 1 : -1;
  });
}
