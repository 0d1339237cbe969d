// Multiplies rewards by a constant. Episode returns scale too, so evaluate without this wrapper.

import type { Env, StepResult, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { Wrapper } from "./wrapper.ts";

/** Options of RewardScaling. */
export interface RewardScalingOptions {
  /** Factor of all rewards, above 0. */
  readonly scale: number;
}

/** Multiplies rewards by a constant. Episode returns scale too, so evaluate without this wrapper. */
export class RewardScaling<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  readonly #scale: number;

  /** @throws TypeError, RangeError unless the scale is above 0 */
  constructor(env: Inner, options: RewardScalingOptions) {
    super("RewardScaling", env);
    rejectUnknownOptions("RewardScaling", options, ["scale"]);
    this.#scale = requireNumber("RewardScaling", "scale", options.scale, { above: 0 }, "Use 1 to change nothing.");
  }

  protected override afterStep(result: StepResult): StepResult {
    const { observation, reward, terminated, truncated, info } = result;
    return { observation, reward: this.rewardOf(reward), terminated, truncated, info };
  }

  protected override rewardOf(reward: number): number {
    return reward * this.#scale;
  }
}
