// Several environments of one kind that step one after the other in this thread. Results lie in buffers that the next call
// overwrites. A step allocates only what the environments themselves allocate.

import type {
  AutoresetMode,
  EnvSpec,
  EnvState,
  Info,
  SyncEnv,
  VectorEnv,
  VectorResetOptions,
  VectorResetResult,
  VectorStepResult,
} from "../env.ts";
import { rejectUnknownOptions, show } from "../errors.ts";
import { describeMismatch, flatSize, flatten, type Space, type SpaceValue } from "../space.ts";
import { NO_INFO } from "./seeded-env.ts";
import {
  ENDED,
  RUNNING,
  requireActionCount,
  requireAutoresetMode,
  requireCount,
  requireResetMask,
  requireSeeds,
  requireSteppable,
  vectorResults,
} from "./vector-episodes.ts";

/** Options of SyncVectorEnv. */
export interface SyncVectorEnvOptions {
  /** Number of environments, at least 1. */
  readonly count: number;
  /** Behaviour after the end of an episode; see AutoresetMode. @defaultValue "next-step", as in Gymnasium */
  readonly autoresetMode?: AutoresetMode;
}

/**
 * Several environments of one kind that step one after the other in this thread.
 *
 * In mode "same-step", a step that ends an episode returns the info of the reset; its field `finalInfo` holds the last info of
 * the ended episode. Cost: the steps of the environments, and one copy of each observation.
 */
export class SyncVectorEnv implements VectorEnv {
  readonly count: number;
  readonly autoresetMode: AutoresetMode;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly spec: EnvSpec | undefined;
  /** The environments. Do not step one of them directly: this object then loses track of its episodes. */
  readonly envs: readonly SyncEnv[];
  /** Returns the state of all environments. Present when each can save its state. The caller keeps the last observations. */
  declare saveState?: () => EnvState;
  /** Restores a state that `saveState` returned. Present together with `saveState`. */
  declare loadState?: (state: EnvState) => void;
  readonly #size: number;
  readonly #phase: Uint8Array;
  readonly #infos: Info[];
  readonly #resetResult: VectorResetResult;
  readonly #stepResult: VectorStepResult;

