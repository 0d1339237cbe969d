// Repeats every action for some steps and shows the last observation: fewer decisions, faster learning. With `takeMaximum` it
// shows the elementwise maximum of the last two observations, against sprites that flicker between frames.
// Source: Mnih et al. 2015, https://doi.org/10.1038/nature14236: 4 frames, maximum of two.

import type { Env, StepResult, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import type { SpaceValue } from "../../space.ts";
import { requireFlag } from "../require-flag.ts";
import { requireBoxObservation } from "./require-box.ts";
import { type ActionOf, isPromise, type StepOf, Wrapper } from "./wrapper.ts";

/** Options of FrameSkip. */
export interface FrameSkipOptions {
  /** Steps per action, at least 1. Paper: 4. */
  readonly frames: number;
  /** True to show the maximum of the last two observations (Box observations only). @defaultValue false */
  readonly takeMaximum?: boolean;
}

/**
 * Repeats every action for up to `frames` steps of the wrapped environment, and stops early when the episode ends. The reward
 * is the sum of rewards, the info is the last info. A TimeLimit around this wrapper counts actions; a TimeLimit inside it counts
 * frames. The result is no goal environment: a sum of rewards cannot be computed from goals.
 */
export class FrameSkip<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  readonly #frames: number;
  readonly #takeMaximum: boolean;

  /** @throws TypeError, RangeError for bad options, or for `takeMaximum` with an observation space other than Box */
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
      // The first step was synchronous, so this one is too.
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
