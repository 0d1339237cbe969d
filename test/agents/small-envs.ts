// Environments small enough to know everything about them.

import type { Env, ResetResult, StepResult, SyncEnv } from "../../src/env.ts";
import { SyncVectorEnv } from "../../src/envs/vector-env.ts";
import { box, type Discrete, discrete, type Space } from "../../src/space.ts";

/** States 0 .. n - 1; `go` says where an action leads and what it pays; `limit` truncates. */
export class ChainEnv implements SyncEnv<number, number> {
  readonly observationSpace: Space;
  readonly actionSpace: Discrete;
  readonly #go: (state: number, action: number) => { next: number; reward: number; terminated: boolean };
  readonly #limit: number;
  #state = 0;
  #elapsed = 0;

  constructor(
    states: number,
    actions: number,
    limit: number,
    go: (state: number, action: number) => { next: number; reward: number; terminated: boolean },
  ) {
    this.observationSpace = discrete(states);
    this.actionSpace = discrete(actions);
    this.#limit = limit;
    this.#go = go;
  }

  reset(): ResetResult<number> {
    this.#state = 0;
    this.#elapsed = 0;
    return { observation: 0, info: {} };
  }

  step(action: number): StepResult<number> {
    const { next, reward, terminated } = this.#go(this.#state, action);
    this.#state = next;
    this.#elapsed++;
    return { observation: next, reward, terminated, truncated: this.#elapsed >= this.#limit, info: {} };
  }
}

/** The environment behind promises. */
export function asynchronous(env: SyncEnv): Env {
  return {
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    reset: async (options) => env.reset(options),
    step: async (action) => env.step(action),
  };
}

/** The environment without saveState and loadState. */
export function forgetful(env: SyncEnv): SyncEnv {
  return {
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    reset: (options) => env.reset(options),
    step: (action) => env.step(action),
  };
}

/** Two numbers in, two actions out, the given reward for ever. */
export function constantReward(reward: number): SyncEnv {
  let elapsed = 0;
  const observation = (): Float32Array => Float32Array.of(elapsed / 10, 1);
  return {
    observationSpace: box(-1, 1, [2]),
    actionSpace: discrete(2),
    reset: () => {
      elapsed = 0;
      return { observation: observation(), info: {} };
    },
    step: () => {
      elapsed = (elapsed + 1) % 10;
      return { observation: observation(), reward, terminated: false, truncated: elapsed === 0, info: {} };
    },
  };
}

/** As many environments stepped together, which reset in the step that ends an episode. */
export function vectorOf(create: (index: number) => SyncEnv, count: number): SyncVectorEnv {
  return new SyncVectorEnv(create, { count, autoresetMode: "same-step" });
}
