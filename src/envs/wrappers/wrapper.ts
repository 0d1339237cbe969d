// An environment around an environment. A subclass says what happens to results (`afterReset`, `afterStep`); this class
// takes them from inner environments that answer at once and from those that answer with a promise, and nests saved states.
// Invariant: optional methods (saveState, renderText, computeReward, ...) exist on a wrapper exactly when the inner environment has them.

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

/** What the wrapped environment's `reset` and `step` return: results, or promises of them. */
export type ResetOf<Inner extends Env> = ReturnType<Inner["reset"]>;
export type StepOf<Inner extends Env> = ReturnType<Inner["step"]>;
export type ActionOf<Inner extends Env> = Parameters<Inner["step"]>[0];

/** A wrapper's saved state: its own numbers around the inner environment's. */
export interface WrapperState {
  readonly wrapper: string;
  readonly own: EnvState;
  readonly env: EnvState;
}

export abstract class Wrapper<Inner extends Env> implements Env<SpaceValue, ActionOf<Inner>> {
  readonly env: Inner;
  readonly name: string;
  readonly spec?: EnvSpec | undefined;
  declare saveState?: () => EnvState;
  declare loadState?: (state: EnvState) => void;
  declare renderText?: () => string;
  declare renderSvg?: () => string;
  declare close?: () => void;
  /** With `computeTerminated` where the inner environment has goals (GoalEnv). */
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

  protected afterReset(result: ResetResult): ResetResult {
    return result;
  }

  protected afterStep(result: StepResult): StepResult {
    return result;
  }

  /** The reward that this wrapper makes of the inner one; what changes rewards overrides it, and hindsight sees the change. */
  protected rewardOf(reward: number): number {
    return reward;
  }

  /** What this wrapper adds to the saved state, JSON data; null: nothing. */
  protected ownState(): EnvState {
    return null;
  }

  /** Takes over what `ownState` returned; false, and nothing taken, when it does not fit. */
  protected takeOwnState(state: EnvState): boolean {
    return state === null;
  }

  #save(): WrapperState {
    return { wrapper: this.name, own: this.ownState(), env: (this.env.saveState as () => EnvState)() };
  }

  /** @throws TypeError when the state was saved by another stack of wrappers; nothing changes then */
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

/** The environment inside all wrappers. */
export function unwrap(env: Env): Env {
  let inner = env;
  while (inner instanceof Wrapper) inner = inner.env;
  return inner;
}

/** Whether an environment answers later. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Partial<Promise<T>>).then === "function";
}
