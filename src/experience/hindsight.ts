// Hindsight experience replay (Andrychowicz et al. 2017, https://arxiv.org/abs/1707.01495): an episode that missed its goal
// shows how to reach what it did reach. When an episode is over, every step is stored as it was lived and `goals` times
// more with a goal achieved in the same episode in the place of the desired one; the environment's own functions say what
// the step would have paid for that goal, and whether it would have ended there.
//
//   observation row   [ ... | achievedGoal | ... | desiredGoal | ... ]      goal of step i: what its next state achieved
//                                   of step g's next state ^ copied here
//
// Nothing of an unfinished episode is handed on. An episode longer than the store is taken in pieces, each as if it had been
// truncated there. With multi-step targets a window has one goal, from its first step to its last, and ends where that goal
// is reached; an episode's last observation is gone on from, with the goal put in, unless the goal is reached there.

import type { Backend } from "../backend.ts";
import { type EnvSpec, type GoalEnv, type GoalObservation, goalSpaceProblem } from "../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import type { RandomStream } from "../operations/handles.ts";
import { type Dict, flatSize, partOffset, type Space, type SpaceValue } from "../space.ts";
import type { StepEnd, StoreWindow, Window } from "./n-step.ts";
import { ValueTable } from "./value-table.ts";

/** Which goals a step is given instead of its own; all of them are goals that its episode achieved. */
export type HindsightStrategy = "future" | "final" | "episode";

const STRATEGIES: readonly HindsightStrategy[] = ["future", "final", "episode"];
const OPTION_NAMES = ["strategy", "goals", "maxEpisodeSteps"];
/** For environments that name no time limit. */
const DEFAULT_STEPS = 1000;

export interface HindsightOptions {
  /**
   * - "future": uniformly one of those that were achieved from the step's own next state on, the paper's best;
   * - "final": what the episode's last state achieved;
   * - "episode": uniformly one of those that were achieved after any of the episode's steps.
   */
  readonly strategy: HindsightStrategy;
  /** Relabelled transitions per step; with "final" more than one are the same, and only weigh more. [4; final 1] */
  readonly goals: number;
  /** Steps of the longest episode that is taken as a whole. [the environment's time limit, else 1000] */
  readonly maxEpisodeSteps: number;
}

/** What says how a step would have ended with another goal. */
export type GoalFunctions = Pick<GoalEnv, "computeReward" | "computeTerminated">;

/** Sizes and targets that windows are made for. */
export interface HindsightPlan {
  readonly observationSpace: Space;
  readonly actionSize: number;
  readonly nStep: number;
  readonly discount: number;
}

export class Hindsight {
  readonly options: HindsightOptions;
  readonly #backend: Backend;
  readonly #stream: RandomStream;
  readonly #functions: GoalFunctions;
  readonly #plan: HindsightPlan;
  readonly #size: number;

  // Where the two goals lie in a row, and how long they are.
  readonly #achievedAt: number;
  readonly #desiredAt: number;
  readonly #goalSize: number;

  // The running episode: row i is step i.
  readonly #observations: Float32Array;
  readonly #actions: Float32Array;
  readonly #nextObservations: Float32Array;
  readonly #rewards: Float64Array;
  /** What each step's next state achieved, as the environment said it. */
  readonly #achieved: ValueTable;
  #steps = 0;

  readonly #window: Window;
  readonly #next: Float32Array;

  /**
   * @param stream what goals are drawn from; the caller keeps it, also in checkpoints
   * @param functions as `requireGoalFunctions` lets them pass
   * @param options as `readHindsightOptions` gives them for the plan's space
   */
  constructor(
    backend: Backend,
    stream: RandomStream,
    functions: GoalFunctions,
    plan: HindsightPlan,
    options: HindsightOptions,
  ) {
    const space = plan.observationSpace as Dict;
    const { achievedGoal } = space.spaces;
    const { maxEpisodeSteps: steps } = options;
    this.options = options;
    this.#backend = backend;
    this.#stream = stream;
    this.#functions = functions;
    this.#plan = plan;
    this.#size = flatSize(space);
    this.#achievedAt = partOffset(space, "achievedGoal");
    this.#desiredAt = partOffset(space, "desiredGoal");
    this.#goalSize = flatSize(achievedGoal);
    this.#observations = new Float32Array(steps * this.#size);
    this.#actions = new Float32Array(steps * plan.actionSize);
    this.#nextObservations = new Float32Array(steps * this.#size);
    this.#rewards = new Float64Array(steps);
    this.#achieved = new ValueTable(achievedGoal, steps);
    this.#window = {
      observation: new Float32Array(this.#size),
      action: new Float32Array(plan.actionSize),
      sums: new Float64Array(2),
    };
    this.#next = new Float32Array(this.#size);
  }

