// Keeps rewards between two bounds. Clipping can change which policy is best: use it when only the sign of rewards matters.
// Source: Mnih et al. 2015, clipping to [-1, 1], https://doi.org/10.1038/nature14236

import type { Env, StepResult, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { Wrapper } from "./wrapper.ts";

/** Options of RewardClipping. */
export interface RewardClippingOptions {
  /** Lowest reward. @defaultValue -1 */
  readonly low?: number;
  /** Highest reward. @defaultValue 1 */
  readonly high?: number;
}

/** Keeps rewards between two bounds. Clipping can change which policy is best: use it when only the sign of rewards matters. */
export class RewardClipping<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  readonly #low: number;
  readonly #high: number;

  /** @throws TypeError, RangeError unless low is below high */
  constructor(env: Inner, options: RewardClippingOptions = {}) {
    super("RewardClipping", env);
    rejectUnknownOptions("RewardClipping", options, ["low", "high"]);
    this.#low = requireNumber("RewardClipping", "low", options.low ?? -1, {}, "Default: -1.");
    this.#high = requireNumber("RewardClipping", "high", options.high ?? 1, { above: this.#low }, "Default: 1.");
  }

  protected override afterStep(result: StepResult): StepResult {
    const { observation, reward, terminated, truncated, info } = result;
    return { observation, reward: this.rewardOf(reward), terminated, truncated, info };
  }

  protected override rewardOf(reward: number): number {
    return Math.min(Math.max(reward, this.#low), this.#high);
  }
}
