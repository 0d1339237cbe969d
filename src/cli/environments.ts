// Environments as the command line makes them: all that the package has, in worker threads likewise, and those that users wrote.

import type { Env, SyncEnv } from "../env.ts";
import { registerArcade } from "../envs/arcade/index.ts";
import { registerDiagnostics } from "../envs/diagnostics/index.ts";
import { makeVector } from "../envs/make-vector.ts";
import { make, registeredIds } from "../envs/registry.ts";
import { TimeLimit } from "../envs/wrappers/time-limit.ts";
import type { EnvChoice, EnvironmentSource } from "./environment-source.ts";
import { isModuleWord } from "./module-word.ts";
import { asUsage } from "./usage-error.ts";
import { findUserEnvironment } from "./user-environment.ts";

registerDiagnostics();
registerArcade();

/** Where neither the environment nor the user sets a limit, greedy episodes are cut here: a policy may go in circles. */
export const EVALUATION_STEP_LIMIT = 1000;

/** The names that `makeEnv` knows. */
export function environmentIds(): string[] {
  return registeredIds();
}

/** @throws UsageError for an unknown id or option */
export function makeEnv({ id, options }: EnvChoice): SyncEnv {
  return asUsage(() => make(id, options));
}

/**
 * @param folder that a word is relative to
 * @throws UsageError for an unknown id, a wrong option, or a module that has no environment
 */
export async function findEnvironment(choice: EnvChoice, folder: string): Promise<EnvironmentSource> {
  if (isModuleWord(choice.id)) return findUserEnvironment(choice.id, choice.options, folder);
  makeEnv(choice);
  return registered(choice);
}

function registered(choice: EnvChoice): EnvironmentSource {
  const { id, options } = choice;
  return {
    module: undefined,
    isSingle: false,
    make: async () => makeEnv(choice),
    makeTogether: async (count) => makeVector(id, count, { ...options, autoresetMode: "same-step" }),
    check: async () => [],
  };
}

/** For greedy episodes: another environment of the kind, with a step limit in any case. */
export async function makeEvaluationEnv(source: EnvironmentSource): Promise<Env> {
  const env = await source.make();
  if (env.spec?.maxEpisodeSteps !== undefined) return env;
  return new TimeLimit(env, { maxEpisodeSteps: EVALUATION_STEP_LIMIT });
}
