// ObservationNormalisation for vector environments: all environments share one set of statistics, and add to it batch by batch.
// The final observation of an episode in mode "same-step" is normalised but not added to the statistics, as in
// Stable-Baselines3's VecNormalize. A step allocates nothing.

import type { EnvState, VectorEnv, VectorResetResult, VectorStepResult } from "../../env.ts";
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
import { VectorWrapper } from "./vector-wrapper.ts";

/**
 * Shifts and scales the observations of a vector environment to mean 0 and variance 1. All environments share one set of
 * statistics. Set `frozen` for evaluation. A step allocates nothing.
 */
export class VectorObservationNormalisation extends VectorWrapper {
  /** True to normalise observations without adding them to the statistics. */
  frozen: boolean;
  readonly #space: Box;
  readonly #epsilon: number;
  readonly #clip: number;
  readonly #statistics: RunningStatistics;
  readonly #observation: Float32Array;
  readonly #finalObservation: Float32Array;
  #inner: VectorStepResult | undefined;
  #result: VectorStepResult | undefined;

  /** @throws TypeError, RangeError for an observation space other than Box, or bad options */
  constructor(env: VectorEnv, options: NormalisationOptions = {}) {
    const where = "VectorObservationNormalisation";
    super(where, env);
    const { epsilon, clip, frozen } = readNormalisation(where, options);
    const inner = requireBoxObservation(where, env);
    const size = inner.low.length;
    this.#epsilon = epsilon;
    this.#clip = clip;
    this.frozen = frozen;
    this.#space = box(-clip, clip, inner.shape);
    this.#statistics = new RunningStatistics(size);
    this.#observation = new Float32Array(env.count * size);
    this.#finalObservation = new Float32Array(env.count * size);
  }

  override get observationSpace(): Box {
    return this.#space;
  }

  /** The statistics, for `loadStatistics` of another wrapper (an ObservationNormalisation for evaluation, for example). */
  get statistics(): EnvState {
    return saveStatistics(this.#statistics);
  }

  /**
   * Takes over the `statistics` of another wrapper that normalises observations.
   * @throws TypeError for statistics that do not fit the observation
   */
  loadStatistics(statistics: EnvState): void {
    if (loadStatistics(this.#statistics, statistics)) return;
    throw badStatistics("VectorObservationNormalisation", this.#statistics.size);
  }

  protected afterReset(
    { observation, info }: VectorResetResult,
    mask: readonly boolean[] | undefined,
  ): VectorResetResult {
    const { size } = this.#statistics;
    if (!this.frozen) {
      if (mask === undefined) this.#statistics.include(observation, this.count);
      else for (let e = 0; e < this.count; e++) if (mask[e]) this.#statistics.include(observation, 1, e * size);
    }
    for (let e = 0; e < this.count; e++) {
      if (mask === undefined || mask[e]) this.#normalise(observation, this.#observation, e);
    }
    return { observation: this.#observation, info };
  }

  protected afterStep(result: VectorStepResult): VectorStepResult {
    const { observation, finalObservation, terminated, truncated } = result;
    if (!this.frozen) this.#statistics.include(observation, this.count);
    for (let e = 0; e < this.count; e++) {
      this.#normalise(observation, this.#observation, e);
      const ended = terminated[e] !== 0 || truncated[e] !== 0;
      if (ended && this.autoresetMode === "same-step") this.#normalise(finalObservation, this.#finalObservation, e);
    }
    // An environment that returns the same result object every time gets the same result object from this wrapper.
    if (this.#inner !== result) {
      this.#inner = result;
      this.#result = { ...result, observation: this.#observation, finalObservation: this.#finalObservation };
    }
    return this.#result as VectorStepResult;
  }

  #normalise(source: Float32Array, target: Float32Array, e: number): void {
    this.#statistics.standardize(source, target, e * this.#statistics.size, this.#epsilon, this.#clip);
  }

  protected ownState(): EnvState {
    return { statistics: this.statistics, frozen: this.frozen };
  }

  protected takeOwnState(state: EnvState): boolean {
    const saved = state as { statistics?: EnvState; frozen?: unknown } | null;
    if (typeof saved !== "object" || saved === null || typeof saved.frozen !== "boolean") return false;
    if (!loadStatistics(this.#statistics, saved.statistics)) return false;
    this.frozen = saved.frozen;
    return true;
  }
}