  /**
   * @param create builds environment number `index`; all environments must have the same spaces
   * @throws TypeError, RangeError for bad options, or for environments with different spaces
   */
  constructor(create: (index: number) => SyncEnv, options: SyncVectorEnvOptions) {
    const where = "SyncVectorEnv";
    rejectUnknownOptions(where, options, ["count", "autoresetMode"]);
    const count = requireCount(where, options.count);
    this.count = count;
    this.autoresetMode = requireAutoresetMode(where, options.autoresetMode);
    this.envs = Array.from({ length: count }, (_, i) => create(i));
    this.observationSpace = this.envs[0].observationSpace;
    this.actionSpace = this.envs[0].actionSpace;
    this.spec = this.envs[0].spec;
    const spaces = JSON.stringify([this.observationSpace, this.actionSpace]);
    const stranger = this.envs.findIndex((env) => JSON.stringify([env.observationSpace, env.actionSpace]) !== spaces);
    if (stranger >= 0) {
      throw new RangeError(
        `${where}: spaces expected the same in all environments, got others in environment ${stranger}. Create all alike.`,
      );
    }
    this.#size = flatSize(this.observationSpace);
    this.#phase = new Uint8Array(count);
    this.#infos = new Array<Info>(count).fill(NO_INFO);
    const results = vectorResults(count, this.#size, this.#infos);
    this.#resetResult = results.reset;
    this.#stepResult = results.step;
    if (this.envs.every((env) => env.saveState !== undefined && env.loadState !== undefined)) {
      this.saveState = () => this.#save();
      this.loadState = (state) => this.#load(state);
    }
  }

  /**
   * Starts new episodes in all environments, or only in those that `resetMask` marks. The other rows do not change.
   * @throws TypeError, RangeError for a bad seed, or for a mask of the wrong length or without any true
   */
  reset(options: VectorResetOptions = {}): VectorResetResult {
    const { seed, resetMask } = options;
    requireSeeds("SyncVectorEnv.reset", this.count, seed);
    requireResetMask("SyncVectorEnv.reset", this.count, resetMask);
    for (let i = 0; i < this.count; i++) {
      if (resetMask !== undefined && !resetMask[i]) continue;
      const own = seed === undefined ? undefined : typeof seed === "number" ? seed + i : seed[i];
      this.#reset(i, own);
    }
    return this.#resetResult;
  }

  /**
   * Makes one step in every environment. In mode "next-step" an environment whose episode has ended is reset instead.
   * @param actions one per environment
   * @throws StateError before the first reset, or in mode "disabled" for an ended episode that was not reset;
   *   TypeError, RangeError for a wrong number of actions or an action outside the action space. After such an error no
   *   environment has moved
   */
  step(actions: ArrayLike<SpaceValue>): VectorStepResult {
    this.#checkStep(actions);
    const { observation, reward, terminated, truncated, finalObservation } = this.#stepResult;
    const size = this.#size;
    for (let i = 0; i < this.count; i++) {
      if (this.#phase[i] === ENDED) {
        this.#reset(i, undefined);
        reward[i] = 0;
        terminated[i] = 0;
        truncated[i] = 0;
        continue;
      }
      const result = this.envs[i].step(actions[i]);
      const ended = result.terminated || result.truncated;
      reward[i] = result.reward;
      terminated[i] = result.terminated ? 1 : 0;
      truncated[i] = result.truncated ? 1 : 0;
      if (ended && this.autoresetMode === "same-step") {
        flatten(this.observationSpace, result.observation, finalObservation, i * size);
        this.#reset(i, undefined);
        this.#infos[i] = { ...this.#infos[i], finalInfo: result.info };
      } else {
        flatten(this.observationSpace, result.observation, observation, i * size);
        this.#infos[i] = result.info;
        if (ended) this.#phase[i] = ENDED;
      }
    }
    return this.#stepResult;
  }

  /** Closes all environments. */
  close(): void {
    for (const env of this.envs) env.close?.();
  }

  #reset(i: number, seed: number | undefined): void {
    const { observation, info } = seed === undefined ? this.envs[i].reset() : this.envs[i].reset({ seed });
    flatten(this.observationSpace, observation, this.#resetResult.observation, i * this.#size);
    this.#infos[i] = info;
    this.#phase[i] = RUNNING;
  }

  #checkStep(actions: ArrayLike<SpaceValue>): void {
    const where = "SyncVectorEnv.step";
    requireActionCount(where, this.count, actions);
    for (let i = 0; i < this.count; i++) {
      requireSteppable(where, i, this.#phase[i], this.autoresetMode);
      if (this.#phase[i] === ENDED) continue;
      const problem = describeMismatch(this.actionSpace, actions[i], false);
      if (problem !== undefined) {
        throw new RangeError(`${where}: action ${i} expected ${problem}. Take it from the actionSpace.`);
      }
    }
  }

  #save(): EnvState {
    return {
      phase: Array.from(this.#phase),
      envs: this.envs.map((env) => (env.saveState as () => EnvState)()),
    };
  }

  /** @throws TypeError for a state of another number of environments; also every error of an environment's `loadState` */
  #load(state: EnvState): void {
    const saved = state as { phase?: unknown; envs?: unknown } | null | undefined;
    const { phase, envs } = saved ?? {};
    const fits = (list: unknown): list is unknown[] => Array.isArray(list) && list.length === this.count;
    if (!fits(phase) || !fits(envs) || !phase.every((value) => value === 0 || value === 1 || value === 2)) {
      throw new TypeError(
        `SyncVectorEnv.loadState: state expected one of ${this.count} environments, got ${show(state)}. ` +
          "Load it with the count it was saved with.",
      );
    }
    const before = this.envs.map((env) => (env.saveState as () => EnvState)());
    try {
      this.envs.forEach((env, i) => {
        (env.loadState as (part: EnvState) => void)(envs[i]);
      });
    } catch (error) {
      this.envs.forEach((env, i) => {
        (env.loadState as (part: EnvState) => void)(before[i]);
      });
      throw error;
    }
    this.#phase.set(phase as number[]);
  }
}
