// One step of each built-in environment, resets included.

import type { SyncEnv } from "../../src/env.ts";
import { make, registeredIds } from "../../src/index.ts";
import type { Timed } from "../measure.ts";

export function environmentTasks(): Timed[] {
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
