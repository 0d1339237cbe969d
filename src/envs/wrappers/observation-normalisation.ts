// Shifts and scales observations to mean 0 and variance 1, with the mean and variance of all observations so far. As
// Gymnasium's NormalizeObservation. Statistics outlive episodes and are part of saved states.

import type { Env, EnvState, ResetResult, StepResult, SyncEnv } from "../../env.ts";
import { RunningStatistics } from "../../running-statistics.ts";
import { type Box, box } from "../../space.ts";
import {
  badStatistics,
  loadStatistics,
  type NormalisationOptions,
  readNormalisation,
  saveStatistics,
} from "./normalisation.ts";
import { requireBoxObservation } from "./require-box.ts";
import { Wrapper } from "./wrapper.ts";

/** Options of ObservationNormalisation. */
export type ObservationNormalisationOptions = NormalisationOptions;

/**
 * Shifts and scales observations to mean 0 and variance 1, with the mean and variance of all observations so far. Set `frozen`
 * for evaluation. Statistics outlive episodes and are part of saved states.
 */
export class ObservationNormalisation<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  /** True to normalise observations without adding them to the statistics. */
  frozen: boolean;
  readonly #space: Box;
  readonly #epsilon: number;
  readonly #clip: number;
  readonly #statistics: RunningStatistics;

  /** @throws TypeError, RangeError for an observation space other than Box, or bad options */
  constructor(env: Inner, options: ObservationNormalisationOptions = {}) {
    const where = "ObservationNormalisation";
    super(where, env);
    const { epsilon, clip, frozen } = readNormalisation(where, options);
    const inner = requireBoxObservation(where, env);
    this.#epsilon = epsilon;
    this.#clip = clip;
    this.frozen = frozen;
    this.#space = box(-this.#clip, this.#clip, inner.shape);
    this.#statistics = new RunningStatistics(inner.low.length);
  }

  override get observationSpace(): Box {
    return this.#space;
  }

  /** The statistics, for `loadStatistics` of another wrapper (around an evaluation environment, for example). */
  get statistics(): EnvState {
    return saveStatistics(this.#statistics);
  }

  protected override afterReset(result: ResetResult): ResetResult {
    return { observation: this.#normalise(result.observation as ArrayLike<number>), info: result.info };
  }

  protected override afterStep(result: StepResult): StepResult {
    const { observation, reward, terminated, truncated, info } = result;
    return { observation: this.#normalise(observation as ArrayLike<number>), reward, terminated, truncated, info };
  }

  protected override ownState(): EnvState {
    return { statistics: this.statistics, frozen: this.frozen };
  }

  protected override takeOwnState(state: EnvState): boolean {
    const saved = state as { statistics?: EnvState; frozen?: unknown } | null;
    if (typeof saved !== "object" || saved === null || typeof saved.frozen !== "boolean") return false;
    if (!loadStatistics(this.#statistics, saved.statistics)) return false;
    this.frozen = saved.frozen;
    return true;
  }

  /**
   * Takes over the `statistics` of another ObservationNormalisation.
   * @throws TypeError for statistics that do not fit the observation
   */
  loadStatistics(statistics: EnvState): void {
    if (loadStatistics(this.#statistics, statistics)) return;
    throw badStatistics("ObservationNormalisation", this.#statistics.size);
  }

  #normalise(observation: ArrayLike<number>): Float32Array {
    if (!this.frozen) this.#statistics.include(observation, 1);
    const result = new Float32Array(this.#statistics.size);
    this.#statistics.standardize(observation, result, 0, this.#epsilon, this.#clip);
    return result;
  }
}
