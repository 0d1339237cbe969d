// Divides rewards by the standard deviation of discounted returns so far, so that one learning rate suits many environments.
// Rewards are not shifted: a shift would change which policy is best. Statistics outlive episodes and are part of saved states.
//
//   every step   R = discount R + reward; R joins the statistics; the new reward is reward / sqrt(variance of R + epsilon)
//   after an end R = 0
//
// Source: Engstrom et al. 2020, https://arxiv.org/abs/2005.12729, as Stable-Baselines3's VecNormalize. Gymnasium's
// NormalizeReward differs: it carries the return of a truncated episode into the next.

import type { Env, EnvState, ResetResult, StepResult, SyncEnv } from "../../env.ts";
import { requireNumber } from "../../errors.ts";
import { RunningStatistics } from "../../running-statistics.ts";
import {
  badStatistics,
  loadStatistics,
  type NormalisationOptions,
  readNormalisation,
  saveStatistics,
} from "./normalisation.ts";
import { Wrapper } from "./wrapper.ts";

/** Options of RewardNormalisation. */
export interface RewardNormalisationOptions extends NormalisationOptions {
  /** Discount of the returns (gamma), 0 .. 1; use the agent's. @defaultValue 0.99, as in Gymnasium and Stable-Baselines3 */
  readonly discount?: number;
}

/** Returns the discount, or its default. @throws TypeError, RangeError for a discount outside 0 .. 1 */
export function readDiscount(where: string, { discount = 0.99 }: RewardNormalisationOptions): number {
  return requireNumber(where, "discount", discount, { min: 0, max: 1 }, "It is the agent's gamma.");
}

/**
 * Divides rewards by the standard deviation of discounted returns so far. Set `frozen`, or leave the wrapper out, for
 * evaluation. Statistics outlive episodes and are part of saved states.
 */
export class RewardNormalisation<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  /** True to normalise rewards without adding them to the statistics. */
  frozen: boolean;
  readonly #discount: number;
  readonly #epsilon: number;
  readonly #clip: number;
  readonly #statistics = new RunningStatistics(1);
  /** Discounted return R of the running episode. */
  readonly #trace = new Float64Array(1);

  /** @throws TypeError, RangeError for bad options */
  constructor(env: Inner, options: RewardNormalisationOptions = {}) {
    const where = "RewardNormalisation";
    super(where, env);
    const { epsilon, clip, frozen } = readNormalisation(where, options, ["discount"]);
    this.#discount = readDiscount(where, options);
    this.#epsilon = epsilon;
    this.#clip = clip;
    this.frozen = frozen;
  }

  /** The statistics of discounted returns, for `loadStatistics` of another wrapper. */
  get statistics(): EnvState {
    return saveStatistics(this.#statistics);
  }

  /**
   * Takes over the `statistics` of another RewardNormalisation.
   * @throws TypeError for data that are no such statistics
   */
  loadStatistics(statistics: EnvState): void {
    if (!loadStatistics(this.#statistics, statistics)) throw badStatistics("RewardNormalisation", 1);
  }

  protected override afterReset(result: ResetResult): ResetResult {
    this.#trace[0] = 0;
    return result;
  }

  protected override afterStep(result: StepResult): StepResult {
    const { observation, reward, terminated, truncated, info } = result;
    this.#trace[0] = this.#trace[0] * this.#discount + reward;
    if (!this.frozen) this.#statistics.include(this.#trace, 1);
    if (terminated || truncated) this.#trace[0] = 0;
    return { observation, reward: this.rewardOf(reward), terminated, truncated, info };
  }

  protected override rewardOf(reward: number): number {
    const scaled = reward / Math.sqrt(this.#statistics.variance[0] + this.#epsilon);
    return Math.min(Math.max(scaled, -this.#clip), this.#clip);
  }

  protected override ownState(): EnvState {
    return { statistics: this.statistics, frozen: this.frozen, trace: this.#trace[0] };
  }

  protected override takeOwnState(state: EnvState): boolean {
    const saved = state as { statistics?: EnvState; frozen?: unknown; trace?: unknown } | null;
    if (typeof saved !== "object" || saved === null || typeof saved.frozen !== "boolean") return false;
    if (!Number.isFinite(saved.trace) || !loadStatistics(this.#statistics, saved.statistics)) return false;
    this.frozen = saved.frozen;
    this.#trace[0] = saved.trace as number;
    return true;
  }
}
