// Environments from a user's module. The module exports one finished environment, or a class or function that makes as many as
// are needed.

import { type Env, isVectorEnv, type SyncEnv, type VectorEnv } from "../env.ts";
import { checkEnv } from "../envs/check-env.ts";
import { SyncVectorEnv } from "../envs/vector-env.ts";
import { isPromise } from "../training/yield.ts";
import { isAlgorithmClass } from "./algorithm.ts";
import type { EnvironmentSource } from "./environment-source.ts";
import { guarded } from "./guarded-environment.ts";
import { chooseExport, described, isClass, type Wanted } from "./module-export.ts";
import { placeOf } from "./module-word.ts";
import type { Settings } from "./settings.ts";
import { watchPromise } from "./stray-failure.ts";
import { UsageError } from "./usage-error.ts";
import { failureText, userPlace } from "./user-failure.ts";
import { loadModule, type UserModule } from "./user-module.ts";

type Maker = ((options: Settings) => unknown) | (new (options: Settings) => unknown);

const WANTED: Wanted = {
  what: "an environment, or a class or function that makes one",
  advice: "An environment has reset, step, observationSpace and actionSpace.",
  elsewhere: (value, { shown }) =>
    isAlgorithmClass(value)
      ? `It is a class of agents: give it in place of the algorithm, bellwether train ${shown} ENV.`
      : undefined,
  fit: (value) => {
    if (isAlgorithmClass(value)) return undefined;
    if (isEnvironment(value) || isEnvironment((value as { readonly prototype?: unknown } | null)?.prototype)) return 0;
    return typeof value === "function" ? 1 : undefined;
  },
};

/** Methods that `checkEnv` calls. */
const METHODS = [
  ...["reset", "step", "saveState", "loadState", "renderText", "renderSvg"],
  ...["computeReward", "computeTerminated"],
] as const;

/**
 * Finds the environment in a user's module.
 * @param options options for the class or function that makes environments
 * @throws UsageError when the module exports no environment, or options are given to a finished environment
 */
export async function findUserEnvironment(word: string, options: Settings, folder: string): Promise<EnvironmentSource> {
  const module = await loadModule(word, folder);
  const chosen = chooseExport(module, placeOf(word, folder).exportName, WANTED);
  if (typeof chosen === "function") return new UserEnvironment(module, chosen as Maker, undefined, options);
  if (Object.keys(options).length > 0) {
    throw module.wrong(
      `--env-set expected a class or function that takes options, got an environment that is made. Export what makes it.`,
    );
  }
  return new UserEnvironment(module, undefined, chosen as Env, options);
}

class UserEnvironment implements EnvironmentSource {
  readonly module: UserModule;
  readonly isSingle: boolean;
  readonly #maker: Maker | undefined;
  readonly #made: Env | undefined;
  readonly #options: Settings;
  #checked: Promise<readonly string[]> | undefined;
  #guarded: Env | undefined;
  #isAsync = false;

  constructor(module: UserModule, maker: Maker | undefined, made: Env | undefined, options: Settings) {
    this.module = module;
    this.isSingle = made !== undefined;
    this.#maker = maker;
    this.#made = made;
    this.#options = options;
  }

  async make(): Promise<Env> {
    const env = await this.#makeBare();
    if (!this.isSingle) return guarded(env, this.module);
    this.#guarded ??= guarded(env, this.module);
    return this.#guarded;
  }

  /** Makes the user's own object. */
  async #makeBare(): Promise<Env> {
    const { module } = this;
    const maker = this.#maker;
    const env = maker === undefined ? this.#made : await module.attempt(() => this.#promised(maker));
    if (!isEnvironment(env)) {
      const who = maker?.name || "default";
      throw module.wrong(`${who} expected to make an environment, got ${described(env)}. ${WANTED.advice}`);
    }
    if (isVectorEnv(env)) {
      throw module.wrong(
        "environment expected a single one, got several in step. Export what makes one: an algorithm takes as many as it needs.",
      );
    }
    return env;
  }

  #promised(maker: Maker): unknown {
    const answer = made(maker, { ...this.#options });
    if (isPromise(answer)) watchPromise(this.module.shown, maker.name || "default", answer);
    return answer;
  }

  async makeTogether(count: number): Promise<VectorEnv> {
    const { module } = this;
    const advice = "or add --set environments=1.";
    const several = `environments expected ${count}, as the algorithm's settings say`;
    if (this.isSingle) {
      throw module.wrong(`${several}, got the one that the file exports. Export a class or function, ${advice}`);
    }
    if (this.#isAsync) {
      throw module.wrong(`${several}, which answer at once, got promises. Answer without them, ${advice}`);
    }
    const envs = await Promise.all(Array.from({ length: count }, () => this.make()));
    return module.attempt(() => new SyncVectorEnv((i) => envs[i] as SyncEnv, { count, autoresetMode: "same-step" }));
  }

  check(): Promise<readonly string[]> {
    this.#checked ??= this.#check();
    return this.#checked;
  }

  async #check(): Promise<readonly string[]> {
    const { file, shown } = this.module;
    const env = await this.#makeBare();
    let thrown: unknown;
    const answered = (answer: unknown, method: string): void => {
      if (!isPromise(answer)) return;
      this.#isAsync = true;
      watchPromise(shown, method, answer);
    };
    const failed = (error: unknown): void => {
      thrown = error;
    };
    const watched = await this.module.attempt(() => watch(env, answered, failed));
    const { problems, warnings } = await checkEnv(watched);
    if (!this.isSingle) await this.module.attempt(() => env.close?.());
    if (problems.length === 0) return warnings.map((text) => `${shown}: ${text}.`);
    throw new UsageError(failureText(shown, file, new Error(problems.join("; ")), userPlace(thrown)), {
      cause: thrown,
    });
  }
}

function made(maker: Maker, options: Settings): unknown {
  return isClass(maker) || isEnvironment(maker.prototype)
    ? new (maker as new (options: Settings) => unknown)(options)
    : (maker as (options: Settings) => unknown)(options);
}

function isEnvironment(value: unknown): value is Env {
  const { reset, step } = (value ?? {}) as Partial<Env>;
  return typeof reset === "function" && typeof step === "function";
}

/** Wraps an environment. `answered` receives each result of its methods, `failed` each error. */
function watch(env: Env, answered: (answer: unknown, method: string) => void, failed: (error: unknown) => void): Env {
  const { observationSpace, actionSpace, spec } = env;
  const watched: Record<string, unknown> = { observationSpace, actionSpace, spec };
  for (const name of METHODS) {
    const method = (env as unknown as Record<string, unknown>)[name];
    if (method === undefined) continue;
    watched[name] =
      typeof method !== "function"
        ? method
        : (...args: unknown[]) => {
            try {
              const answer: unknown = method.apply(env, args);
              answered(answer, name);
              if (isPromise(answer)) answer.then(undefined, failed);
              return answer;
            } catch (error) {
              failed(error);
              throw error;
            }
          };
  }
  return watched as unknown as Env;
}
