// An environment around another environment. A subclass changes results in `afterReset` and `afterStep`. This class handles
// synchronous and asynchronous inner environments, and nests saved states.
// Invariant: an optional method (saveState, renderText, computeReward, ...) exists on a wrapper exactly when the inner
// environment has it.

import {
  type Env,
  type EnvSpec,
  type EnvState,
  isGoalEnv,
  type ResetOptions,
  type ResetResult,
  type StepResult,
} from "../../env.ts";
import { show } from "../../errors.ts";
import type { Space, SpaceValue } from "../../space.ts";

/** The return type of the inner environment's `reset`: a result, or a promise of a result. */
export type ResetOf<Inner extends Env> = ReturnType<Inner["reset"]>;
/** The return type of the inner environment's `step`: a result, or a promise of a result. */
export type StepOf<Inner extends Env> = ReturnType<Inner["step"]>;
/** The action type of the inner environment. */
export type ActionOf<Inner extends Env> = Parameters<Inner["step"]>[0];

/** The saved state of a wrapper. */
export interface WrapperState {
  /** Name of the wrapper. */
  readonly wrapper: string;
  /** The wrapper's own part. */
  readonly own: EnvState;
  /** The saved state of the inner environment. */
  readonly env: EnvState;
}

/** Base class of wrappers around one environment. A subclass changes results in `afterReset` and `afterStep`. */
export abstract class Wrapper<Inner extends Env> implements Env<SpaceValue, ActionOf<Inner>> {
  /** The wrapped environment. */
  readonly env: Inner;
  /** Name in error messages and saved states. */
  readonly name: string;
  readonly spec?: EnvSpec | undefined;
  declare saveState?: () => EnvState;
  declare loadState?: (state: EnvState) => void;
  declare renderText?: () => string;
  declare renderSvg?: () => string;
  declare close?: () => void;
  /** Present, together with `computeTerminated`, when the inner environment is a goal environment (GoalEnv). */
  declare computeReward?: (achievedGoal: SpaceValue, desiredGoal: SpaceValue) => number;
  declare computeTerminated?: (achievedGoal: SpaceValue, desiredGoal: SpaceValue) => boolean;

  constructor(name: string, env: Inner) {
    this.name = name;
    this.env = env;
    this.spec = env.spec;
    if (env.saveState !== undefined && env.loadState !== undefined) {
      this.saveState = () => this.#save();
      this.loadState = (state) => this.#load(state);
    }
    if (env.renderText !== undefined) this.renderText = () => (env.renderText as () => string)();
    if (env.renderSvg !== undefined) this.renderSvg = () => (env.renderSvg as () => string)();
    if (env.close !== undefined) this.close = () => (env.close as () => void)();
    if (isGoalEnv(env)) {
      this.computeReward = (achieved, desired) => this.rewardOf(env.computeReward(achieved as never, desired as never));
      this.computeTerminated = (achieved, desired) => env.computeTerminated(achieved as never, desired as never);
    }
  }

  get observationSpace(): Space {
    return this.env.observationSpace;
  }

  get actionSpace(): Space {
    return this.env.actionSpace;
  }

  reset(options?: ResetOptions): ResetOf<Inner> {
    const result = this.env.reset(options);
    if (isPromise(result)) return result.then((value) => this.afterReset(value)) as ResetOf<Inner>;
    return this.afterReset(result) as ResetOf<Inner>;
  }

  step(action: ActionOf<Inner>): StepOf<Inner> {
    const result = this.env.step(action);
    if (isPromise(result)) return result.then((value) => this.afterStep(value)) as StepOf<Inner>;
    return this.afterStep(result) as StepOf<Inner>;
  }

  /** Changes the result of a reset. */
  protected afterReset(result: ResetResult): ResetResult {
    return result;
  }

  /** Changes the result of a step. */
  protected afterStep(result: StepResult): StepResult {
    return result;
  }

  /**
   * Returns this wrapper's reward for a reward of the inner environment. A wrapper that changes rewards overrides this method, so
   * that rewards recomputed by hindsight change too.
   */
  protected rewardOf(reward: number): number {
    return reward;
  }

  /** Returns this wrapper's part of the saved state as JSON data; null: nothing. */
  protected ownState(): EnvState {
    return null;
  }

  /** Restores the part that `ownState` returned. @returns false, and changes nothing, when it does not fit */
  protected takeOwnState(state: EnvState): boolean {
    return state === null;
  }

  #save(): WrapperState {
    return { wrapper: this.name, own: this.ownState(), env: (this.env.saveState as () => EnvState)() };
  }

  /** @throws TypeError for a state that another stack of wrappers saved; nothing changes then */
  #load(state: EnvState): void {
    const saved = state as Partial<WrapperState> | null | undefined;
    if (typeof saved !== "object" || saved === null || saved.wrapper !== this.name) {
      throw this.#badState(show(saved?.wrapper ?? state));
    }
    const before = this.ownState();
    if (!this.takeOwnState(saved.own)) throw this.#badState(`one with ${show(saved.own)}`);
    try {
      (this.env.loadState as (state: EnvState) => void)(saved.env);
    } catch (error) {
      this.takeOwnState(before);
      throw error;
    }
  }

  #badState(got: string): TypeError {
    return new TypeError(
      `${this.name}.loadState: state expected one saved by ${this.name}, got ${got}. Wrap the environment as it was when saved.`,
    );
  }
}

/** Returns the environment inside all wrappers. */
export function unwrap(env: Env): Env {
  let inner = env;
  while (inner instanceof Wrapper) inner = inner.env;
  return inner;
}

/** True for a promise: the environment is asynchronous. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Partial<Promise<T>>).then === "function";
}
