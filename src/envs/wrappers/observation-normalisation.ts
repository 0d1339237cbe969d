// Shifts and scales observations to mean 0 and variance 1, by the mean and variance of all observations so far. Freeze it
// for evaluation. Saved states carry the statistics; they outlive episodes.
//
// Update of mean m and variance v by one observation x after n: d = x - m; m += d / (n + 1);
// v = (v n + d^2 n / (n + 1)) / (n + 1), starting from m = 0, v = 1, n = 1e-4.
// Source: Chan, Golub and LeVeque 1979 for batches of one; constants as Gymnasium's NormalizeObservation.

import type { Env, EnvState, ResetResult, StepResult, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { type Box, box } from "../../space.ts";
import { requireFlag } from "../require-flag.ts";
import { requireBoxObservation } from "./require-box.ts";
import { Wrapper } from "./wrapper.ts";

export interface ObservationNormalisationOptions {
  /** Added to the variance; default 1e-8 (Gymnasium). */
  readonly epsilon?: number;
  /** Largest absolute value returned; default none. Stable-Baselines3 uses 10. */
  readonly clip?: number;
  /** Start with statistics that do not move; default false. */
  readonly frozen?: boolean;
}

interface Statistics {
  readonly count: number;
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

export class ObservationNormalisation<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  /** While true, observations are normalised but not counted. */
  frozen: boolean;
  readonly #space: Box;
  readonly #epsilon: number;
  readonly #clip: number;
  readonly #mean: Float64Array;
  readonly #variance: Float64Array;
  #count = 1e-4;

  /** @throws TypeError, RangeError for an observation space other than Box, or bad options */
  constructor(env: Inner, options: ObservationNormalisationOptions = {}) {
    const where = "ObservationNormalisation";
    super(where, env);
    rejectUnknownOptions(where, options, ["epsilon", "clip", "frozen"]);
    const inner = requireBoxObservation(where, env);
    this.#epsilon = requireNumber(where, "epsilon", options.epsilon ?? 1e-8, { above: 0 }, "Gymnasium's is 1e-8.");
    this.#clip =
      options.clip === undefined ? Infinity : requireNumber(where, "clip", options.clip, { above: 0 }, "Common: 10.");
    this.frozen = requireFlag(where, "frozen", options.frozen, false);
    this.#space = box(-this.#clip, this.#clip, inner.shape);
    this.#mean = new Float64Array(inner.low.length);
    this.#variance = new Float64Array(inner.low.length).fill(1);
  }

  override get observationSpace(): Box {
    return this.#space;
  }

  /** The statistics, to carry over to another environment (an evaluation's, for example). */
  get statistics(): EnvState {
    return { count: this.#count, mean: Array.from(this.#mean), variance: Array.from(this.#variance) };
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
    if (!this.#take(saved.statistics)) return false;
    this.frozen = saved.frozen;
    return true;
  }

  /**
   * Takes over the `statistics` of another ObservationNormalisation.
   * @throws TypeError when they do not fit the observation
   */
  loadStatistics(statistics: EnvState): void {
    if (this.#take(statistics)) return;
    throw new TypeError(
      `ObservationNormalisation.loadStatistics: statistics expected those of ${this.#mean.length} numbers, got others. ` +
        "Pass the statistics of a wrapper around the same kind of environment.",
    );
  }

  #take(statistics: EnvState): boolean {
    const { count, mean, variance } = (statistics ?? {}) as Partial<Statistics>;
    const size = this.#mean.length;
    const fits = (list: unknown): list is number[] =>
      Array.isArray(list) && list.length === size && list.every(Number.isFinite);
    if (!Number.isFinite(count) || (count as number) <= 0 || !fits(mean) || !fits(variance)) return false;
    if (variance.some((value) => value < 0)) return false;
    this.#count = count as number;
    this.#mean.set(mean);
    this.#variance.set(variance);
    return true;
  }

  #normalise(observation: ArrayLike<number>): Float32Array {
    const mean = this.#mean;
    const variance = this.#variance;
    const size = mean.length;
    if (!this.frozen) {
      const count = this.#count;
      const total = count + 1;
      for (let i = 0; i < size; i++) {
        const delta = observation[i] - mean[i];
        mean[i] += delta / total;
        variance[i] = (variance[i] * count + (delta * delta * count) / total) / total;
      }
      this.#count = total;
    }
    const result = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      const value = (observation[i] - mean[i]) / Math.sqrt(variance[i] + this.#epsilon);
      result[i] = Math.min(Math.max(value, -this.#clip), this.#clip);
    }
    return result;
  }
}
