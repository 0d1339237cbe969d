// RewardNormalisation for vector environments: all environments share one set of statistics of discounted returns, and add to it
// batch by batch. In mode "next-step" the call that only resets an environment adds nothing. A step allocates nothing.

import type { EnvState, VectorEnv, VectorResetResult, VectorStepResult } from "../../env.ts";
import { RunningStatistics } from "../../running-statistics.ts";
import { badStatistics, loadStatistics, readNormalisation, saveStatistics } from "./normalisation.ts";
import { type RewardNormalisationOptions, readDiscount } from "./reward-normalisation.ts";
import { VectorWrapper } from "./vector-wrapper.ts";

/**
 * Divides the rewards of a vector environment by the standard deviation of discounted returns so far. All environments share one
 * set of statistics. Set `frozen` for evaluation. A step allocates nothing.
 */
export class VectorRewardNormalisation extends VectorWrapper {
  /** True to normalise rewards without adding them to the statistics. */
  frozen: boolean;
  readonly #discount: number;
  readonly #epsilon: number;
  readonly #clip: number;
  readonly #statistics = new RunningStatistics(1);
  /** [count]: discounted return R of each running episode. */
  readonly #traces: Float64Array;
  /** Discounted returns R of the environments that made a step, one after the other. */
  readonly #batch: Float64Array;
  /** [count]: 1 for an environment whose last step ended the episode. */
  readonly #ended: Uint8Array;
  readonly #reward: Float64Array;
  #inner: VectorStepResult | undefined;
  #result: VectorStepResult | undefined;

  /** @throws TypeError, RangeError for bad options */
  constructor(env: VectorEnv, options: RewardNormalisationOptions = {}) {
    const where = "VectorRewardNormalisation";
    super(where, env);
    const { epsilon, clip, frozen } = readNormalisation(where, options, ["discount"]);
    this.#discount = readDiscount(where, options);
    this.#epsilon = epsilon;
    this.#clip = clip;
    this.frozen = frozen;
    this.#traces = new Float64Array(env.count);
    this.#batch = new Float64Array(env.count);
    this.#ended = new Uint8Array(env.count);
    this.#reward = new Float64Array(env.count);
  }

  /** The statistics of discounted returns, for `loadStatistics` of another wrapper. */
  get statistics(): EnvState {
    return saveStatistics(this.#statistics);
  }

  /**
   * Takes over the `statistics` of another wrapper that normalises rewards.
   * @throws TypeError for data that are no such statistics
   */
  loadStatistics(statistics: EnvState): void {
    if (!loadStatistics(this.#statistics, statistics)) throw badStatistics("VectorRewardNormalisation", 1);
  }

  protected afterReset(result: VectorResetResult, mask: readonly boolean[] | undefined): VectorResetResult {
    for (let e = 0; e < this.count; e++) {
      if (mask !== undefined && !mask[e]) continue;
      this.#traces[e] = 0;
      this.#ended[e] = 0;
    }
    return result;
  }

  protected afterStep(result: VectorStepResult): VectorStepResult {
    const { reward, terminated, truncated } = result;
    let made = 0;
    for (let e = 0; e < this.count; e++) {
      if (this.#ended[e] !== 0 && this.autoresetMode === "next-step") continue;
      this.#traces[e] = this.#traces[e] * this.#discount + reward[e];
      this.#batch[made++] = this.#traces[e];
    }
    if (!this.frozen && made > 0) this.#statistics.include(this.#batch, made);
    const deviation = Math.sqrt(this.#statistics.variance[0] + this.#epsilon);
    for (let e = 0; e < this.count; e++) {
      this.#ended[e] = terminated[e] !== 0 || truncated[e] !== 0 ? 1 : 0;
      if (this.#ended[e] !== 0) this.#traces[e] = 0;
      this.#reward[e] = Math.min(Math.max(reward[e] / deviation, -this.#clip), this.#clip);
    }
    if (this.#inner !== result) {
      this.#inner = result;
      this.#result = { ...result, reward: this.#reward };
    }
    return this.#result as VectorStepResult;
  }

  protected ownState(): EnvState {
    return {
      statistics: this.statistics,
      frozen: this.frozen,
      traces: Array.from(this.#traces),
      ended: Array.from(this.#ended),
    };
  }

  protected takeOwnState(state: EnvState): boolean {
    const { statistics, frozen, traces, ended } = (state ?? {}) as {
      statistics?: EnvState;
      frozen?: unknown;
      traces?: unknown;
      ended?: unknown;
    };
    const fits = (list: unknown): list is number[] => Array.isArray(list) && list.length === this.count;
    if (typeof frozen !== "boolean" || !fits(traces) || !traces.every(Number.isFinite)) return false;
    if (!fits(ended) || !ended.every((flag) => flag === 0 || flag === 1)) return false;
    if (!loadStatistics(this.#statistics, statistics)) return false;
    this.frozen = frozen;
    this.#traces.set(traces);
    this.#ended.set(ended);
    return true;
  }
}
