// Where an agent works: an environment, several stepped together, or two spaces for callers who own their loop.

import type { Env, GoalEnv, VectorEnv } from "./env.ts";
import type { Space } from "./space.ts";

/** Spaces alone; with the two functions of an environment with goals where hindsight has to ask them. */
export interface Spaces extends Partial<Pick<GoalEnv, "computeReward" | "computeTerminated">> {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
}

export type Workplace = Env | VectorEnv | Spaces;
