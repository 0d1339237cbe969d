// Shows the last few observations together, oldest first. They tell more than a single observation: velocities, for example.

import type { Env, EnvState, ResetResult, StepResult, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import { type Box, box } from "../../space.ts";
import { requireFlag } from "../require-flag.ts";
import { requireBoxObservation } from "./require-box.ts";
import { Wrapper } from "./wrapper.ts";

/** Options of FrameStack. */
export interface FrameStackOptions {
  /** Observations per stack, at least 1. */
  readonly frames: number;
  /** Filling before an episode's first observation: "reset" repeats that observation, "zero" is zeros. @defaultValue "reset" */
  readonly padding?: "reset" | "zero";
  /** True to join frames along the channel dimension, as convolutions expect. @defaultValue false */
  readonly alongChannels?: boolean;
}

/**
 * Shows the last `frames` observations together, oldest first. The shape is [frames, ...inner shape]. With `alongChannels` the
 * same numbers have the shape [frames * channels, ...rest]: four images [1, 84, 84] become [4, 84, 84]. Every step returns a
 * new array. Bytes stay bytes.
 */
export class FrameStack<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  readonly #space: Box;
  readonly #padding: "reset" | "zero";
  readonly #size: number;
  /** [frames, size], oldest first. */
  readonly #stack: Float32Array | Uint8Array;

  /** @throws TypeError, RangeError for an observation space other than Box, or bad options */
  constructor(env: Inner, options: FrameStackOptions) {
    super("FrameStack", env);
    rejectUnknownOptions("FrameStack", options, ["frames", "padding", "alongChannels"]);
    const inner = requireBoxObservation("FrameStack", env);
    const rule = { min: 1, integer: true };
    const frames = requireNumber("FrameStack", "frames", options.frames, rule, "Common: 4.");
    this.#padding = options.padding ?? "reset";
    if (this.#padding !== "reset" && this.#padding !== "zero") {
      throw new RangeError(
        `FrameStack: padding expected "reset" or "zero", got ${show(this.#padding)}. Default: "reset".`,
      );
    }
    const repeat = (bounds: readonly number[]): number[] => Array.from({ length: frames }, () => bounds).flat();
    const [channels, ...rest] = inner.shape;
    const alongChannels = requireFlag("FrameStack", "alongChannels", options.alongChannels, false);
    const shape = alongChannels ? [frames * channels, ...rest] : [frames, ...inner.shape];
    this.#space = box(repeat(inner.low), repeat(inner.high), shape, inner.dtype);
    this.#size = inner.low.length;
    const length = frames * this.#size;
    this.#stack = inner.dtype === "uint8" ? new Uint8Array(length) : new Float32Array(length);
  }

  override get observationSpace(): Box {
    return this.#space;
  }

  protected override afterReset(result: ResetResult): ResetResult {
    const first = result.observation as ArrayLike<number>;
    if (this.#padding === "zero") this.#stack.fill(0);
    const start = this.#padding === "zero" ? this.#stack.length - this.#size : 0;
    for (let i = start; i < this.#stack.length; i += this.#size) this.#stack.set(first, i);
    return { observation: this.#stack.slice(), info: result.info };
  }

  protected override afterStep(result: StepResult): StepResult {
    const { observation, reward, terminated, truncated, info } = result;
    this.#stack.copyWithin(0, this.#size);
    this.#stack.set(observation as ArrayLike<number>, this.#stack.length - this.#size);
    return { observation: this.#stack.slice(), reward, terminated, truncated, info };
  }

  protected override ownState(): EnvState {
    return Array.from(this.#stack);
  }

  protected override takeOwnState(state: EnvState): boolean {
    if (!Array.isArray(state) || state.length !== this.#stack.length || !state.every(Number.isFinite)) return false;
    this.#stack.set(state);
    return true;
  }
}
