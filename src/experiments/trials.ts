// The run of a search: draws trials, runs them with the budget of each rung, keeps the best, and ranks all trials.

import { Pcg64 } from "../engine/random.ts";
import type { Arm, EnvironmentSpec, Metric, Tuning } from "./experiment-spec.ts";
import { normalisedScore, type RunOutcome, scoreOf } from "./run-result.ts";
import type { Rung } from "./search.ts";
import { drawSettings } from "./search-space.ts";
import type { Settings } from "./spec-fields.ts";
import { type ScoreSummary, summariseScores } from "./summary.ts";

/** A trial, with the results of its largest budget. */
export interface Trial {
  readonly arm: Arm;
  /** Settings drawn by the search. */
  readonly drawn: Settings;
  /** Index of the bracket. */
  readonly bracket: number;
  /** Share of the full number of steps, in (0, 1]. */
  readonly share: number;
  /** Outcomes of the runs with this budget. */
  readonly outcomes: readonly RunOutcome[];
  /** Score over all environments and seeds, normalised for several environments; null when a run failed or is missing. */
  readonly score: ScoreSummary | null;
}

/** Runs arms on all environments and seeds, for a share of the steps. */
export type RunArms = (arms: readonly Arm[], share: number) => Promise<readonly RunOutcome[]>;

/** A trial before its first run. */
export interface DrawnTrial {
  readonly arm: Arm;
  readonly drawn: Settings;
}

/** Draws the first trials of each bracket. All are drawn before any run, so that the speed of runs changes nothing. */
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
 * Runs a whole search. Brackets run at the same time, the rungs of a bracket one after another.
 * @returns all trials, best first (larger budgets first, then higher scores; failed trials last), and the outcomes of all rungs
 *   in the order of brackets and rungs
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

/** Runs one bracket: the best trials of each rung continue in the next rung. */
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

/** Sorts trials, best first: larger budgets first, then higher scores; trials without a score last. */
export function rankTrials(trials: readonly Trial[]): Trial[] {
  const score = (trial: Trial): number => trial.score?.iqm ?? Number.NEGATIVE_INFINITY;
  return [...trials].sort((a, b) => {
    // A trial without a score comes last, whatever its budget.
    if ((a.score === null) !== (b.score === null)) return a.score === null ? 1 : -1;
    return b.share - a.share || (score(a) === score(b) ? 0 : score(b) > score(a) ? 1 : -1);
  });
}

/** Returns the environments of the specification with the steps of a rung. */
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
