// Truncates an episode after a number of steps. `make` adds this wrapper with the limit of the registration.

import type { Env, EnvSpec, EnvState, ResetResult, StepResult, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { Wrapper } from "./wrapper.ts";

/** Options of TimeLimit. */
export interface TimeLimitOptions {
  /** Steps after which the episode is truncated, at least 1. */
  readonly maxEpisodeSteps: number;
}

/** Truncates an episode after a number of steps. `make` adds this wrapper with the limit of the registration. */
export class TimeLimit<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  override readonly spec?: EnvSpec | undefined;
  readonly #limit: number;
  #elapsed = 0;

  /** @throws TypeError, RangeError unless the limit is an integer at least 1 */
  constructor(env: Inner, options: TimeLimitOptions) {
    super("TimeLimit", env);
    rejectUnknownOptions("TimeLimit", options, ["maxEpisodeSteps"]);
    const rule = { min: 1, integer: true };
    this.#limit = requireNumber("TimeLimit", "maxEpisodeSteps", options.maxEpisodeSteps, rule, "It counts steps.");
    this.spec = env.spec && { ...env.spec, maxEpisodeSteps: this.#limit };
  }

  /** Steps of the running episode so far. */
  get elapsedSteps(): number {
    return this.#elapsed;
  }

  protected override afterReset(result: ResetResult): ResetResult {
    this.#elapsed = 0;
    return result;
  }

  protected override afterStep(result: StepResult): StepResult {
    this.#elapsed++;
    if (this.#elapsed < this.#limit) return result;
    // `terminated` does not change. An episode that ends at the limit is both terminated and truncated, as in Gymnasium.
    const { observation, reward, terminated, info } = result;
    return { observation, reward, terminated, truncated: true, info };
  }

  protected override ownState(): EnvState {
    return this.#elapsed;
  }

  protected override takeOwnState(state: EnvState): boolean {
    if (!Number.isInteger(state) || (state as number) < 0) return false;
    this.#elapsed = state as number;
    return true;
  }
}
