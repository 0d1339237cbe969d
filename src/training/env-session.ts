// Where an agent stands in its environment: the running episodes, the statistics of the ended ones, and one step at a
// time. Of one environment, which may answer with promises, or of several stepped together.

import type { ActionValue, ActOptions, Transition } from "../agent.ts";
import type { Env, EnvState, ResetResult, StepResult, VectorEnv, VectorStepResult } from "../env.ts";
import { CheckpointError } from "../errors.ts";
import { damaged, requireCount } from "../formats/checkpoint.ts";
import { describeMismatch, flatSize, type Space, type SpaceValue } from "../space.ts";
import { actionSize } from "./action-encoder.ts";
import { isPromise } from "./yield.ts";

const EXPLORE: ActOptions = { explore: true };
/** Episodes whose mean return is reported. */
const RECENT = 100;

/** What steps one environment. */
export interface Learner {
  readonly observationSpace: Space;
  readonly seed: number;
  readonly envSteps: number;
  readonly actionSpace: Space;
  act(observation: SpaceValue, options?: ActOptions): ActionValue;
  observe(transition: Transition): void;
}

/** Actions of several environments: one integer each for Discrete, else one row of numbers each. */
export type VectorActions = Int32Array | Float32Array;

/** What steps several environments together. Rows are [environments, flat observation], as a VectorEnv shows them. */
export interface VectorLearner {
  /** Exploring actions, one per environment, written into `actions`. */
  actRows(observations: Float32Array, actions: VectorActions): void;
  /**
   * Takes in a step of all environments.
   * @param observations what `actions` were chosen for
   * @param result of a vector environment in mode "same-step"
   */
  observeRows(observations: Float32Array, actions: VectorActions, result: VectorStepResult): void;
  /** The running episodes end here, unseen: what was observed next belongs to others. */
  forgetEpisode(): void;
}

/** A session as JSON, part of a checkpoint. */
export interface SavedSession {
  readonly seeded: boolean;
  readonly recentReturns: readonly number[];
  readonly lastReturn: number | null;
  readonly lastLength: number;
  readonly pendingUpdates: number;
  readonly envState: EnvState | null;
}

/** Of one environment. `observation` is null between episodes. */
interface SavedEpisode extends SavedSession {
  readonly observation: SpaceValue | null;
  readonly episodeReturn: number;
  readonly episodeLength: number;
}

/** Of several. `observations` is null before the first reset. */
interface SavedEpisodes extends SavedSession {
  readonly observations: readonly number[] | null;
  readonly episodeReturns: readonly number[];
  readonly episodeLengths: readonly number[];
}

export abstract class EnvSession {
  /** Updates that the last step called for and that are still to be made. */
  pendingUpdates = 0;
  /** Of the last finished episode; NaN before the first. */
  lastReturn: number = Number.NaN;
  lastLength = 0;
  recentReturns: number[] = [];
  /** Episodes that ended in the last step, in the order of their environments: return, length, step that each ended at. */
  readonly endedReturns: number[] = [];
  readonly endedLengths: number[] = [];
  readonly endedAt: number[] = [];
  /** Whether the environment was ever reset with the agent's seed. */
  protected seeded = false;

  /**
   * A reset, or one step of the environment handed to the learner.
   * @returns whether it was a step; by promise where the environment answers so
   */
  abstract advance(): boolean | Promise<boolean>;

  abstract save(): SavedSession;

  /**
   * Takes over what `save` wrote.
   * @param mostUpdates the largest number of pending updates
   * @returns why the running episodes cannot go on; undefined when they can
   * @throws CheckpointError: a hostile file must not decide how long `learn` works, or feed it what `act` refuses
   */
  restore(saved: SavedSession, mostUpdates: number): string | undefined {
    requireCount("session.pendingUpdates", saved.pendingUpdates);
    requireCount("session.lastLength", saved.lastLength);
    if (saved.pendingUpdates > mostUpdates) {
      throw damaged("session.pendingUpdates", `at most ${mostUpdates}`, saved.pendingUpdates);
    }
    const { recentReturns, lastReturn } = saved;
    if (!isNumbers(recentReturns) || recentReturns.length > RECENT) {
      throw damaged("session.recentReturns", `at most ${RECENT} numbers`, recentReturns);
    }
    if (lastReturn !== null && typeof lastReturn !== "number") {
      throw damaged("session.lastReturn", "a number", lastReturn);
    }
    if (typeof saved.seeded !== "boolean") throw damaged("session.seeded", "true or false", saved.seeded);
    const reason = this.restoreEpisodes(saved);
    this.seeded = saved.seeded;
    this.recentReturns = [...recentReturns];
    this.lastReturn = lastReturn ?? Number.NaN;
    this.lastLength = saved.lastLength;
    this.pendingUpdates = saved.pendingUpdates;
    return reason;
  }

