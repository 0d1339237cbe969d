// The methods of a search: numbers of trials and their budgets in environment steps.
//
//   random     every trial runs all steps
//   halving    n trials run few steps, the best 1/eta of them eta times as many steps, and so on; the last run all steps
//              (Jamieson & Talwalkar 2016, https://arxiv.org/abs/1502.07943)
//   hyperband  several brackets of halving, from "many trials, few steps" to "few trials, all steps"
//              (Li et al. 2018, algorithm 1, https://arxiv.org/abs/1603.06560)
//
// Differs from paper: each rung trains from the beginning with its own number of steps, instead of continuing. Schedules are
// shares of the planned steps, so that a short run is complete (its learning rate and exploration reach their final values).
// One `bellwether train` then repeats any result.

import { requireNumber } from "../errors.ts";
import { SpecFields } from "./spec-fields.ts";

/** One stage of a bracket. */
export interface Rung {
  /** Trials of this rung. */
  readonly trials: number;
  /** Share of the full number of steps, in (0, 1]. */
  readonly share: number;
}

/** Method and budget of a search. */
export interface Search {
  readonly method: "random" | "halving" | "hyperband";
  /** Seed of the stream that draws settings. */
  readonly seed: number;
  /** Brackets, each a list of rungs. Brackets are independent, and each begins with new trials. */
  readonly brackets: readonly (readonly Rung[])[];
  /** Number of new seeds on which the best settings run again, beside the settings before the search; 0: none. */
  readonly confirmSeeds: number;
}

const KNOWN = {
  random: ["method", "seed", "confirmSeeds", "trials"],
  halving: ["method", "seed", "confirmSeeds", "trials", "reduction", "minimumSteps"],
  hyperband: ["method", "seed", "confirmSeeds", "reduction", "minimumSteps"],
} as const;

const REDUCTION = 3;

/**
 * Reads the search of a specification and fills in defaults.
 * @param environments environments of the experiment; `minimumSteps` is relative to the largest of their steps
 * @throws TypeError or RangeError for an unknown, missing or wrong field
 */
export function readSearch(where: string, value: unknown, environments: readonly { readonly steps: number }[]): Search {
  const all = new SpecFields(where, value ?? { method: "random" }, [...new Set(Object.values(KNOWN).flat())]);
  const method = all.oneOf("method", ["random", "halving", "hyperband"]) ?? "random";
  const fields = new SpecFields(`${where} (${method})`, value ?? {}, KNOWN[method]);
  const steps = Math.max(...environments.map((environment) => environment.steps));
  const reduction = fields.count("reduction", 2) ?? REDUCTION;
  const trials = fields.count("trials", 1) ?? (method === "random" ? 16 : 27);
  const least = Math.max(1, Math.ceil(steps / 27));
  const minimumSteps = fields.number("minimumSteps", { min: 1, max: steps, integer: true }) ?? Math.min(steps, least);
  const share = minimumSteps / steps;
  const brackets =
    method === "random"
      ? [[{ trials, share: 1 }]]
      : method === "halving"
        ? [halvingRungs(trials, share, reduction)]
        : hyperbandBrackets(share, reduction);
  return {
    method,
    seed: fields.count("seed", 0) ?? 0,
    brackets,
    confirmSeeds: fields.count("confirmSeeds", 0) ?? 5,
  };
}

/**
 * Returns the rungs of one bracket: from `trials` trials at a share of at least `smallest`, up to all steps for the last trials.
 * @param reduction eta, at least 2: the best 1/eta of each rung continue, with eta times the steps
 */
export function halvingRungs(trials: number, smallest: number, reduction: number): Rung[] {
  requireNumber("halvingRungs", "smallest", smallest, { above: 0, max: 1 }, "It is a share of all steps.");
  // As many rungs as the steps allow, while there is more than one trial to choose from.
  let rungs = 1;
  for (let share = 1, left = trials; share / reduction >= smallest * (1 - 1e-9) && left > 1; rungs++) {
    share /= reduction;
    left = Math.floor(left / reduction);
  }
  return rungsFrom(trials, rungs - 1, reduction);
}

/** Returns `last` + 1 rungs. The last rung runs all steps, each earlier rung eta times fewer. */
function rungsFrom(trials: number, last: number, reduction: number): Rung[] {
  const rungs: Rung[] = [];
  let left = trials;
  for (let r = 0; r <= last; r++) {
    let divisor = 1;
    for (let i = r; i < last; i++) divisor *= reduction;
    rungs.push({ trials: Math.max(1, left), share: 1 / divisor });
    left = Math.floor(left / reduction);
  }
  return rungs;
}

/** Returns the brackets s = s_max .. 0. Each has n = ceil((s_max + 1) / (s + 1) eta^s) trials and s reductions. */
export function hyperbandBrackets(smallest: number, reduction: number): Rung[][] {
  requireNumber("hyperbandBrackets", "smallest", smallest, { above: 0, max: 1 }, "It is a share of all steps.");
  let most = 0;
  for (let share = 1; share / reduction >= smallest * (1 - 1e-9); most++) share /= reduction;
  return Array.from({ length: most + 1 }, (_, i) => {
    const s = most - i;
    let power = 1;
    for (let j = 0; j < s; j++) power *= reduction;
    return rungsFrom(Math.ceil(((most + 1) / (s + 1)) * power), s, reduction);
  });
}
