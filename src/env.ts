// The environment contract: Gymnasium 1.x in JavaScript. Any object of this shape is an environment; `reset` and `step`
// may return promises. `terminated` means that the task ended: there is no bootstrapping past it. `truncated` means that the
// episode was cut off, by a time limit: targets bootstrap from `observation`, which is the last one of that episode.

import { show } from "./errors.ts";
import type { Space, SpaceValue } from "./space.ts";

/** Additional data of a reset or a step, such as measurements for debugging. Agents do not read it. */
export type Info = Readonly<Record<string, unknown>>;

/** Options of `reset`. */
export interface ResetOptions {
  /** Seed, a non-negative integer, that restarts the environment's random stream. Without a seed the stream continues. */
  readonly seed?: number;
  /** Environment-specific settings of the new episode. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Result of `reset`. */
export interface ResetResult<Observation extends SpaceValue = SpaceValue> {
  /** First observation of the new episode. */
  readonly observation: Observation;
  readonly info: Info;
}

/** Result of `step`. */
export interface StepResult<Observation extends SpaceValue = SpaceValue> {
  /** Observation after the step. At the end of an episode: the last one of that episode. */
  readonly observation: Observation;
  readonly reward: number;
  /** True when the task ended. */
  readonly terminated: boolean;
  /** True when the episode was cut off, for example by a time limit. */
  readonly truncated: boolean;
  readonly info: Info;
}

/** Name and settings of a registered environment. Wrappers pass the spec on. */
export interface EnvSpec {
  /** Name for `make`, such as "CartPole-v1". */
  readonly id: string;
  /** Options that `make` received; JSON data. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Steps after which `make` truncates an episode; undefined: never. */
  readonly maxEpisodeSteps?: number;
  /** Mean return from which on the environment's authors call it solved. */
  readonly rewardThreshold?: number;
}

/** Saved state of an environment: JSON data only (numbers, strings, booleans, null, arrays, plain objects). */
export type EnvState = unknown;

/** An environment in Gymnasium's form. Any object with these properties is one. */
export interface Env<Observation extends SpaceValue = SpaceValue, Action extends SpaceValue = SpaceValue> {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Name and settings, when the environment is a registered one. */
  readonly spec?: EnvSpec | undefined;
  /** Begins a new episode. */
  reset(options?: ResetOptions): ResetResult<Observation> | Promise<ResetResult<Observation>>;
  /** Takes one action. After an episode has ended, `reset` comes first. */
  step(action: Action): StepResult<Observation> | Promise<StepResult<Observation>>;
  /** Returns everything that is needed to continue inside this episode, the random stream included. */
  saveState?(): EnvState;
  /** Restores a state that `saveState` returned. */
  loadState?(state: EnvState): void;
  /** Draws the current state as terminal text. */
  renderText?(): string;
  /** Draws the current state as the inner markup of an SVG of 600 x 400 units. */
  renderSvg?(): string;
  /** Releases what the environment holds, such as a connection or a window. */
  close?(): void;
}

/** An environment whose `reset` and `step` return results, never promises. All built-in environments are of this type. */
export interface SyncEnv<Observation extends SpaceValue = SpaceValue, Action extends SpaceValue = SpaceValue>
  extends Env<Observation, Action> {
  reset(options?: ResetOptions): ResetResult<Observation>;
  step(action: Action): StepResult<Observation>;
}

/**
 * Observation of a goal-conditioned environment. Its flat form has the order of the Dict: observation, achievedGoal,
 * desiredGoal.
 */
export type GoalObservation<Part extends SpaceValue = SpaceValue, Goal extends SpaceValue = Part> = {
  readonly observation: Part;
  /** Goal that the current state reaches; a value of the same space as `desiredGoal`. */
  readonly achievedGoal: Goal;
  /** Goal of the episode. */
  readonly desiredGoal: Goal;
};

/**
 * An environment whose episodes each have a goal (Gymnasium-Robotics' form, in camelCase). The observation space is a Dict of
 * `observation`, `achievedGoal` and `desiredGoal`.
 *
 * `computeReward` and `computeTerminated` give the reward and the end of every step from its achieved and desired goals.
 * Hindsight replay calls them with other goals. Both functions are pure: the same goals give the same result at any time, and
 * the running episode does not change.
 */
export interface GoalEnv<Observation extends GoalObservation = GoalObservation, Action extends SpaceValue = SpaceValue>
  extends Env<Observation, Action> {
  /** Returns the reward of a step that reached `achievedGoal` when the goal was `desiredGoal`. */
  computeReward(achievedGoal: Observation["achievedGoal"], desiredGoal: Observation["desiredGoal"]): number;
  /** Returns true when such a step ends the task. A time limit plays no part. */
  computeTerminated(achievedGoal: Observation["achievedGoal"], desiredGoal: Observation["desiredGoal"]): boolean;
}

/**
 * Returns true when the environment, wrappers included, has the two functions of `GoalEnv`. `checkEnv` tests that the functions
 * are right.
 */
export function isGoalEnv(env: Env): env is GoalEnv {
  const { computeReward, computeTerminated } = env as Partial<GoalEnv>;
  return typeof computeReward === "function" && typeof computeTerminated === "function";
}

const GOAL_PARTS = ["observation", "achievedGoal", "desiredGoal"] as const;

/** Says why a space does not fit a goal-conditioned environment: "... expected ..., got ...". Undefined when the space fits. */
export function goalSpaceProblem(space: Space): string | undefined {
  if (space.kind !== "dict" || GOAL_PARTS.some((part) => !Object.hasOwn(space.spaces, part))) {
    const got = space.kind === "dict" ? `a dict of ${Object.keys(space.spaces).join(", ")}` : show(space.kind);
    return `observationSpace expected a dict of ${GOAL_PARTS.join(", ")} beside computeReward, got ${got}`;
  }
  const { achievedGoal, desiredGoal } = space.spaces;
  if (JSON.stringify(achievedGoal) === JSON.stringify(desiredGoal)) return undefined;
  return "achievedGoal and desiredGoal expected the same space, got two: either can take the other's place";
}

/**
 * The way in which a vector environment continues after an episode ends (Gymnasium's names and meaning).
 * - "next-step": the step after the end ignores its action and returns the reset observation, reward 0.
 * - "same-step": the step that ends the episode already returns the reset observation; the episode's last observation is in
 *   `finalObservation`.
 * - "disabled": the caller resets with `resetMask`.
 */
export type AutoresetMode = "next-step" | "same-step" | "disabled";

/** Options of `VectorEnv.reset`. */
export interface VectorResetOptions {
  /** One seed for all environments (environment i gets seed + i), or one seed per environment. */
  readonly seed?: number | readonly number[];
  /** Mode "disabled": entry i is true where environment i is reset. @defaultValue all environments are reset */
  readonly resetMask?: readonly boolean[];
}

/** Result of `VectorEnv.reset`. */
export interface VectorResetResult {
  /** [environments, flat observation], row-major. The next call overwrites the array. */
  readonly observation: Float32Array;
  /** One entry per environment. */
  readonly info: readonly Info[];
}

/** Result of `VectorEnv.step`. Every array has one entry or row per environment. */
export interface VectorStepResult {
  /** [environments, flat observation], row-major. The next call overwrites the array. */
  readonly observation: Float32Array;
  readonly reward: Float64Array;
  /** 1 where the task ended, else 0. */
  readonly terminated: Uint8Array;
  /** 1 where the episode was cut off, else 0. */
  readonly truncated: Uint8Array;
  /** Mode "same-step": row i is the last observation of the episode that ended in this step; other rows are stale. */
  readonly finalObservation: Float32Array;
  readonly info: readonly Info[];
}

/** Several environments of one kind that step together. */
export interface VectorEnv {
  /** Number of environments. */
  readonly count: number;
  readonly autoresetMode: AutoresetMode;
  /** Observation space of each environment. */
  readonly observationSpace: Space;
  /** Action space of each environment. */
  readonly actionSpace: Space;
  /** Name and settings of each environment, when they are registered ones. */
  readonly spec?: EnvSpec | undefined;
  /** Begins new episodes. */
  reset(options?: VectorResetOptions): VectorResetResult;
  /** Takes one action in every environment. @param actions one per environment */
  step(actions: ArrayLike<SpaceValue>): VectorStepResult;
  /**
   * Returns everything that is needed to continue inside these episodes, random streams included. The last observations are
   * not part of the state: the caller keeps them.
   */
  saveState?(): EnvState;
  /** Restores a state that `saveState` returned. */
  loadState?(state: EnvState): void;
  /** Releases what the environments hold. */
  close?(): void;
}

/** Returns true for a vector environment, false for a single one. */
export function isVectorEnv(env: object): env is VectorEnv {
  return "autoresetMode" in env && "step" in env;
}
