// Benchmarks of one step of each built-in environment, resets included, and of one step of many CartPoles at once.

import type { SyncEnv, VectorEnv } from "../../src/env.ts";
import { registerArcade } from "../../src/envs/arcade/index.ts";
import { registerDiagnostics } from "../../src/envs/diagnostics/index.ts";
import { make, makeVector, registeredIds, SyncVectorEnv } from "../../src/index.ts";
import type { Timed } from "../measure.ts";

export function environmentTasks(): Timed[] {
  registerDiagnostics();
  registerArcade();
  return registeredIds().map((id) => {
    const env = make(id) as SyncEnv;
    const { actionSpace } = env;
    const actions =
      actionSpace.kind === "discrete" ? Array.from({ length: actionSpace.n }, (_, a) => a) : [[-0.5], [0.5]];
    env.reset({ seed: 1 });
    let step = 0;
    return {
      name: `${id} step`,
      run: () => {
        const { terminated, truncated } = env.step(actions[step++ % actions.length]);
        if (terminated || truncated) env.reset();
      },
    };
  });
}

/** Number of environments in the vector tasks. */
export const VECTOR_COUNT = 64;

/** Returns benchmarks of one step of 64 CartPoles: as one vector environment, and as single environments. */
export function vectorTasks(): { readonly batched: Timed; readonly single: Timed } {
  const task = (name: string, vector: VectorEnv): Timed => {
    vector.reset({ seed: 1 });
    const actions = new Int32Array(VECTOR_COUNT);
    let step = 0;
    return {
      name,
      run: () => {
        step++;
        for (let i = 0; i < VECTOR_COUNT; i++) actions[i] = (step ^ i) & 1;
        vector.step(actions);
      },
    };
  };
  return {
    batched: task("makeVector", makeVector("CartPole-v1", VECTOR_COUNT)),
    single: task("SyncVectorEnv", new SyncVectorEnv(() => make("CartPole-v1"), { count: VECTOR_COUNT })),
  };
}
