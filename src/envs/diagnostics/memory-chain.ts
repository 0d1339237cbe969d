// MemoryChain: see some bits, remember them for a while, then say the one that is asked for. With L the `memoryLength`, the
// observation at time t = 0 .. L:
//
//   observation  what                        when                 else
//   0            1 - t / L, time to live     always
//   1            index of the bit asked for  t = L - 1            0
//   2 ..         the bits, -1 or 1 each      t = 0                0
//
//   action       0 or 1: at t = L - 1 the answer, before it without effect
//   reward       1 for the right answer (1 where the bit was 1, 0 where it was -1), -1 for the wrong one, 0 before
//   start        bits and question uniform
//   end          terminated after L steps
//
// The best return is 1, without memory 0 on average when L > 1.
//
// Source: Osband et al. 2020 (bsuite, memory length and memory size), https://arxiv.org/abs/1908.03568
// Differs from bsuite's code: the bits are shown once and an episode has L steps; there the first observation comes twice.

import type { Pcg64 } from "../../engine/random.ts";
import type { ResetResult, StepResult } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import { type Box, box, type Discrete, discrete } from "../../space.ts";
import { boardSvg } from "../grid-picture.ts";
import { NO_INFO, SeededEnv } from "../seeded-env.ts";

export interface MemoryChainOptions {
  /** Steps of an episode, L above, at least 1; default 10. bsuite: 1 .. 100. */
  readonly memoryLength?: number;
  /** Bits to remember, at least 1; default 1. bsuite: 1 .. 40. */
  readonly bits?: number;
}

export class MemoryChain extends SeededEnv<Float32Array, number> {
  static readonly optionNames: readonly string[] = ["memoryLength", "bits"];
  readonly observationSpace: Box;
  readonly actionSpace: Discrete = discrete(2);
  readonly #length: number;
  readonly #context: Uint8Array;
  #query = 0;
  #time = 0;

  /** @throws TypeError, RangeError for an option that breaks its rule above or is unknown */
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
    // Steps after the end are the caller's mistake; time stands still and nothing is paid.
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
