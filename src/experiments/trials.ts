// A search at work: draws trials, spends each rung's budget on them, keeps the best, and ranks what was tried.

import { Pcg64 } from "../engine/random.ts";
import type { Arm, EnvironmentSpec, Metric, Tuning } from "./experiment-spec.ts";
import { normalisedScore, type RunOutcome, scoreOf } from "./run-result.ts";
import type { Rung } from "./search.ts";
import { drawSettings } from "./search-space.ts";
import type { Settings } from "./spec-fields.ts";
import { type ScoreSummary, summariseScores } from "./summary.ts";

/** A trial at the largest budget that it was given. */
export interface Trial {
  readonly arm: Arm;
  /** What was drawn. */
  readonly drawn: Settings;
  readonly bracket: number;
  /** Share of the full number of steps, in (0, 1]. */
  readonly share: number;
  readonly outcomes: readonly RunOutcome[];
  /** Over all environments (normalised where there are several) and seeds; null where a run failed or is missing. */
  readonly score: ScoreSummary | null;
}

/** Runs arms for a share of the steps, all environments and seeds. */
export type RunArms = (arms: readonly Arm[], share: number) => Promise<readonly RunOutcome[]>;

export interface DrawnTrial {
  readonly arm: Arm;
  readonly drawn: Settings;
}

/** The trials that each bracket begins with: all drawn before anything runs, so that speed changes nothing. */
export function drawTrials(spec: Tuning): DrawnTrial[][] {
  const { algorithm, preset, search, space } = spec;
  const random = new Pcg64(search.seed);
  let number = 0;
  return search.brackets.map((rungs) =>
    Array.from({ length: rungs[0].trials }, () => {
      const drawn = drawSettings(space, random);
      return { arm: { name: `trial ${++number}`, algorithm, preset, settings: drawn, levels: {} }, drawn };
    }),
  );
}

/**
 * Brackets go side by side, their rungs one after another.
 * @returns all trials, best first: larger budgets before smaller ones, then by score, those that failed last; and the
 *   outcomes of all rungs in the order of brackets and rungs
 */
export async function searchTrials(
  spec: Tuning,
  runArms: RunArms,
): Promise<{ readonly trials: Trial[]; readonly outcomes: RunOutcome[] }> {
  const { brackets } = spec.search;
  const done = await Promise.all(
    drawTrials(spec).map((drawn, bracket) => climb(drawn, bracket, brackets[bracket], spec.metric, runArms)),
  );
  return {
    trials: rankTrials(done.flatMap(({ trials }) => trials)),
    outcomes: done.flatMap(({ outcomes }) => outcomes),
  };
}

/** One bracket: of each rung, the best go on to the next. */
async function climb(
  drawn: readonly DrawnTrial[],
  bracket: number,
  rungs: readonly Rung[],
  metric: Metric,
  runArms: RunArms,
): Promise<{ readonly trials: Trial[]; readonly outcomes: RunOutcome[] }> {
  const last = new Map<Arm, Trial>();
  const all: RunOutcome[] = [];
  let running = drawn;
  for (const { trials: places, share } of rungs) {
    running = running.slice(0, places);
    if (running.length === 0) break;
    const outcomes = await runArms(
      running.map(({ arm }) => arm),
      share,
    );
    all.push(...outcomes);
    const rung = running.map(({ arm, drawn }): Trial => {
      const own = outcomes.filter(({ run }) => run.arm === arm);
      return { arm, drawn, bracket, share, outcomes: own, score: scoreTrial(own, metric) };
    });
    for (const trial of rung) last.set(trial.arm, trial);
    running = rankTrials(rung).filter(({ score }) => score !== null);
  }
  return { trials: [...last.values()], outcomes: all };
}

export function rankTrials(trials: readonly Trial[]): Trial[] {
  const score = (trial: Trial): number => trial.score?.iqm ?? Number.NEGATIVE_INFINITY;
  return [...trials].sort((a, b) => {
    // Without a score there is nothing to compare, whatever was spent.
    if ((a.score === null) !== (b.score === null)) return a.score === null ? 1 : -1;
    return b.share - a.share || (score(a) === score(b) ? 0 : score(b) > score(a) ? 1 : -1);
  });
}

/** The spec's environments with the steps of a rung. */
export function environmentsAt(environments: readonly EnvironmentSpec[], share: number): EnvironmentSpec[] {
  return environments.map((environment) => ({
    ...environment,
    steps: Math.max(1, Math.floor(environment.steps * share + 0.5)),
  }));
}

function scoreTrial(outcomes: readonly RunOutcome[], metric: Metric): ScoreSummary | null {
  if (outcomes.some(({ result }) => result === undefined)) return null;
  const environments = [...new Set(outcomes.map(({ run }) => run.environment))];
  return summariseScores(
    environments.map((environment) =>
      outcomes.flatMap(({ run, result }) => {
        if (run.environment !== environment || result === undefined) return [];
        const score = scoreOf(result, metric);
        return [environments.length === 1 ? score : normalisedScore(environment, score)];
      }),
    ),
  );
}
