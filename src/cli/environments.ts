// Makes the environments of the command line: all environments of the library (also in worker threads), and those of users.

import type { Env, SyncEnv } from "../env.ts";
import { registerArcade } from "../envs/arcade/index.ts";
import { registerDiagnostics } from "../envs/diagnostics/index.ts";
import { makeVector } from "../envs/make-vector.ts";
import { make, registeredIds } from "../envs/registry.ts";
import { TimeLimit } from "../envs/wrappers/time-limit.ts";
import { show } from "../errors.ts";
import type { EnvChoice, EnvironmentSource } from "./environment-source.ts";
import { isModuleWord, withEnding } from "./module-word.ts";
import { asUsage, UsageError } from "./usage-error.ts";
import { findUserEnvironment } from "./user-environment.ts";

registerDiagnostics();
registerArcade();

/** Step limit of greedy episodes in environments without a limit of their own: a policy may go in circles for ever. */
export const EVALUATION_STEP_LIMIT = 1000;

/** Returns the names that `makeEnv` knows. */
export function environmentIds(): string[] {
  return registeredIds();
}

/** Makes an environment of the library. @throws UsageError for an unknown id or option */
export function makeEnv({ id, options }: EnvChoice): SyncEnv {
  return asUsage(() => make(id, options));
}

/**
 * Finds the source of the chosen environment.
 * @param folder folder that the path of a module is relative to
 * @throws UsageError for an unknown id, a wrong option, or a module that exports no environment
 */
export async function findEnvironment(choice: EnvChoice, folder: string): Promise<EnvironmentSource> {
  if (isModuleWord(choice.id)) return findUserEnvironment(choice.id, choice.options, folder);
  if (!registeredIds().includes(choice.id)) {
    const near = withEnding(choice.id, folder);
    if (near !== undefined) {
      throw new UsageError(
        `environment expected a registered id or a file, got ${show(choice.id)}. Did you mean ${near}?`,
      );
    }
  }
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

/** Makes an environment for greedy episodes. Where it has no step limit, it gets `EVALUATION_STEP_LIMIT`. */
export async function makeEvaluationEnv(source: EnvironmentSource): Promise<Env> {
  const env = await source.make();
  if (env.spec?.maxEpisodeSteps !== undefined) return env;
  return new TimeLimit(env, { maxEpisodeSteps: EVALUATION_STEP_LIMIT });
}
