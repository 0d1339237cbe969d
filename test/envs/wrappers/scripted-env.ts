// An environment whose rewards and ends are given: observation [step, episode], one action.

import type { EnvState, ResetResult, StepResult, SyncEnv } from "../../../src/env.ts";
import { type Box, box, type Discrete, discrete } from "../../../src/space.ts";

export interface ScriptedStep {
  readonly reward: number;
  readonly end?: "terminated" | "truncated";
}

export class ScriptedEnv implements SyncEnv {
  readonly observationSpace: Box = box(-1000, 1000, [2]);
  readonly actionSpace: Discrete = discrete(2);
  readonly #script: readonly ScriptedStep[];
  #at = 0;
  #step = 0;
  #episode = 0;

  constructor(script: readonly ScriptedStep[]) {
    this.#script = script;
  }

  reset(): ResetResult {
    this.#step = 0;
    this.#episode++;
    return { observation: this.#observe(), info: {} };
  }

  step(_action: number): StepResult {
    const { reward, end } = this.#script[this.#at++ % this.#script.length];
    this.#step++;
    return {
      observation: this.#observe(),
      reward,
      terminated: end === "terminated",
      truncated: end === "truncated",
      info: {},
    };
  }

  saveState(): EnvState {
    return [this.#at, this.#step, this.#episode];
  }

  loadState(state: EnvState): void {
    if (!Array.isArray(state)) throw new TypeError("ScriptedEnv.loadState: state expected three numbers.");
    [this.#at, this.#step, this.#episode] = state as number[];
  }

  #observe(): Float32Array {
    return Float32Array.of(this.#step, this.#episode);
  }
}
