// Environments that count their steps: environment i observes [i, steps of its episode], pays i + 1 a step, and ends its episodes after
// lengths[i] steps, even ones by termination and odd ones by truncation where it is told so.

import type { Env, SyncEnv, VectorEnv } from "../../src/env.ts";
import { SyncVectorEnv } from "../../src/envs/vector-env.ts";
import { box, discrete, type Space } from "../../src/space.ts";

export interface CountingOptions {
  /** Called before every step. */
  readonly before?: (index: number) => void;
  /** Whether every second episode terminates; else all are truncated. [false] */
  readonly terminates?: boolean;
  readonly actionSpace?: Space;
  /** Whether it saves its state. [true] */
  readonly saves?: boolean;
}

export interface CountingEnv extends SyncEnv {
  /** Actions that it was given. */
  readonly actions: unknown[];
  readonly resets: unknown[];
}

export function countingEnv(index: number, length: number, options: CountingOptions = {}): CountingEnv {
  const { before, terminates = false, actionSpace = discrete(3, 5), saves = true } = options;
  let elapsed = 0;
  let episodes = 0;
  const actions: unknown[] = [];
  const resets: unknown[] = [];
  const observation = (): number[] => [index, elapsed];
  return {
    actions,
    resets,
    observationSpace: box(-1000, 1000, [2]),
    actionSpace,
    reset: (given) => {
      resets.push(given);
      elapsed = 0;
      return { observation: observation(), info: {} };
    },
    step: (action) => {
      before?.(index);
      actions.push(action);
      elapsed++;
      const ended = elapsed === length;
      const terminated = ended && terminates && episodes % 2 === 0;
      if (ended) episodes++;
      return { observation: observation(), reward: index + 1, terminated, truncated: ended && !terminated, info: {} };
    },
    ...(saves && {
      saveState: () => [elapsed, episodes],
      loadState: (state) => {
        [elapsed, episodes] = state as number[];
      },
    }),
  };
}

export function countingVector(
  lengths: readonly number[],
  autoresetMode: VectorEnv["autoresetMode"] = "same-step",
  options: CountingOptions = {},
): SyncVectorEnv {
  const create = (index: number): SyncEnv => countingEnv(index, lengths[index], options);
  return new SyncVectorEnv(create, { count: lengths.length, autoresetMode });
}

/** The same behind promises. */
export function later(env: SyncEnv): Env {
  const { observationSpace, actionSpace } = env;
  return {
    ...{ observationSpace, actionSpace },
    reset: async (given) => env.reset(given),
    step: async (action) => env.step(action),
    ...(env.saveState && { saveState: () => env.saveState!() }),
    ...(env.loadState && { loadState: (state) => env.loadState!(state) }),
  };
}