  /** Steps of the running episode that wait for its end. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Takes one step; when it is the episode's last, hands every step's windows to `store`, in the order of the steps, each
   * first as it was lived. Allocates nothing.
   * @param value the next observation as the environment gave it; null where it came as a flat row, and goals are its float32
   *   numbers
   * @throws TypeError, RangeError when a function of the environment answers with what is no reward or no flag; the episode
   *   is forgotten then
   */
  add(
    observation: Float32Array,
    action: Float32Array,
    nextObservation: Float32Array,
    step: StepEnd,
    value: SpaceValue | null,
    store: StoreWindow,
  ): void {
    const i = this.#steps;
    this.#observations.set(observation, i * this.#size);
    this.#actions.set(action, i * this.#plan.actionSize);
    this.#nextObservations.set(nextObservation, i * this.#size);
    this.#rewards[i] = step.reward;
    if (value === null) this.#achieved.setFlat(i, nextObservation, this.#achievedAt);
    else this.#achieved.set(i, (value as GoalObservation).achievedGoal);
    this.#steps = i + 1;
    if (!step.terminated && !step.truncated && this.#steps < this.options.maxEpisodeSteps) return;
    try {
      this.#storeEpisode(step.terminated, store);
    } finally {
      this.#steps = 0;
    }
  }

  /** Forgets the running episode: for a run that goes on in a new one. */
  clear(): void {
    this.#steps = 0;
  }

  /** The running episode as flat arrays for a checkpoint. */
  saveState(): EpisodeState {
    const steps = this.#steps;
    return {
      observations: this.#observations.slice(0, steps * this.#size),
      actions: this.#actions.slice(0, steps * this.#plan.actionSize),
      nextObservations: this.#nextObservations.slice(0, steps * this.#size),
      rewards: this.#rewards.slice(0, steps),
      achieved: this.#achieved.save(steps),
    };
  }

  /** @pre lengths as `stateLengths` says for less than `maxEpisodeSteps` steps */
  loadState(state: EpisodeState): void {
    this.#steps = state.rewards.length;
    this.#observations.set(state.observations);
    this.#actions.set(state.actions);
    this.#nextObservations.set(state.nextObservations);
    this.#rewards.set(state.rewards);
    this.#achieved.load(state.achieved);
  }

  /** The length of each array of `saveState` after so many steps. */
  stateLengths(steps: number): Readonly<Record<keyof EpisodeState, number>> {
    return {
      observations: steps * this.#size,
      actions: steps * this.#plan.actionSize,
      nextObservations: steps * this.#size,
      rewards: steps,
      achieved: steps * this.#achieved.width,
    };
  }

  #storeEpisode(terminated: boolean, store: StoreWindow): void {
    const { goals } = this.options;
    for (let start = 0; start < this.#steps; start++) {
      for (let k = 0; k <= goals; k++) {
        if (k === 0) this.#fillLived(start, terminated);
        else this.#fillRelabelled(start, this.#drawGoal(start));
        store(this.#window, this.#next);
      }
    }
  }

  /** The step whose next state's achieved goal is put in. */
  #drawGoal(start: number): number {
    const { strategy } = this.options;
    if (strategy === "final") return this.#steps - 1;
    if (strategy === "episode") return this.#backend.random.index(this.#stream, this.#steps);
    return start + this.#backend.random.index(this.#stream, this.#steps - start);
  }

