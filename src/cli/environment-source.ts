// Where a run's environments come from: the registry, or a module of the user's.

import type { Env, VectorEnv } from "../env.ts";
import type { Settings } from "./settings.ts";
import type { UserModule } from "./user-module.ts";

export interface EnvChoice {
  /** A registered id, or a word that names a module. */
  readonly id: string;
  readonly options: Settings;
}

/** Where environments of one kind come from. */
export interface EnvironmentSource {
  /** The user's, where it is none of the package's. */
  readonly module: UserModule | undefined;
  /** Whether there is one environment only, which whoever asks is given. */
  readonly isSingle: boolean;
  make(): Promise<Env>;
  /** Several in step; each begins a new episode in the step that ends one. */
  makeTogether(count: number): Promise<VectorEnv>;
  /** What breaks the contract is thrown; what usually is a mistake comes back in words. Nothing for the package's own. */
  check(): Promise<readonly string[]>;
}
