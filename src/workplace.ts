// The workplace of an agent: an environment, a vector environment, or two spaces for callers who own their loop.

import type { Env, GoalEnv, VectorEnv } from "./env.ts";
import type { Space } from "./space.ts";

/** An observation space and an action space without an environment. Hindsight replay needs the two functions of goals, too. */
export interface Spaces extends Partial<Pick<GoalEnv, "computeReward" | "computeTerminated">> {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
}

/** The first argument of an agent's constructor: an environment, a vector environment, or two spaces. */
export type Workplace = Env | VectorEnv | Spaces;
