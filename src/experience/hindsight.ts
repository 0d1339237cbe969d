// Hindsight experience replay (Andrychowicz et al. 2017, https://arxiv.org/abs/1707.01495): an episode that missed its desired
// goal still shows how to reach the goals that it achieved. At the end of an episode every step is stored once unchanged, and
// `goals` more times relabelled: with a goal achieved in the same episode as the desired one. The environment's own functions
// give the reward and the termination for the new goal.
//
//   observation row   [ ... | achievedGoal | ... | desiredGoal | ... ]      goal of step i: achieved in its next state
//                                   of step g's next state ^ copied here
//
// Steps are stored only when their episode is over. An episode longer than `maxEpisodeSteps` is stored in pieces, each treated
// as truncated. A multi-step window has one goal for all its steps and ends at the step that reaches the goal. If no step does,
// targets bootstrap from the window's last observation, relabelled too.

import type { Backend } from "../backend.ts";
import { type EnvSpec, type GoalEnv, type GoalObservation, goalSpaceProblem } from "../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import type { RandomStream } from "../operations/handles.ts";
import { type Dict, flatSize, partOffset, type Space, type SpaceValue } from "../space.ts";
import type { StepEnd, StoreWindow, Window } from "./n-step.ts";
import { ValueTable } from "./value-table.ts";

/** Rule that picks the new goal of a relabelled step among the goals that its episode achieved, see `HindsightOptions`. */
export type HindsightStrategy = "future" | "final" | "episode";

const STRATEGIES: readonly HindsightStrategy[] = ["future", "final", "episode"];
const OPTION_NAMES = ["strategy", "goals", "maxEpisodeSteps"];
/** Longest episode if the environment has no time limit. */
const DEFAULT_STEPS = 1000;

/** Options of hindsight experience replay. */
export interface HindsightOptions {
  /**
   * Rule that picks the new goal of a relabelled step:
   * - "future": a random goal achieved in this step or a later one of the episode, the paper's best;
   * - "final": the goal that the last step of the episode achieved;
   * - "episode": a random goal achieved in any step of the episode.
   */
  readonly strategy: HindsightStrategy;
  /**
   * Relabelled transitions per step. With "final" all of them are equal: more than one only gives them more weight.
   * @defaultValue 4; 1 with "final"
   */
  readonly goals: number;
  /**
   * Steps of the longest episode that is relabelled as a whole.
   * @defaultValue the environment's time limit, else 1000; at most the capacity of the replay
   */
  readonly maxEpisodeSteps: number;
}

/** Functions of the environment that give the reward and the termination of a step for another goal. */
export type GoalFunctions = Pick<GoalEnv, "computeReward" | "computeTerminated">;

/** Sizes of transitions, and the settings of multi-step returns. */
export interface HindsightPlan {
  readonly observationSpace: Space;
  readonly actionSize: number;
  readonly nStep: number;
  readonly discount: number;
}

/** Collects the episodes of one environment and stores their steps, unchanged and relabelled. */
export class Hindsight {
  readonly options: HindsightOptions;
  readonly #backend: Backend;
  readonly #stream: RandomStream;
  readonly #functions: GoalFunctions;
  readonly #plan: HindsightPlan;
  readonly #size: number;

  // Offsets of the two goals in an observation row, and numbers per goal.
  readonly #achievedAt: number;
  readonly #desiredAt: number;
  readonly #goalSize: number;

  // The running episode: row i is step i.
  readonly #observations: Float32Array;
  readonly #actions: Float32Array;
  readonly #nextObservations: Float32Array;
  readonly #rewards: Float64Array;
  /** Goal that each step's next state achieved, in the environment's own numbers. */
  readonly #achieved: ValueTable;
  #steps = 0;

  readonly #window: Window;
  readonly #next: Float32Array;

  /**
   * @param stream random numbers for the choice of goals; the caller saves it in checkpoints
   * @param functions checked by `requireGoalFunctions`
   * @param options checked by `readHindsightOptions` for the plan's space
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

  /** Number of steps of the running episode. They are stored when it ends. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Takes in one step. After the last step of the episode it passes all windows to `store`: step by step, each step first
   * unchanged, then relabelled. Allocates nothing.
   * @param value the next observation in the environment's own form; null: goals are read from the flat row, in float32
   * @throws TypeError, RangeError when a goal function of the environment returns no finite reward or no boolean; the episode
   *   is dropped then
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

  /** Drops the running episode: the next step begins a new one. */
  clear(): void {
    this.#steps = 0;
  }

  /** Returns the running episode as flat arrays for a checkpoint. */
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

  /** Restores a running episode. @pre the arrays have the lengths of `stateLengths`, for less than `maxEpisodeSteps` steps */
  loadState(state: EpisodeState): void {
    this.#steps = state.rewards.length;
    this.#observations.set(state.observations);
    this.#actions.set(state.actions);
    this.#nextObservations.set(state.nextObservations);
    this.#rewards.set(state.rewards);
    this.#achieved.load(state.achieved);
  }

  /** Returns the length of each array of `saveState` for an episode of `steps` steps. */
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

  /** Draws the step whose achieved goal becomes the new goal of step `start`. */
  #drawGoal(start: number): number {
    const { strategy } = this.options;
    if (strategy === "final") return this.#steps - 1;
    if (strategy === "episode") return this.#backend.random.index(this.#stream, this.#steps);
    return start + this.#backend.random.index(this.#stream, this.#steps - start);
  }

  /** Fills the window from `start` with the real rewards. The result is that of NStep for the same steps. */
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

  /** Fills the window from `start` as if its goal had been the goal that step `goal` achieved. */
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
    // Both goals have one space and thus one encoding, so that the numbers are copied.
    const from = goal * this.#size + this.#achievedAt;
    for (let j = 0; j < this.#goalSize; j++) {
      const value = this.#nextObservations[from + j];
      this.#window.observation[this.#desiredAt + j] = value;
      this.#next[this.#desiredAt + j] = value;
    }
  }

  /** Copies observation and action of step `first` and the next observation of step `last` into the window. */
  #copyRows(first: number, last: number): void {
    const { observation, action } = this.#window;
    const size = this.#size;
    for (let j = 0; j < size; j++) observation[j] = this.#observations[first * size + j];
    for (let j = 0; j < size; j++) this.#next[j] = this.#nextObservations[last * size + j];
    for (let j = 0; j < action.length; j++) action[j] = this.#actions[first * action.length + j];
  }
}

/** The running episode in a checkpoint: flat arrays, one row per step. */
export interface EpisodeState {
  readonly observations: Float32Array;
  readonly actions: Float32Array;
  readonly nextObservations: Float32Array;
  readonly rewards: Float64Array;
  readonly achieved: Float64Array;
}

/**
 * Checks the options and fills in the defaults.
 * @param where begins the message of an error
 * @param place the environment, for its goals and its time limit
 * @param capacity transitions in the replay, an upper limit of `maxEpisodeSteps`
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
  // An invalid capacity is reported elsewhere.
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

/**
 * Returns the goal functions of an environment. Called when learning begins: an agent that only acts needs none.
 * @throws TypeError when one of the two functions is missing
 */
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
