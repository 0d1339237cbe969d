// MemoryChain: see some bits, remember them for a while, then answer a question about one bit. L is the `memoryLength`. The
// observation at time t = 0 .. L:
//
//   observation  meaning                     when                 otherwise
//   0            1 - t / L, time to live     always
//   1            index of the asked bit      t = L - 1            0
//   2 ..         the bits, -1 or 1 each      t = 0                0
//
//   action       0 or 1: the answer at t = L - 1; before that, without effect
//   reward       1 for the right answer (action 1 for bit 1, action 0 for bit -1), -1 for the wrong answer; 0 before
//   start        bits and question uniform at random
//   end          terminated after L steps
//
// The best return is 1. Without memory the mean return is 0 when L > 1.
//
// Source: Osband et al. 2020 (bsuite, memory length and memory size), https://arxiv.org/abs/1908.03568
// Differs from bsuite's code: the bits are shown once, and an episode has L steps. In bsuite the first observation comes twice.

import type { Pcg64 } from "../../engine/random.ts";
import type { ResetResult, StepResult } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { type Box, box, type Discrete, discrete } from "../../space.ts";
import { boardSvg } from "../grid-picture.ts";
import { NO_INFO, SeededEnv } from "../seeded-env.ts";

/** Options of MemoryChain. */
export interface MemoryChainOptions {
  /** Steps of an episode (L), at least 1. bsuite uses 1 .. 100. @defaultValue 10 */
  readonly memoryLength?: number;
  /** Number of bits to remember, at least 1. bsuite uses 1 .. 40. @defaultValue 1 */
  readonly bits?: number;
}

/**
 * Shows some bits once and asks for one of them at the end. A test of memory.
 *
 * Observation: Box [2 + bits]. Action: 0 or 1. Id: "MemoryChain-v0".
 */
export class MemoryChain extends SeededEnv<Float32Array, number> {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["memoryLength", "bits"];
  readonly observationSpace: Box;
  readonly actionSpace: Discrete = discrete(2);
  readonly #length: number;
  readonly #context: Uint8Array;
  #query = 0;
  #time = 0;

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: MemoryChainOptions = {}) {
    super("MemoryChain");
    rejectUnknownOptions("MemoryChain", options, MemoryChain.optionNames);
    const rule = { min: 1, integer: true };
    const length = requireNumber("MemoryChain", "memoryLength", options.memoryLength ?? 10, rule, "It counts steps.");
    const bits = requireNumber("MemoryChain", "bits", options.bits ?? 1, rule, "Default: 1.");
    this.#length = length;
    this.#context = new Uint8Array(bits);
    const context = (bound: number): number[] => new Array<number>(bits).fill(bound);
    this.observationSpace = box([0, 0, ...context(-1)], [1, bits - 1, ...context(1)]);
  }

  step(action: number): StepResult<Float32Array> {
    this.requireDiscrete(action, 2);
    this.requireEpisode();
    let reward = 0;
    // A step after the end is a mistake of the caller: time stands still, and the reward is 0.
    if (this.#time < this.#length) {
      this.#time++;
      if (this.#time === this.#length) reward = action === this.#context[this.#query] ? 1 : -1;
    }
    const terminated = this.#time === this.#length;
    return { observation: this.#observe(), reward, terminated, truncated: false, info: NO_INFO };
  }

  renderText(): string {
    if (!this.begun) return "";
    const bits = Array.from(this.#context, (bit, i) => (i === this.#query ? `[${bit}]` : ` ${bit} `)).join("");
    return `bits ${bits}\nstep ${this.#time} of ${this.#length}`;
  }

  renderSvg(): string {
    const bits = this.#context.length;
    return boardSvg(2, bits, (row, column) => {
      if (!this.begun) return "";
      if (row === 1) return column === this.#query ? "#d9534f" : "";
      return this.#context[column] === 1 ? "#2d5f8b" : "#bcd4e3";
    });
  }

  protected begin(random: Pcg64): ResetResult<Float32Array> {
    for (let i = 0; i < this.#context.length; i++) this.#context[i] = random.integers(0, 2);
    this.#query = random.integers(0, this.#context.length);
    this.#time = 0;
    return { observation: this.#observe(), info: NO_INFO };
  }

  protected writeEpisode(): number[] {
    return [this.#time, this.#query, ...this.#context];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    const [time, query, ...context] = numbers;
    const within = (value: number, top: number): boolean => Number.isInteger(value) && value >= 0 && value <= top;
    const bits = this.#context.length;
    if (context.length !== bits || !context.every((bit) => within(bit, 1))) return false;
    if (!within(time, this.#length) || !within(query, bits - 1)) return false;
    this.#time = time;
    this.#query = query;
    this.#context.set(context);
    return true;
  }

  #observe(): Float32Array {
    const observation = new Float32Array(2 + this.#context.length);
    observation[0] = 1 - this.#time / this.#length;
    if (this.#time === this.#length - 1) observation[1] = this.#query;
    if (this.#time === 0) for (let i = 0; i < this.#context.length; i++) observation[2 + i] = 2 * this.#context[i] - 1;
    return observation;
  }
}
