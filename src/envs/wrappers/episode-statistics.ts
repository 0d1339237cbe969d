// Adds `episode: { return, length }` to the info of the step that ends an episode: undiscounted sum of rewards, and steps.
// Rewards are those of the environment it wraps: put it inside wrappers that change rewards to report the true return.

import type { Env, EnvState, ResetResult, StepResult, SyncEnv } from "../../env.ts";
import { Wrapper } from "./wrapper.ts";

export interface EpisodeSummary {
  readonly return: number;
  readonly length: number;
}

export class EpisodeStatistics<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  #return = 0;
  #length = 0;

  constructor(env: Inner) {
    super("EpisodeStatistics", env);
  }

  protected override afterReset(result: ResetResult): ResetResult {
    this.#return = 0;
    this.#length = 0;
    return result;
  }

  protected override afterStep(result: StepResult): StepResult {
    this.#return += result.reward;
    this.#length++;
    if (!result.terminated && !result.truncated) return result;
    const episode: EpisodeSummary = { return: this.#return, length: this.#length };
    return { ...result, info: { ...result.info, episode } };
  }

  protected override ownState(): EnvState {
    return [this.#return, this.#length];
  }

  protected override takeOwnState(state: EnvState): boolean {
    if (!Array.isArray(state) || state.length !== 2 || !state.every(Number.isFinite)) return false;
    [this.#return, this.#length] = state;
    return true;
  }
}
