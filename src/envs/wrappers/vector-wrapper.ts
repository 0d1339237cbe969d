// A vector environment around another vector environment. This class passes all calls on and nests saved states. A subclass
// changes results in `afterReset` and `afterStep`. It writes into its own buffers, never into those of the results it is given.

import type {
  AutoresetMode,
  EnvSpec,
  EnvState,
  VectorEnv,
  VectorResetOptions,
  VectorResetResult,
  VectorStepResult,
} from "../../env.ts";
import { show } from "../../errors.ts";
import type { Space, SpaceValue } from "../../space.ts";
import type { WrapperState } from "./wrapper.ts";

/** Base class of wrappers around a vector environment. A subclass changes results in `afterReset` and `afterStep`. */
export abstract class VectorWrapper implements VectorEnv {
  /** The wrapped vector environment. */
  readonly env: VectorEnv;
  /** Name in error messages and saved states. */
  readonly name: string;
  readonly count: number;
  readonly autoresetMode: AutoresetMode;
  readonly actionSpace: Space;
  readonly spec: EnvSpec | undefined;
  declare saveState?: () => EnvState;
  declare loadState?: (state: EnvState) => void;
  declare close?: () => void;

  constructor(name: string, env: VectorEnv) {
    this.name = name;
    this.env = env;
    this.count = env.count;
    this.autoresetMode = env.autoresetMode;
    this.actionSpace = env.actionSpace;
    this.spec = env.spec;
    if (env.saveState !== undefined && env.loadState !== undefined) {
      this.saveState = () => this.#save();
      this.loadState = (state) => this.#load(state);
    }
    if (env.close !== undefined) this.close = () => (env.close as () => void)();
  }

  get observationSpace(): Space {
    return this.env.observationSpace;
  }

  reset(options: VectorResetOptions = {}): VectorResetResult {
    return this.afterReset(this.env.reset(options), options.resetMask);
  }

  step(actions: ArrayLike<SpaceValue>): VectorStepResult {
    return this.afterStep(this.env.step(actions));
  }

  /**
   * Changes the result of a reset.
   * @param result result of the wrapped environment; do not write into its buffers
   * @param mask   true for each environment that was reset; undefined: all
   */
  protected abstract afterReset(result: VectorResetResult, mask: readonly boolean[] | undefined): VectorResetResult;

  /** Changes the result of a step. Do not write into the buffers of `result`. */
  protected abstract afterStep(result: VectorStepResult): VectorStepResult;

  /** Returns this wrapper's part of the saved state as JSON data. */
  protected abstract ownState(): EnvState;

  /** Restores the part that `ownState` returned. @returns false, and changes nothing, when it does not fit */
  protected abstract takeOwnState(state: EnvState): boolean;

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
    if (!this.takeOwnState(saved.own as EnvState)) throw this.#badState(`one with ${show(saved.own)}`);
    try {
      (this.env.loadState as (state: EnvState) => void)(saved.env as EnvState);
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
