// The environment contract: Gymnasium 1.x in JavaScript. Any object of this shape is an environment; `reset` and `step`
// may return promises. `terminated` means the task ended (no bootstrap past it); `truncated` means it was cut off (a time
// limit: bootstrap through it, from `observation`, which is the episode's own last one).

import { show } from "./errors.ts";
import type { Space, SpaceValue } from "./space.ts";

export type Info = Readonly<Record<string, unknown>>;

export interface ResetOptions {
  /** Restarts the environment's random stream; without it the stream goes on. A non-negative integer. */
  readonly seed?: number;
  /** Environment-specific settings of the new episode. */
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface ResetResult<Observation extends SpaceValue = SpaceValue> {
  readonly observation: Observation;
  readonly info: Info;
}

export interface StepResult<Observation extends SpaceValue = SpaceValue> {
  readonly observation: Observation;
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly info: Info;
}

/** The identity of a registered environment; wrappers pass it on. */
export interface EnvSpec {
  readonly id: string;
  /** The options given to `make`, JSON data. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Steps after which `make` truncates an episode; undefined: never. */
  readonly maxEpisodeSteps?: number;
  /** Mean return at which the environment's authors call it solved. */
  readonly rewardThreshold?: number;
}

/** What `saveState` returns: JSON data only (numbers, strings, booleans, null, arrays, plain objects). */
export type EnvState = unknown;

export interface Env<Observation extends SpaceValue = SpaceValue, Action extends SpaceValue = SpaceValue> {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly spec?: EnvSpec | undefined;
  reset(options?: ResetOptions): ResetResult<Observation> | Promise<ResetResult<Observation>>;
  step(action: Action): StepResult<Observation> | Promise<StepResult<Observation>>;
  /** Everything needed to continue inside this episode, random stream included. */
  saveState?(): EnvState;
  /** The inverse of `saveState`. */
  loadState?(state: EnvState): void;
  /** A picture of the current state as terminal text. */
  renderText?(): string;
  /** A picture of the current state as the inner markup of an SVG of 600 x 400 units. */
  renderSvg?(): string;
  close?(): void;
}

/** An environment whose `reset` and `step` answer at once: all built-in ones. */
export interface SyncEnv<Observation extends SpaceValue = SpaceValue, Action extends SpaceValue = SpaceValue>
  extends Env<Observation, Action> {
  reset(options?: ResetOptions): ResetResult<Observation>;
  step(action: Action): StepResult<Observation>;
}

/** What a goal-conditioned environment observes; the flat order is the Dict's own: observation, achievedGoal, desiredGoal. */
export type GoalObservation<Part extends SpaceValue = SpaceValue, Goal extends SpaceValue = Part> = {
  readonly observation: Part;
  /** What of the goal's kind the state fulfils now; of the same space as `desiredGoal`. */
  readonly achievedGoal: Goal;
  readonly desiredGoal: Goal;
};

/**
 * An environment whose episodes each have a goal (Gymnasium-Robotics' form, in camelCase). Its observation space is a Dict of
 * `observation`, `achievedGoal` and `desiredGoal`. Every step pays and ends as the two functions say of the achieved and
 * desired goals it observes, so that hindsight can recompute both for another goal. They are pure: the same goals give the
 * same answer at any time, and the running episode does not change.
 */
export interface GoalEnv<Observation extends GoalObservation = GoalObservation, Action extends SpaceValue = SpaceValue>
  extends Env<Observation, Action> {
  computeReward(achievedGoal: Observation["achievedGoal"], desiredGoal: Observation["desiredGoal"]): number;
  /** Whether the task ended; a time limit is no part of it. */
  computeTerminated(achievedGoal: Observation["achievedGoal"], desiredGoal: Observation["desiredGoal"]): boolean;
}

/** Whether the environment, wrappers included, keeps the contract of goals; `checkEnv` says whether it keeps it well. */
export function isGoalEnv(env: Env): env is GoalEnv {
  const { computeReward, computeTerminated } = env as Partial<GoalEnv>;
  return typeof computeReward === "function" && typeof computeTerminated === "function";
}

const GOAL_PARTS = ["observation", "achievedGoal", "desiredGoal"] as const;

/** What keeps a space from being a goal-conditioned environment's, "... expected ..., got ..."; undefined: nothing. */
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
 * How a vector environment goes on after an episode ends (Gymnasium's names and meaning).
 * - "next-step": the step after the end ignores its action and returns the reset observation, reward 0.
 * - "same-step": the step that ends the episode already returns the reset observation; the last one is in `finalObservation`.
 * - "disabled": the caller resets with `resetMask`.
 */
export type AutoresetMode = "next-step" | "same-step" | "disabled";

export interface VectorResetOptions {
  /** One seed for all (environment i gets seed + i), or one per environment. */
  readonly seed?: number | readonly number[];
  /** Which environments to reset (mode "disabled"); all when absent. */
  readonly resetMask?: readonly boolean[];
}

export interface VectorResetResult {
  /** [environments, flat observation], row-major; reused by the next call. */
  readonly observation: Float32Array;
  readonly info: readonly Info[];
}

export interface VectorStepResult {
  /** [environments, flat observation], row-major; reused by the next call. */
  readonly observation: Float32Array;
  readonly reward: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  /** Mode "same-step": row i is the last observation of the episode that ended in this step; other rows are stale. */
  readonly finalObservation: Float32Array;
  readonly info: readonly Info[];
}

/** Several environments of one kind stepped together. */
export interface VectorEnv {
  readonly count: number;
  readonly autoresetMode: AutoresetMode;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Of the environments, where they have one. */
  readonly spec?: EnvSpec | undefined;
  reset(options?: VectorResetOptions): VectorResetResult;
  /** @param actions one per environment */
  step(actions: ArrayLike<SpaceValue>): VectorStepResult;
  /** Everything needed to continue inside these episodes, random streams included; the last observations are the caller's. */
  saveState?(): EnvState;
  /** The inverse of `saveState`. */
  loadState?(state: EnvState): void;
  close?(): void;
}

/** Whether it is several environments stepped together, rather than one. */
export function isVectorEnv(env: object): env is VectorEnv {
  return "autoresetMode" in env && "step" in env;
}
