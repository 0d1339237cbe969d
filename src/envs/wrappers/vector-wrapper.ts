// A vector environment around a vector environment: passes everything on, and nests saved states. A subclass changes results
// in `afterReset` and `afterStep`; it may write into buffers of its own, but not into those it is given.

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

export abstract class VectorWrapper implements VectorEnv {
  readonly env: VectorEnv;
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

  /** @param mask the environments that were reset; undefined: all */
  protected abstract afterReset(result: VectorResetResult, mask: readonly boolean[] | undefined): VectorResetResult;

  protected abstract afterStep(result: VectorStepResult): VectorStepResult;

  /** What this wrapper adds to the saved state, JSON data. */
  protected abstract ownState(): EnvState;

  /** Takes over what `ownState` returned; false, and nothing taken, when it does not fit. */
  protected abstract takeOwnState(state: EnvState): boolean;

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