  /** The window from `start` with the rewards that were paid: what NStep makes of the same steps. */
  #fillLived(start: number, terminated: boolean): void {
    const { sums } = this.#window;
    const end = Math.min(start + this.#plan.nStep, this.#steps);
    sums[0] = 0;
    sums[1] = 1;
    for (let i = start; i < end; i++) {
      sums[0] += sums[1] * this.#rewards[i];
      sums[1] *= this.#plan.discount;
    }
    if (terminated && end === this.#steps) sums[1] = 0;
    this.#copyRows(start, end - 1);
  }

  /** The window from `start` had the goal been what step `goal` achieved. */
  #fillRelabelled(start: number, goal: number): void {
    const { sums } = this.#window;
    const end = Math.min(start + this.#plan.nStep, this.#steps);
    const desired = this.#achieved.get(goal, 1);
    sums[0] = 0;
    sums[1] = 1;
    let last = start;
    for (let i = start; i < end; i++) {
      const achieved = this.#achieved.get(i, 0);
      const reward = this.#functions.computeReward(achieved as never, desired as never);
      const single = Math.fround(reward);
      if (typeof reward !== "number" || single - single !== 0) throw refusal("Reward", "a finite number", reward);
      const terminated = this.#functions.computeTerminated(achieved as never, desired as never);
      if (typeof terminated !== "boolean") throw refusal("Terminated", "true or false", terminated);
      sums[0] += sums[1] * reward;
      sums[1] *= this.#plan.discount;
      last = i;
      if (terminated) {
        sums[1] = 0;
        break;
      }
    }
    this.#copyRows(start, last);
    // One space, one encoding: the achieved goal's numbers are those that it would have as the desired one.
    const from = goal * this.#size + this.#achievedAt;
    for (let j = 0; j < this.#goalSize; j++) {
      const value = this.#nextObservations[from + j];
      this.#window.observation[this.#desiredAt + j] = value;
      this.#next[this.#desiredAt + j] = value;
    }
  }

  /** Observation and action of one step, the next observation of another, into the window. */
  #copyRows(first: number, last: number): void {
    const { observation, action } = this.#window;
    const size = this.#size;
    for (let j = 0; j < size; j++) observation[j] = this.#observations[first * size + j];
    for (let j = 0; j < size; j++) this.#next[j] = this.#nextObservations[last * size + j];
    for (let j = 0; j < action.length; j++) action[j] = this.#actions[first * action.length + j];
  }
}

/** The running episode: one row per step, flat. */
export interface EpisodeState {
  readonly observations: Float32Array;
  readonly actions: Float32Array;
  readonly nextObservations: Float32Array;
  readonly rewards: Float64Array;
  readonly achieved: Float64Array;
}

/**
 * The options with defaults filled in, every value checked.
 * @param where begins the message of an error
 * @param place whose goals they are, and whose time limit is the default of `maxEpisodeSteps` [1000, or the capacity]
 * @param capacity of the replay: the longest episode that could be stored as a whole
 * @throws TypeError or RangeError for an unknown option, a value out of range, or a space without goals
 */
export function readHindsightOptions(
  where: string,
  given: HindsightStrategy | (Partial<HindsightOptions> & { readonly strategy: HindsightStrategy }),
  place: { readonly observationSpace: Space; readonly spec?: EnvSpec | undefined },
  capacity: number,
): HindsightOptions {
  const options: Partial<HindsightOptions> = typeof given === "object" && given !== null ? given : { strategy: given };
  rejectUnknownOptions(`${where}: hindsight`, options, OPTION_NAMES);
  const { strategy } = options;
  if (strategy === undefined || !STRATEGIES.includes(strategy)) {
    const got = show(typeof given === "object" ? strategy : given);
    throw new RangeError(
      `${where}: hindsight expected null, ${STRATEGIES.map(show).join(", ")} or an object with one of them as strategy, got ${got}. Set options.hindsight.`,
    );
  }
  // A capacity that is none has an error of its own.
  const longest = Number.isInteger(capacity) ? capacity : Number.MAX_SAFE_INTEGER;
  const limit = place.spec?.maxEpisodeSteps ?? DEFAULT_STEPS;
  const { goals = strategy === "final" ? 1 : 4, maxEpisodeSteps = Math.min(limit, longest) } = options;
  requireNumber(where, "hindsight.goals", goals, { integer: true, min: 1, max: 1000 }, "The paper's best is 4.");
  const rule = { integer: true, min: 1, max: longest };
  requireNumber(where, "hindsight.maxEpisodeSteps", maxEpisodeSteps, rule, "The replay must hold an episode.");
  const problem = goalSpaceProblem(place.observationSpace);
  if (problem !== undefined) {
    throw new RangeError(`${where}: ${problem}. Leave hindsight out, or pass an environment with goals.`);
  }
  return { strategy, goals, maxEpisodeSteps };
}

/** Asked when experience comes: a policy without them acts. @throws TypeError without the two functions */
export function requireGoalFunctions(where: string, place: Partial<GoalFunctions>): GoalFunctions {
  const { computeReward, computeTerminated } = place;
  if (typeof computeReward === "function" && typeof computeTerminated === "function") return place as GoalFunctions;
  const got = [computeReward, computeTerminated].map((given) => (given === undefined ? "none" : show(given)));
  throw new TypeError(
    `${where}: hindsight expected computeReward and computeTerminated, got ${got.join(" and ")}. ` +
      "Pass an environment that has them, or both beside the spaces; without hindsight neither is needed.",
  );
}

function refusal(name: string, expected: string, got: unknown): Error {
  const message = `observe: compute${name} expected ${expected}, got ${show(got)}. Check the environment with checkEnv.`;
  return typeof got === "number" ? new RangeError(message) : new TypeError(message);
}
