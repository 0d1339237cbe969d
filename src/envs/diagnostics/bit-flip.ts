// BitFlip: flip n bits, one bit per step, until they equal n wanted bits. The sparse reward makes the task hard: for n above 13
// a learner almost never succeeds, unless it learns from failures as successes at another goal (hindsight).
//
//   observation  observation     the n bits
//                achievedGoal    the same bits
//                desiredGoal     the n wanted bits
//   action       the bit to flip, 0 .. n - 1
//   reward       0 when all bits equal the wanted bits after the flip, otherwise -1
//   start        bits and wanted bits uniform at random; both are equal from the start once in 2^n episodes
//   end          terminated when all bits equal the wanted bits. `make` truncates after n steps
//   info         isSuccess, after a step: true when all bits equal the wanted bits
//
// Source: Andrychowicz et al. 2017, section 3.1, https://arxiv.org/abs/1707.01495
// Differs from paper: the episode ends on success. In the paper it continues, with reward 0 per step, until n steps are over.

import type { Pcg64 } from "../../engine/random.ts";
import type { GoalEnv, GoalObservation, Info, ResetResult, StepResult } from "../../env.ts";
import { rejectUnknownOptions, requireNumber } from "../../errors.ts";
import {
  type Dict,
  type Discrete,
  describeMismatch,
  dict,
  discrete,
  type MultiBinary,
  multiBinary,
} from "../../space.ts";
import { NO_INFO, SeededEnv } from "../seeded-env.ts";

const SUCCESS: Info = Object.freeze({ isSuccess: true });
const NO_SUCCESS: Info = Object.freeze({ isSuccess: false });

/** Options of BitFlip. */
export interface BitFlipOptions {
  /** Number of bits, at least 1. The paper goes up to 50. @defaultValue 10 */
  readonly n?: number;
}

/** Observation of BitFlip. Each of the three parts is a fresh array of n numbers, 0 or 1. */
export type BitFlipObservation = GoalObservation<ArrayLike<number>>;

/**
 * Flips bits, one per step, until they equal the bits of the goal. A goal environment, for tests of hindsight.
 *
 * Observation: Dict of observation, achievedGoal and desiredGoal, n bits each. Action: 0 .. n - 1. Id: "BitFlip-v0".
 */
export class BitFlip extends SeededEnv<BitFlipObservation, number> implements GoalEnv<BitFlipObservation, number> {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["n"];
  readonly observationSpace: Dict;
  readonly actionSpace: Discrete;
  readonly #goalSpace: MultiBinary;
  readonly #bits: Uint8Array;
  readonly #goal: Uint8Array;

  /** @throws TypeError, RangeError unless n is an integer at least 1 */
  constructor(options: BitFlipOptions = {}) {
    super("BitFlip");
    rejectUnknownOptions("BitFlip", options, BitFlip.optionNames);
    const rule = { min: 1, integer: true };
    const n = requireNumber("BitFlip", "n", options.n ?? 10, rule, "It is the number of bits.");
    this.#goalSpace = multiBinary(n);
    this.observationSpace = dict({
      observation: multiBinary(n),
      achievedGoal: this.#goalSpace,
      desiredGoal: this.#goalSpace,
    });
    this.actionSpace = discrete(n);
    this.#bits = new Uint8Array(n);
    this.#goal = new Uint8Array(n);
  }

  step(action: number): StepResult<BitFlipObservation> {
    this.requireDiscrete(action, this.actionSpace.n);
    this.requireEpisode();
    this.#bits[action] ^= 1;
    const terminated = equal(this.#bits, this.#goal);
    return {
      observation: this.#observe(),
      reward: terminated ? 0 : -1,
      terminated,
      truncated: false,
      info: terminated ? SUCCESS : NO_SUCCESS,
    };
  }

  /** Returns 0 when both goals are equal, otherwise -1. @throws RangeError unless each goal is n numbers, 0 or 1 */
  computeReward(achievedGoal: ArrayLike<number>, desiredGoal: ArrayLike<number>): number {
    this.#requireGoals("BitFlip.computeReward", achievedGoal, desiredGoal);
    return equal(achievedGoal, desiredGoal) ? 0 : -1;
  }

  /** Returns true when both goals are equal. @throws RangeError unless each goal is n numbers, 0 or 1 */
  computeTerminated(achievedGoal: ArrayLike<number>, desiredGoal: ArrayLike<number>): boolean {
    this.#requireGoals("BitFlip.computeTerminated", achievedGoal, desiredGoal);
    return equal(achievedGoal, desiredGoal);
  }

  renderText(): string {
    if (!this.begun) return "";
    const marks = Array.from(this.#bits, (bit, i) => (bit === this.#goal[i] ? " " : "^")).join("");
    return `bits ${this.#bits.join("")}\ngoal ${this.#goal.join("")}\n     ${marks}`.trimEnd();
  }

  renderSvg(): string {
    let svg = '<rect width="600" height="400" fill="#fff"/>';
    if (!this.begun) return svg;
    const n = this.#bits.length;
    const size = Math.min(560 / n, 80);
    const left = (600 - size * n) / 2;
    const square = (bit: number, i: number, y: number, edge: string): string =>
      `<rect x="${(left + size * (i + 0.05)).toFixed(1)}" y="${y}" width="${(size * 0.9).toFixed(1)}" ` +
      `height="${(size * 0.9).toFixed(1)}" fill="${bit === 1 ? "#2d5f8b" : "#d9edf7"}" stroke="${edge}" stroke-width="2"/>`;
    for (let i = 0; i < n; i++) {
      svg += square(this.#bits[i], i, 100, this.#bits[i] === this.#goal[i] ? "#7bc47f" : "#d9534f");
      svg += square(this.#goal[i], i, 220, "#222");
    }
    return svg;
  }

  protected begin(random: Pcg64): ResetResult<BitFlipObservation> {
    for (let i = 0; i < this.#bits.length; i++) this.#bits[i] = random.integers(0, 2);
    for (let i = 0; i < this.#goal.length; i++) this.#goal[i] = random.integers(0, 2);
    return { observation: this.#observe(), info: NO_INFO };
  }

  protected writeEpisode(): number[] {
    return [...this.#bits, ...this.#goal];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    const n = this.#bits.length;
    if (numbers.length !== 2 * n || !numbers.every((bit) => bit === 0 || bit === 1)) return false;
    this.#bits.set(numbers.slice(0, n));
    this.#goal.set(numbers.slice(n));
    return true;
  }

  #observe(): BitFlipObservation {
    return { observation: this.#bits.slice(), achievedGoal: this.#bits.slice(), desiredGoal: this.#goal.slice() };
  }

  #requireGoals(where: string, achievedGoal: ArrayLike<number>, desiredGoal: ArrayLike<number>): void {
    const advice = "Take it from an observation.";
    const achieved = describeMismatch(this.#goalSpace, achievedGoal, true);
    if (achieved !== undefined) throw new RangeError(`${where}: achievedGoal expected ${achieved}. ${advice}`);
    const desired = describeMismatch(this.#goalSpace, desiredGoal, true);
    if (desired !== undefined) throw new RangeError(`${where}: desiredGoal expected ${desired}. ${advice}`);
  }
}

function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
