// A built-in environment that answers with promises, as a user's may.

import type { Env, ResetOptions, ResetResult, StepResult, SyncEnv } from "../../../src/env.ts";
import type { Space, SpaceValue } from "../../../src/space.ts";

export class PromisedEnv implements Env {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly #env: SyncEnv;

  constructor(env: SyncEnv) {
    this.#env = env;
    this.observationSpace = env.observationSpace;
    this.actionSpace = env.actionSpace;
  }

  async reset(options?: ResetOptions): Promise<ResetResult> {
    await Promise.resolve();
    return this.#env.reset(options);
  }

  async step(action: SpaceValue): Promise<StepResult> {
    await Promise.resolve();
    return this.#env.step(action);
  }
}
