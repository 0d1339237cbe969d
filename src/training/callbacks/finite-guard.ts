// Stops a run whose weights are no numbers any more, before more of it is wasted. Agents stop at a loss that is not
// finite; this looks at the weights themselves.

import type { Callback, RunView } from "../../agent.ts";
import { DivergenceError, rejectUnknownOptions, requireNumber } from "../../errors.ts";

/** Put it before a CheckpointCallback. Cost: one pass over a copy of the weights per check. */
export class FiniteGuard implements Callback {
  readonly name = "finite-guard";
  readonly everySteps: number;

  /** @param options.everySteps [1000] */
  constructor(options: { readonly everySteps?: number } = {}) {
    rejectUnknownOptions("FiniteGuard", options, ["everySteps"]);
    const rule = { integer: true, min: 1 };
    const { everySteps = 1000 } = options;
    this.everySteps = requireNumber("FiniteGuard", "everySteps", everySteps, rule, "It counts environment steps.");
  }

  /** @throws DivergenceError */
  onStep(run: RunView): void {
    if (run.agent.hasFiniteWeights()) return;
    throw new DivergenceError(
      `FiniteGuard: weights expected finite numbers, got NaN or infinity at environment step ${run.envSteps} (update ${run.updates}). ` +
        `Likely cause: ${likelyCause(run.metrics())}. The last checkpoint before it is good.`,
    );
  }
}

/** Where values usually run away; ordered from the surest sign to the weakest. */
function likelyCause(metrics: Readonly<Record<string, number>>): string {
  const { learningRate, gradientNorm, meanQ } = metrics;
  if (learningRate >= 0.1) return `a learning rate of ${learningRate}; lower it`;
  if (meanQ !== undefined && Math.abs(meanQ) > 1e6) return `values that grew to ${meanQ}; scale rewards or use double`;
  if (gradientNorm !== undefined && Number.isNaN(gradientNorm)) return "unclipped gradients; set maxGradientNorm";
  return "a learning rate too high or rewards too large; lower them";
}
