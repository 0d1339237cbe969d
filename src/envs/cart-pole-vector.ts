// Many CartPoles in one array. Results are bit for bit those of as many CartPoles in a SyncVectorEnv, but a step allocates
// no objects.
//
//   states  [count, 4] float64: position, velocity, angle, angular velocity

import { Pcg64 } from "../engine/random.ts";
import type {
  AutoresetMode,
  EnvSpec,
  EnvState,
  Info,
  VectorEnv,
  VectorResetOptions,
  VectorResetResult,
  VectorStepResult,
} from "../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { type Box, type Discrete, describeMismatch, type SpaceValue } from "../space.ts";
import { CartPole } from "./cart-pole.ts";
import { pushCart } from "./cart-pole-dynamics.ts";
import { NO_INFO } from "./seeded-env.ts";
import {
  ENDED,
  NOTHING_BEGUN,
  RUNNING,
  requireActionCount,
  requireAutoresetMode,
  requireCount,
  requireResetMask,
  requireSeeds,
  requireSteppable,
  vectorResults,
} from "./vector-episodes.ts";

/** Options of CartPoleVector. */
export interface CartPoleVectorOptions {
  /** Number of environments, at least 1. */
  readonly count: number;
  /** Behaviour after the end of an episode; see AutoresetMode. @defaultValue "next-step", as in Gymnasium */
  readonly autoresetMode?: AutoresetMode;
  /** True for the original reward: 0 per step and -1 at the end. False: 1 per step. @defaultValue false */
  readonly suttonBartoReward?: boolean;
  /** Steps after which an episode is truncated; null: never. @defaultValue null */
  readonly maxEpisodeSteps?: number | null;
  /** The identity of the environments (id and options), for checkpoints and reports. */
  readonly spec?: EnvSpec | undefined;
}

const WHERE = "CartPoleVector";
const SIZE = 4;
const SAME_STEP_INFO: Info = Object.freeze({ finalInfo: NO_INFO });

/**
 * Many CartPoles that step together, with their states in one array.
 *
 * Cost: a step allocates nothing. The `info` of a step is empty, except for `finalInfo` in mode "same-step".
 */
export class CartPoleVector implements VectorEnv {
  readonly count: number;
  readonly autoresetMode: AutoresetMode;
  readonly observationSpace: Box;
  readonly actionSpace: Discrete;
  readonly spec: EnvSpec | undefined;
  readonly #originalReward: boolean;
  /** Steps after which an episode is truncated; 0: never. */
  readonly #limit: number;
  readonly #states: Float64Array;
  readonly #elapsed: Float64Array;
  readonly #phase: Uint8Array;
  readonly #randoms: (Pcg64 | undefined)[];
  readonly #infos: Info[];
  readonly #resetResult: VectorResetResult;
  readonly #stepResult: VectorStepResult;

