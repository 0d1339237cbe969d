// The source of a run's environments: the registry, or a module of the user.

import type { Env, VectorEnv } from "../env.ts";
import type { Settings } from "./settings.ts";
import type { UserModule } from "./user-module.ts";

/** An environment and its options. */
export interface EnvChoice {
  /** A registered id, or the path of a module. */
  readonly id: string;
  readonly options: Settings;
}

/** Makes environments of one kind. */
export interface EnvironmentSource {
  /** The user's module that exports the environment; undefined for an environment of the library. */
  readonly module: UserModule | undefined;
  /** True when the module exports one finished environment. Every call of `make` then returns that environment. */
  readonly isSingle: boolean;
  make(): Promise<Env>;
  /** Makes `count` environments that are stepped together. The step that ends an episode also begins the next one. */
  makeTogether(count: number): Promise<VectorEnv>;
  /**
   * Checks a user's environment against the contract of `Env`; environments of the library need no check.
   * @returns warnings about probable mistakes
   * @throws UsageError when the environment breaks the contract
   */
  check(): Promise<readonly string[]>;
}
