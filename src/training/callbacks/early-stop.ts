// Callbacks that end a run when it is good enough, by its training returns or by evaluations.

import type { Callback, RunView } from "../../agent.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import type { EvaluationHook } from "./evaluation.ts";

/**
 * Callback that stops the run when the mean return of the last `episodes` training episodes of this call reaches `threshold`.
 */
export class StopOnReturn implements Callback {
  readonly name = "stop-on-return";
  readonly #threshold: number;
  readonly #episodes: number;
  readonly #returns: number[] = [];

  /**
   * @param options.threshold mean return at which the run stops
   * @param options.episodes number of latest episodes. Default: 100, as in Gymnasium's definition of solved.
   */
  constructor(options: { readonly threshold: number; readonly episodes?: number }) {
    rejectUnknownOptions("StopOnReturn", options, ["threshold", "episodes"]);
    const { threshold, episodes = 100 } = options;
    this.#threshold = requireNumber("StopOnReturn", "threshold", threshold, {}, "It is a mean return.");
    this.#episodes = requireNumber("StopOnReturn", "episodes", episodes, { integer: true, min: 1 }, "Use 100.");
  }

  onStart(): void {
    this.#returns.length = 0;
  }

  onEpisodeEnd(run: RunView): void {
    const returns = this.#returns;
    returns.push(run.lastReturn);
    if (returns.length > this.#episodes) returns.shift();
    if (returns.length < this.#episodes) return;
    // The sum is computed anew each time: a running sum would accumulate rounding errors.
    const mean = returns.reduce((sum, value) => sum + value, 0) / this.#episodes;
    if (mean < this.#threshold) return;
    run.stop(`mean return ${mean} of the last ${this.#episodes} episodes reached ${this.#threshold}`);
  }
}

/**
 * Returns a hook for `onEvaluation` of `EvaluationCallback`. The hook stops the run when the mean return reaches `threshold` in
 * `evaluations` evaluations in a row. Default: 1.
 *
 * new EvaluationCallback({ env, everySteps: 5000, onEvaluation: stopOnScore({ threshold: 475 }) })
 */
export function stopOnScore(options: { readonly threshold: number; readonly evaluations?: number }): EvaluationHook {
  rejectUnknownOptions("stopOnScore", options, ["threshold", "evaluations"]);
  const { threshold, evaluations = 1 } = options;
  requireNumber("stopOnScore", "threshold", threshold, {}, "It is a mean return.");
  requireNumber("stopOnScore", "evaluations", evaluations, { integer: true, min: 1 }, "Use 1.");
  let inARow = 0;
  return ({ evaluation }, run) => {
    inARow = evaluation.mean >= threshold ? inARow + 1 : 0;
    if (inARow >= evaluations) run.stop(`evaluation mean ${evaluation.mean} reached ${threshold}`);
  };
}
