// Callback that logs a run's numbers at fixed environment steps. Two runs with one seed log the same steps and, except for
// times, the same values, resumed or not.

import type { Callback, RunView } from "../../agent.ts";
import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import type { Logger } from "../../logger.ts";

/**
 * Callback that logs a run's numbers. Every record has: rollout/return and rollout/length (latest finished episode),
 * rollout/meanReturn (latest 100 episodes), train/episodes, train/updates, train/<each of the algorithm's own numbers>,
 * time/stepsPerSecond (since the last record). A number that is not known yet is NaN: all records have the same keys.
 */
export class LogCallback implements Callback {
  readonly name = "log";
  readonly everySteps: number;
  readonly #logger: Logger;
  #steps = 0;
  #seconds = 0;

  /**
   * @param options.logger logger that receives the records
   * @param options.everySteps environment steps between two records. Default: 1000.
   */
  constructor(options: { readonly logger: Logger; readonly everySteps?: number }) {
    rejectUnknownOptions("LogCallback", options, ["logger", "everySteps"]);
    const { logger, everySteps = 1000 } = options;
    if (typeof logger?.log !== "function") {
      throw new TypeError(`LogCallback: logger expected a Logger, got ${show(logger)}. It has a method log(record).`);
    }
    const rule = { integer: true, min: 1 };
    this.everySteps = requireNumber("LogCallback", "everySteps", everySteps, rule, "It counts environment steps.");
    this.#logger = logger;
  }

  onStart(run: RunView): void {
    this.#steps = run.envSteps;
    this.#seconds = run.seconds;
  }

  onStep(run: RunView): void {
    const { envSteps, seconds } = run;
    const values: Record<string, number> = {
      "rollout/return": run.lastReturn,
      "rollout/length": run.lastLength,
      "rollout/meanReturn": run.meanReturn,
      "train/episodes": run.episodes,
      "train/updates": run.updates,
    };
    for (const [name, value] of Object.entries(run.metrics())) values[`train/${name}`] = value;
    values["time/stepsPerSecond"] = (envSteps - this.#steps) / (seconds - this.#seconds);
    this.#steps = envSteps;
    this.#seconds = seconds;
    this.#logger.log({ step: envSteps, seconds, values });
  }

  /** Flushes the logger. Closing the logger is the caller's task. */
  onEnd(): void | Promise<void> {
    return this.#logger.flush?.();
  }
}
