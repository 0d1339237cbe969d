// Ends an episode with `truncated` after a number of steps. `make` adds it with the limit of the registration.

import type { Env, EnvSpec, EnvState, ResetResult, StepResult, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { Wrapper } from "./wrapper.ts";

export interface TimeLimitOptions {
  /** Steps after which the episode is truncated, at least 1. */
  readonly maxEpisodeSteps: number;
}

export class TimeLimit<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  override readonly spec?: EnvSpec | undefined;
  readonly #limit: number;
  #elapsed = 0;

  /** @throws TypeError, RangeError unless the limit is a whole number at least 1 */
  constructor(env: Inner, options: TimeLimitOptions) {
    super("TimeLimit", env);
    rejectUnknownOptions("TimeLimit", options, ["maxEpisodeSteps"]);
    const rule = { min: 1, integer: true };
    this.#limit = requireNumber("TimeLimit", "maxEpisodeSteps", options.maxEpisodeSteps, rule, "It counts steps.");
    this.spec = env.spec && { ...env.spec, maxEpisodeSteps: this.#limit };
  }

  /** Steps of the running episode. */
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
    // `terminated` stays as it is: an episode that ends in its last step is both, as in Gymnasium.
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
