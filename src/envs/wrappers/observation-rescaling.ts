// Maps observations linearly from their bounds to [-1, 1], or to other bounds. Nothing is clipped: a number outside the source
// bounds is mapped outside the target bounds.

import type { Env, ResetResult, StepResult, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import { type Box, box } from "../../space.ts";
import { requireBoxObservation } from "./require-box.ts";
import { Wrapper } from "./wrapper.ts";

/** Options of ObservationRescaling. */
export interface ObservationRescalingOptions {
  /** Lower source bound, one for all elements or one per element. @defaultValue the bound of the observation space */
  readonly low?: number | ArrayLike<number>;
  /** Upper source bound, one for all elements or one per element. @defaultValue the bound of the observation space */
  readonly high?: number | ArrayLike<number>;
  /** Lower target bound. @defaultValue -1 */
  readonly targetLow?: number;
  /** Upper target bound. @defaultValue 1 */
  readonly targetHigh?: number;
}

const WHERE = "ObservationRescaling";

/**
 * Maps observations linearly from their bounds to [-1, 1], or to other bounds. Nothing is clipped: a number outside the source
 * bounds is mapped outside the target bounds.
 */
export class ObservationRescaling<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  readonly #space: Box;
  readonly #low: readonly number[];
  readonly #scale: readonly number[];
  readonly #targetLow: number;

  /** @throws TypeError, RangeError for an observation space other than Box, or for source bounds that are infinite or equal */
  constructor(env: Inner, options: ObservationRescalingOptions = {}) {
    super(WHERE, env);
    rejectUnknownOptions(WHERE, options, ["low", "high", "targetLow", "targetHigh"]);
    const inner = requireBoxObservation(WHERE, env);
    const { targetLow = -1, targetHigh = 1 } = options;
    this.#targetLow = requireNumber(WHERE, "targetLow", targetLow, {}, "Default: -1.");
    requireNumber(WHERE, "targetHigh", targetHigh, { above: targetLow }, "Default: 1.");
    const source = box(options.low ?? inner.low, options.high ?? inner.high, inner.shape);
    for (let i = 0; i < source.low.length; i++) {
      const range = source.high[i] - source.low[i];
      if (range > 0 && range < Infinity) continue;
      throw new RangeError(
        `${WHERE}: bounds expected finite numbers, low below high, got ${show(source.low[i])} and ${show(source.high[i])} ` +
          `at index ${i}. Give low and high, or use ObservationNormalisation.`,
      );
    }
    this.#low = source.low;
    this.#scale = source.low.map((low, i) => (targetHigh - targetLow) / (source.high[i] - low));
    this.#space = box(targetLow, targetHigh, inner.shape);
  }

  override get observationSpace(): Box {
    return this.#space;
  }

  protected override afterReset(result: ResetResult): ResetResult {
    return { observation: this.#rescale(result.observation as ArrayLike<number>), info: result.info };
  }

  protected override afterStep(result: StepResult): StepResult {
    const { observation, reward, terminated, truncated, info } = result;
    return { observation: this.#rescale(observation as ArrayLike<number>), reward, terminated, truncated, info };
  }

  #rescale(observation: ArrayLike<number>): Float32Array {
    const result = new Float32Array(this.#low.length);
    for (let i = 0; i < result.length; i++) {
      result[i] = (observation[i] - this.#low[i]) * this.#scale[i] + this.#targetLow;
    }
    return result;
  }
}