  /** @throws TypeError, RangeError for an option that is unknown or out of range */
  constructor(options: CartPoleVectorOptions) {
    const known = ["count", "autoresetMode", "suttonBartoReward", "maxEpisodeSteps", "spec"];
    rejectUnknownOptions(WHERE, options, known);
    const { suttonBartoReward, maxEpisodeSteps = null } = options;
    this.count = requireCount(WHERE, options.count);
    this.autoresetMode = requireAutoresetMode(WHERE, options.autoresetMode);
    const rule = { min: 1, integer: true };
    this.#limit =
      maxEpisodeSteps === null
        ? 0
        : requireNumber(WHERE, "maxEpisodeSteps", maxEpisodeSteps, rule, "Use null for no limit.");
    const alone = new CartPole(suttonBartoReward === undefined ? {} : { suttonBartoReward });
    this.#originalReward = alone.suttonBartoReward;
    this.observationSpace = alone.observationSpace;
    this.actionSpace = alone.actionSpace;
    this.spec = options.spec;
    this.#states = new Float64Array(this.count * SIZE);
    this.#elapsed = new Float64Array(this.count);
    this.#phase = new Uint8Array(this.count);
    this.#randoms = new Array<Pcg64 | undefined>(this.count).fill(undefined);
    this.#infos = new Array<Info>(this.count).fill(NO_INFO);
    const results = vectorResults(this.count, SIZE, this.#infos);
    this.#resetResult = results.reset;
    this.#stepResult = results.step;
  }

  /**
   * Starts new episodes in all environments, or only in those that `resetMask` marks. The other rows do not change.
   * @throws TypeError, RangeError for a bad seed, or for a mask of the wrong length or without any true
   */
  reset(options: VectorResetOptions = {}): VectorResetResult {
    const { seed, resetMask } = options;
    requireSeeds(`${WHERE}.reset`, this.count, seed);
    requireResetMask(`${WHERE}.reset`, this.count, resetMask);
    for (let i = 0; i < this.count; i++) {
      if (resetMask !== undefined && !resetMask[i]) continue;
      if (seed !== undefined) this.#randoms[i] = new Pcg64(typeof seed === "number" ? seed + i : seed[i]);
      this.#begin(i);
    }
    return this.#resetResult;
  }

  /**
   * Makes one step in every environment. In mode "next-step" an environment whose episode has ended is reset instead.
   * @param actions one per environment, 0 or 1; an Int32Array is fastest
   * @throws StateError before the first reset, or in mode "disabled" for an ended episode that was not reset;
   *   TypeError, RangeError for a wrong number of actions or an action outside the action space. After an error no
   *   environment has moved
   */
  step(actions: ArrayLike<SpaceValue>): VectorStepResult {
    this.#check(actions);
    const { observation, reward, terminated, truncated, finalObservation } = this.#stepResult;
    const states = this.#states;
    const sameStep = this.autoresetMode === "same-step";
    for (let i = 0, at = 0; i < this.count; i++, at += SIZE) {
      if (this.#phase[i] === ENDED) {
        this.#begin(i);
        reward[i] = 0;
        terminated[i] = 0;
        truncated[i] = 0;
        continue;
      }
      const fallen = pushCart(states, at, actions[i] as number);
      const late = ++this.#elapsed[i] === this.#limit;
      reward[i] = this.#originalReward ? (fallen ? -1 : 0) : 1;
      terminated[i] = fallen ? 1 : 0;
      truncated[i] = late ? 1 : 0;
      if (!fallen && !late) {
        copyRow(states, observation, at);
        if (sameStep) this.#infos[i] = NO_INFO;
      } else if (sameStep) {
        copyRow(states, finalObservation, at);
        this.#begin(i);
        this.#infos[i] = SAME_STEP_INFO;
      } else {
        copyRow(states, observation, at);
        this.#phase[i] = ENDED;
      }
    }
    return this.#stepResult;
  }

  /** Returns the state of all episodes and random streams as JSON data. */
  saveState(): EnvState {
    return {
      env: WHERE,
      phase: Array.from(this.#phase),
      elapsed: Array.from(this.#elapsed),
      states: Array.from(this.#states),
      randoms: this.#randoms.map((random) => random?.saveState() ?? null),
    };
  }

  /**
   * Restores a state that `saveState` returned.
   * @throws TypeError for a state of another kind or number of environments; nothing changes then
   */
  loadState(state: EnvState): void {
    const saved = (state ?? {}) as Record<string, unknown>;
    const { env, phase, elapsed, states, randoms } = saved;
    const whole = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
    const fits = (list: unknown, length: number, rule: (value: unknown) => boolean): list is number[] =>
      Array.isArray(list) && list.length === length && list.every(rule);
    const isPhase = (value: unknown): boolean => whole(value) && (value as number) <= ENDED;
    const wellFormed =
      env === WHERE &&
      fits(phase, this.count, isPhase) &&
      fits(elapsed, this.count, whole) &&
      fits(states, this.count * SIZE, Number.isFinite) &&
      Array.isArray(randoms) &&
      randoms.length === this.count &&
      randoms.every((random, i) => random !== null || phase[i] === NOTHING_BEGUN);
    if (!wellFormed) {
      throw new TypeError(
        `${WHERE}.loadState: state expected one of ${this.count} environments, got ${show(state)}. ` +
          "Load it with the count it was saved with.",
      );
    }
    const streams = randoms.map((random) => {
      if (random === null) return undefined;
      const stream = new Pcg64(0);
      stream.loadState(random);
      return stream;
    });
    this.#phase.set(phase);
    this.#elapsed.set(elapsed);
    this.#states.set(states);
    streams.forEach((stream, i) => {
      this.#randoms[i] = stream;
    });
  }

  /** Starts an episode of environment i, with the same random draws as CartPole. */
  #begin(i: number): void {
    this.#randoms[i] ??= new Pcg64();
    const random = this.#randoms[i] as Pcg64;
    const at = i * SIZE;
    for (let k = at; k < at + SIZE; k++) this.#states[k] = random.uniform(-0.05, 0.05);
    copyRow(this.#states, this.#resetResult.observation, at);
    this.#elapsed[i] = 0;
    this.#phase[i] = RUNNING;
    this.#infos[i] = NO_INFO;
  }

  #check(actions: ArrayLike<SpaceValue>): void {
    requireActionCount(`${WHERE}.step`, this.count, actions);
    const fresh = this.autoresetMode !== "disabled";
    for (let i = 0; i < this.count; i++) {
      const phase = this.#phase[i];
      if (phase !== RUNNING) {
        requireSteppable(`${WHERE}.step`, i, phase, this.autoresetMode);
        if (fresh) continue;
      }
      const action = actions[i];
      if (action === 0 || action === 1) continue;
      const problem = describeMismatch(this.actionSpace, action, false);
      throw new RangeError(`${WHERE}.step: action ${i} expected ${problem}. Take it from the actionSpace.`);
    }
  }
}

function copyRow(from: Float64Array, to: Float32Array, at: number): void {
  to[at] = from[at];
  to[at + 1] = from[at + 1];
  to[at + 2] = from[at + 2];
  to[at + 3] = from[at + 3];
}
