// UmbrellaChain: take or leave an umbrella, then walk; the last reward tells if the choice was right. Credit has to go back to
// the first action, over many steps with random rewards. L is the `chainLength`. The observation at time t = 0 .. L:
//
//   observation  meaning
//   0            1 when an umbrella is needed, else 0
//   1            1 when an umbrella is carried, else 0
//   2            1 - t / L, time to live
//   3 ..         `distractors` random bits, drawn again in every step
//
//   action       at t = 0: 1 takes the umbrella, 0 leaves it; later without effect
//   reward       at the end 1 when "carried" equals "needed", otherwise -1; before the end 1 or -1 at random
//   start        "needed" is random, and so is "carried" until the first action
//   end          terminated after L steps
//
// The best mean return is 1. Source: Osband et al. 2020 (bsuite, umbrella length and umbrella distract),
// https://arxiv.org/abs/1908.03568

import type { Pcg64 } from "../../engine/random.ts";
import type { ResetResult, StepResult } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { type Box, box, type Discrete, discrete } from "../../space.ts";
import { boardSvg } from "../grid-picture.ts";
import { NO_INFO, SeededEnv } from "../seeded-env.ts";

/** Options of UmbrellaChain. */
export interface UmbrellaChainOptions {
  /** Steps of an episode (L), at least 1. bsuite uses 1 .. 100, and 20 with distractors. @defaultValue 20 */
  readonly chainLength?: number;
  /** Number of random bits in the observation, at least 0. bsuite uses 1 .. 100. @defaultValue 0 */
  readonly distractors?: number;
}

/**
 * Makes one choice at the start that decides only the last reward. A test of credit assignment.
 *
 * Observation: Box [3 + distractors]. Action: 0 or 1. Id: "UmbrellaChain-v0".
 */
export class UmbrellaChain extends SeededEnv<Float32Array, number> {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["chainLength", "distractors"];
  readonly observationSpace: Box;
  readonly actionSpace: Discrete = discrete(2);
  readonly #length: number;
  readonly #distractors: number;
  #needed = 0;
  #carried = 0;
  #time = 0;

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: UmbrellaChainOptions = {}) {
    super("UmbrellaChain");
    rejectUnknownOptions("UmbrellaChain", options, UmbrellaChain.optionNames);
    const { chainLength = 20, distractors = 0 } = options;
    this.#length = requireNumber(
      "UmbrellaChain",
      "chainLength",
      chainLength,
      { min: 1, integer: true },
      "It counts steps.",
    );
    this.#distractors = requireNumber(
      "UmbrellaChain",
      "distractors",
      distractors,
      { min: 0, integer: true },
      "Default: 0.",
    );
    this.observationSpace = box(0, 1, [3 + this.#distractors]);
  }

  step(action: number): StepResult<Float32Array> {
    this.requireDiscrete(action, 2);
    this.requireEpisode();
    let reward = 0;
    // A step after the end is a mistake of the caller: time stands still, and the reward is 0.
    if (this.#time < this.#length) {
      if (this.#time === 0) this.#carried = action;
      this.#time++;
      if (this.#time === this.#length) reward = this.#carried === this.#needed ? 1 : -1;
      else reward = 2 * this.random.integers(0, 2) - 1;
    }
    const terminated = this.#time === this.#length;
    return { observation: this.#observe(this.random), reward, terminated, truncated: false, info: NO_INFO };
  }

  renderText(): string {
    if (!this.begun) return "";
    const words = `${this.#needed === 1 ? "rain" : "sun"}, ${this.#carried === 1 ? "umbrella" : "no umbrella"}`;
    return `${words}\nstep ${this.#time} of ${this.#length}`;
  }

  renderSvg(): string {
    return boardSvg(3, this.#length + 1, (row, column) => {
      if (!this.begun) return "";
      if (row === 0) return column === this.#length ? (this.#needed === 1 ? "#2d5f8b" : "#f0c419") : "";
      if (row === 1) return column === this.#time && this.#carried === 1 ? "#5a4a8a" : "";
      return column === this.#time ? "#d9534f" : "#d9edf7";
    });
  }

  protected begin(random: Pcg64): ResetResult<Float32Array> {
    this.#needed = random.integers(0, 2);
    this.#carried = random.integers(0, 2);
    this.#time = 0;
    return { observation: this.#observe(random), info: NO_INFO };
  }

  protected writeEpisode(): number[] {
    return [this.#time, this.#needed, this.#carried];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    const limits = [this.#length, 1, 1];
    const fits = (value: number, i: number): boolean => Number.isInteger(value) && value >= 0 && value <= limits[i];
    if (numbers.length !== 3 || !numbers.every(fits)) return false;
    [this.#time, this.#needed, this.#carried] = numbers;
    return true;
  }

  #observe(random: Pcg64): Float32Array {
    const observation = new Float32Array(3 + this.#distractors);
    observation[0] = this.#needed;
    observation[1] = this.#carried;
    observation[2] = 1 - this.#time / this.#length;
    for (let i = 3; i < observation.length; i++) observation[i] = random.integers(0, 2);
    return observation;
  }
}
