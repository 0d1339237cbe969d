// Hands a run's numbers to a logger at fixed environment steps, so that two runs of one seed log the same steps and, wall
// time aside, the same values, resumed or not.

import type { Callback, RunView } from "../../agent.ts";
import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import type { Logger } from "../../logger.ts";

/**
 * Every record has: rollout/return and rollout/length (last finished episode), rollout/meanReturn (last 100 episodes),
 * train/episodes, train/updates, train/<each of the algorithm's own numbers>, time/stepsPerSecond (since the last record).
 * What is not known yet is NaN, so that every record has the same keys.
 */
export class LogCallback implements Callback {
  readonly name = "log";
  readonly everySteps: number;
  readonly #logger: Logger;
  #steps = 0;
  #seconds = 0;

  /** @param options.everySteps [1000] */
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

  /** The logger stays open: it is its maker's to close. */
  onEnd(): void | Promise<void> {
    return this.#logger.flush?.();
  }
}
