// Environments as the command line makes them: all that the package has, and in worker threads likewise.

import type { SyncEnv } from "../env.ts";
import { registerArcade } from "../envs/arcade/index.ts";
import { registerDiagnostics } from "../envs/diagnostics/index.ts";
import { make, registeredIds } from "../envs/registry.ts";
import type { Settings } from "./settings.ts";
import { asUsage } from "./usage-error.ts";

registerDiagnostics();
registerArcade();

/** Where neither the environment nor the user sets a limit, greedy episodes are cut here: a policy may go in circles. */
export const EVALUATION_STEP_LIMIT = 1000;

export interface EnvChoice {
  readonly id: string;
  readonly options: Settings;
}

/** The names that `makeEnv` knows. */
export function environmentIds(): string[] {
  return registeredIds();
}

/** @throws UsageError for an unknown id or option */
export function makeEnv({ id, options }: EnvChoice): SyncEnv {
  return asUsage(() => make(id, options));
}

/** For greedy episodes: the same environment, with a step limit in any case. */
export function makeEvaluationEnv(choice: EnvChoice): SyncEnv {
  const env = makeEnv(choice);
  if (env.spec?.maxEpisodeSteps !== undefined) return env;
  return makeEnv({ id: choice.id, options: { ...choice.options, maxEpisodeSteps: EVALUATION_STEP_LIMIT } });
}