  protected abstract restoreEpisodes(saved: SavedSession): string | undefined;

  /** Mean return of the last 100 finished episodes; NaN before the first. */
  get meanReturn(): number {
    let sum = 0;
    for (const value of this.recentReturns) sum += value;
    return sum / this.recentReturns.length;
  }

  protected clearEnded(): void {
    this.endedReturns.length = 0;
    this.endedLengths.length = 0;
    this.endedAt.length = 0;
  }

  /** @param endedAt environment steps of the agent, that transition included */
  protected recordEpisode(episodeReturn: number, episodeLength: number, endedAt: number): void {
    this.endedReturns.push(episodeReturn);
    this.endedLengths.push(episodeLength);
    this.endedAt.push(endedAt);
    this.lastReturn = episodeReturn;
    this.lastLength = episodeLength;
    this.recentReturns.push(episodeReturn);
    if (this.recentReturns.length > RECENT) this.recentReturns.shift();
  }

  protected saveStatistics(env: Env | VectorEnv | undefined): SavedSession {
    const { seeded, recentReturns, lastReturn, lastLength, pendingUpdates } = this;
    return {
      seeded,
      recentReturns,
      lastReturn: Number.isNaN(lastReturn) ? null : lastReturn,
      lastLength,
      pendingUpdates,
      envState: env?.saveState?.() ?? null,
    };
  }
}

/** One environment, or none for callers who own their loop. */
export class SingleSession extends EnvSession {
  readonly #env: Env | undefined;
  readonly #learner: Learner;
  /** Undefined between episodes. */
  #observation: SpaceValue | undefined;
  #episodeReturn = 0;
  #episodeLength = 0;

  constructor(env: Env | undefined, learner: Learner) {
    super();
    this.#env = env;
    this.#learner = learner;
  }

