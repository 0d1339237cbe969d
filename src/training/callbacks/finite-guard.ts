// Callback that stops a run whose weights are no longer finite. Agents stop at a loss that is not finite; this callback checks
// the weights themselves.

import type { Callback, RunView } from "../../agent.ts";
import { DivergenceError, rejectUnknownOptions, requireNumber } from "../../errors.ts";

/**
 * Callback that throws a DivergenceError when the weights contain NaN or infinity. Place it before a CheckpointCallback. Cost:
 * one loop over a copy of the weights per check.
 */
export class FiniteGuard implements Callback {
  readonly name = "finite-guard";
  readonly everySteps: number;

  /** @param options.everySteps environment steps between two checks. Default: 1000. */
  constructor(options: { readonly everySteps?: number } = {}) {
    rejectUnknownOptions("FiniteGuard", options, ["everySteps"]);
    const rule = { integer: true, min: 1 };
    const { everySteps = 1000 } = options;
    this.everySteps = requireNumber("FiniteGuard", "everySteps", everySteps, rule, "It counts environment steps.");
  }

  /** Checks the weights. @throws DivergenceError when a weight is not finite */
  onStep(run: RunView): void {
    if (run.agent.hasFiniteWeights()) return;
    throw new DivergenceError(
      `FiniteGuard: weights expected finite numbers, got NaN or infinity at environment step ${run.envSteps} (update ${run.updates}). ` +
        `Likely cause: ${likelyCause(run.metrics())}. The last checkpoint before it is good.`,
    );
  }
}

/** Guesses the cause from the metrics, from the surest sign to the weakest. */
function likelyCause(metrics: Readonly<Record<string, number>>): string {
  const { learningRate, gradientNorm, meanQ } = metrics;
  if (learningRate >= 0.1) return `a learning rate of ${learningRate}; lower it`;
  if (meanQ !== undefined && Math.abs(meanQ) > 1e6) return `values that grew to ${meanQ}; scale rewards or use double`;
  if (gradientNorm !== undefined && Number.isNaN(gradientNorm)) return "unclipped gradients; set maxGradientNorm";
  return "a learning rate too high or rewards too large; lower them";
}
