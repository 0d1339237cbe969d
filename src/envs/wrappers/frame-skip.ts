// Repeats every action for some steps and shows the last of them: fewer decisions, faster learning. With `takeMaximum` the
// elementwise maximum of the last two observations is shown, against sprites that flicker between frames.
// Source: Mnih et al. 2015, https://doi.org/10.1038/nature14236: 4 frames, maximum of two.

import type { Env, StepResult, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import type { SpaceValue } from "../../space.ts";
import { requireFlag } from "../require-flag.ts";
import { requireBoxObservation } from "./require-box.ts";
import { type ActionOf, isPromise, type StepOf, Wrapper } from "./wrapper.ts";

export interface FrameSkipOptions {
  /** Steps per action, at least 1; the paper's is 4. */
  readonly frames: number;
  /** Whether to show the maximum of the last two observations, Box ones only; default false. */
  readonly takeMaximum?: boolean;
}

/**
 * A step is up to `frames` steps inside: it stops where the episode ends, sums the rewards, and has the last info. Wrap a
 * TimeLimit around it to count actions; one inside counts frames. Goals are not passed on: a sum of rewards is no function of them.
 */
export class FrameSkip<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  readonly #frames: number;
  readonly #takeMaximum: boolean;

  /** @throws TypeError, RangeError for bad options, or `takeMaximum` of observations other than Box */
  constructor(env: Inner, options: FrameSkipOptions) {
    super("FrameSkip", env);
    rejectUnknownOptions("FrameSkip", options, ["frames", "takeMaximum"]);
    this.#frames = requireNumber("FrameSkip", "frames", options.frames, { min: 1, integer: true }, "Common: 4.");
    this.#takeMaximum = requireFlag("FrameSkip", "takeMaximum", options.takeMaximum, false);
    if (this.#takeMaximum) requireBoxObservation("FrameSkip", env);
    delete this.computeReward;
    delete this.computeTerminated;
  }

  override step(action: ActionOf<Inner>): StepOf<Inner> {
    const first = this.env.step(action);
    if (isPromise(first)) return this.#repeatLater(action, first) as StepOf<Inner>;
    let last = first;
    let before: SpaceValue | undefined;
    let reward = first.reward;
    for (let frame = 1; frame < this.#frames && !ended(last); frame++) {
      before = last.observation;
      // It has answered at once before.
      last = this.env.step(action) as StepResult;
      reward += last.reward;
    }
    return this.#show(last, before, reward) as StepOf<Inner>;
  }

  async #repeatLater(action: ActionOf<Inner>, first: Promise<StepResult>): Promise<StepResult> {
    let last = await first;
    let before: SpaceValue | undefined;
    let reward = last.reward;
    for (let frame = 1; frame < this.#frames && !ended(last); frame++) {
      before = last.observation;
      last = await this.env.step(action);
      reward += last.reward;
    }
    return this.#show(last, before, reward);
  }

  #show(last: StepResult, before: SpaceValue | undefined, reward: number): StepResult {
    const { terminated, truncated, info } = last;
    const observation =
      this.#takeMaximum && before !== undefined
        ? maximum(last.observation as ArrayLike<number>, before as ArrayLike<number>)
        : last.observation;
    return { observation, reward, terminated, truncated, info };
  }
}

function ended(result: StepResult): boolean {
  return result.terminated || result.truncated;
}

function maximum(a: ArrayLike<number>, b: ArrayLike<number>): Uint8Array | Float32Array {
  const greater = a instanceof Uint8Array ? new Uint8Array(a.length) : new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) greater[i] = Math.max(a[i], b[i]);
  return greater;
}
