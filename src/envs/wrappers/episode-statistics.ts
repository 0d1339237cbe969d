// Adds `episode: { return, length }` to the info of the step that ends an episode. The rewards come from the wrapped
// environment: wrappers that change rewards belong around this wrapper, so that it reports the true return.

import type { Env, EnvState, ResetResult, StepResult, SyncEnv } from "../../env.ts";
import { Wrapper } from "./wrapper.ts";

/** Return and length of a finished episode. */
export interface EpisodeSummary {
  /** Undiscounted sum of rewards. */
  readonly return: number;
  /** Number of steps. */
  readonly length: number;
}

/**
 * Adds `episode: { return, length }` (an EpisodeSummary) to the info of the step that ends an episode.
 * Wrappers that change rewards belong around this wrapper, so that it reports the true return.
 */
export class EpisodeStatistics<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  #return = 0;
  #length = 0;

  /** @param env environment to wrap */
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