  advance(): boolean | Promise<boolean> {
    const env = this.#env!;
    if (this.#observation === undefined) {
      const result = this.seeded ? env.reset() : env.reset({ seed: this.#learner.seed });
      return isPromise(result) ? result.then((value) => this.#enter(value)) : this.#enter(result);
    }
    const action = this.#learner.act(this.#observation, EXPLORE);
    const result = env.step(action);
    return isPromise(result) ? result.then((value) => this.#take(action, value)) : this.#take(action, result);
  }

  #enter(result: ResetResult): boolean {
    this.seeded = true;
    this.#observation = result.observation;
    this.#episodeReturn = 0;
    this.#episodeLength = 0;
    return false;
  }

  #take(action: ActionValue, result: StepResult): boolean {
    const { observation, reward, terminated, truncated } = result;
    const learner = this.#learner;
    learner.observe({
      observation: this.#observation!,
      action,
      reward,
      nextObservation: observation,
      terminated,
      truncated,
    });
    this.clearEnded();
    this.#episodeReturn += reward;
    this.#episodeLength++;
    this.#observation = observation;
    if (terminated || truncated) {
      this.#observation = undefined;
      this.recordEpisode(this.#episodeReturn, this.#episodeLength, learner.envSteps);
    }
    return true;
  }

  save(): SavedEpisode {
    const observation = this.#observation;
    return {
      ...this.saveStatistics(this.#env),
      observation: observation === undefined ? null : toJson(observation),
      episodeReturn: this.#episodeReturn,
      episodeLength: this.#episodeLength,
    };
  }

  protected restoreEpisodes(saved: SavedEpisode | SavedEpisodes): string | undefined {
    if ("observations" in saved) return "it was saved in a vector environment";
    requireCount("session.episodeLength", saved.episodeLength);
    const { episodeReturn, observation } = saved;
    if (typeof episodeReturn !== "number") throw damaged("session.episodeReturn", "a number", episodeReturn);
    const space = this.#learner.observationSpace;
    const problem = observation === null ? undefined : describeMismatch(space, observation, false);
    if (problem !== undefined) throw damaged("session.observation", problem.split(", got ")[0], observation);
    const hasState = loadEnvState(this.#env, saved.envState);
    if (observation === null) return undefined;
    if (!hasState) return "the environment has no saveState/loadState";
    this.#observation = observation;
    this.#episodeReturn = episodeReturn;
    this.#episodeLength = saved.episodeLength;
    return undefined;
  }
}

/** Several environments stepped together; they reset by themselves, in the step that ends an episode. */
export class VectorSession extends EnvSession {
  readonly #env: VectorEnv;
  readonly #learner: Learner & VectorLearner;
  /** Whether episodes are running. */
  #begun = false;
  /** Copies: the environment reuses its own. */
  readonly #observations: Float32Array;
  readonly #actions: VectorActions;
  /** The same, one entry per environment. */
  readonly #given: ArrayLike<SpaceValue>;
  readonly #returns: Float64Array;
  readonly #lengths: Float64Array;

  constructor(env: VectorEnv, learner: Learner & VectorLearner) {
    super();
    this.#env = env;
    this.#learner = learner;
    this.#observations = new Float32Array(env.count * flatSize(env.observationSpace));
    if (env.actionSpace.kind === "discrete") {
      this.#actions = this.#given = new Int32Array(env.count);
    } else {
      const size = actionSize(env.actionSpace);
      const rows = new Float32Array(env.count * size);
      this.#actions = rows;
      this.#given = Array.from({ length: env.count }, (_, i) => rows.subarray(i * size, (i + 1) * size));
    }
    this.#returns = new Float64Array(env.count);
    this.#lengths = new Float64Array(env.count);
  }

  advance(): boolean {
    if (!this.#begun) {
      this.#reset();
      return false;
    }
    const learner = this.#learner;
    learner.actRows(this.#observations, this.#actions);
    let result: VectorStepResult;
    try {
      result = this.#env.step(this.#given);
      learner.observeRows(this.#observations, this.#actions, result);
    } catch (error) {
      // Some environments may have made the step and others not: the episodes cannot go on.
      this.#begun = false;
      throw error;
    }
    this.#observations.set(result.observation);
    this.clearEnded();
    const { reward, terminated, truncated } = result;
    const count = this.#env.count;
    const firstStep = learner.envSteps - count + 1;
    for (let i = 0; i < count; i++) {
      this.#returns[i] += reward[i];
      this.#lengths[i]++;
      if (terminated[i] === 0 && truncated[i] === 0) continue;
      this.recordEpisode(this.#returns[i], this.#lengths[i], firstStep + i);
      this.#returns[i] = 0;
      this.#lengths[i] = 0;
    }
    return true;
  }

  #reset(): void {
    const { observation } = this.seeded ? this.#env.reset() : this.#env.reset({ seed: this.#learner.seed });
    this.#observations.set(observation);
    this.#returns.fill(0);
    this.#lengths.fill(0);
    this.#learner.forgetEpisode();
    this.seeded = true;
    this.#begun = true;
  }

  save(): SavedEpisodes {
    return {
      ...this.saveStatistics(this.#env),
      observations: this.#begun ? Array.from(this.#observations) : null,
      episodeReturns: Array.from(this.#returns),
      episodeLengths: Array.from(this.#lengths),
    };
  }

  protected restoreEpisodes(saved: SavedEpisode | SavedEpisodes): string | undefined {
    if (!("observations" in saved)) return "it was saved in a single environment";
    const { observations, episodeReturns, episodeLengths } = saved;
    const require = (what: string, list: unknown, length: number): void => {
      if (!isNumbers(list) || list.length !== length) throw damaged(`session.${what}`, `${length} numbers`, list);
    };
    const { count } = this.#env;
    require("episodeReturns", episodeReturns, count);
    require("episodeLengths", episodeLengths, count);
    for (const length of episodeLengths) requireCount("session.episodeLengths", length);
    if (observations !== null) {
      require("observations", observations, this.#observations.length);
      const rows = Float32Array.from(observations);
      // x - x is 0 for finite numbers only.
      if (!rows.every((x) => x - x === 0)) throw damaged("session.observations", "finite numbers", observations);
    }
    const hasState = loadEnvState(this.#env, saved.envState);
    if (observations === null) return undefined;
    if (!hasState) return "the environment has no saveState/loadState";
    this.#begun = true;
    this.#observations.set(observations);
    this.#returns.set(episodeReturns);
    this.#lengths.set(episodeLengths);
    return undefined;
  }
}

/** @returns whether there was a state to load @throws CheckpointError when the environment refuses it */
function loadEnvState(env: Env | VectorEnv | undefined, state: EnvState | null): boolean {
  if (state === null || env?.loadState === undefined) return false;
  try {
    env.loadState(state);
  } catch (error) {
    throw new CheckpointError(
      `load: environment expected a state that it had saved, got one that it refuses: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return true;
}

function isNumbers(list: unknown): list is readonly number[] {
  return Array.isArray(list) && list.every((value) => typeof value === "number");
}

/** An observation as JSON that reads back as the same numbers. */
function toJson(value: SpaceValue): SpaceValue {
  if (typeof value !== "object") return value;
  if (ArrayBuffer.isView(value) || Array.isArray(value)) return Array.from(value as ArrayLike<number>);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, toJson(part)]));
}
