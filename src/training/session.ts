// An agent's session in its environments: the running episodes, the statistics of the ended episodes, and one step at a time.

import { type Env, type EnvState, isVectorEnv, type VectorEnv } from "../env.ts";
import { CheckpointError, StateError } from "../errors.ts";
import type { ActingRows, Choice } from "../experience/actor.ts";
import type { StepRows } from "../experience/experience.ts";
import { damaged, requireCount } from "../formats/checkpoint.ts";
import type { Workplace } from "../workplace.ts";
import type { AgentContext } from "./context.ts";
import {
  type EnvironmentRows,
  isNumbers,
  type SavedObservations,
  SingleEnvironment,
  VectorEnvironment,
} from "./environment-rows.ts";
import { isPromise } from "./yield.ts";

/** Number of latest episodes in the reported mean return. */
const RECENT = 100;

/** Functions of an agent that a session calls. */
export interface Player {
  /** Makes exploring choices for all environments. */
  choose(rows: ActingRows): Choice;
  /** Stores a step of all environments. */
  take(step: StepRows): void;
  /** Forgets the running episodes, whose ends are not observed. */
  forget(): void;
}

/** A session as JSON, part of a checkpoint. A single environment has one episode, a vector lists of them. */
export interface SavedSession extends SavedObservations {
  readonly seeded: boolean;
  readonly recentReturns: readonly number[];
  readonly lastReturn: number | null;
  readonly lastLength: number;
  readonly pendingUpdates: number;
  readonly envState: EnvState | null;
  readonly episodeReturn?: number;
  readonly episodeLength?: number;
  readonly episodeReturns?: readonly number[];
  readonly episodeLengths?: readonly number[];
}

/** The running episodes of an agent, and steps of its environments. */
export class Session {
  /** Number of updates that are due after the last step and not yet made. */
  pendingUpdates = 0;
  /** Return and length of the episode that ended last; NaN and 0 before the first. */
  lastReturn: number = Number.NaN;
  lastLength = 0;
  /** Episodes that ended in the last step, in the order of their environments: return, length, and the step of the end. */
  readonly endedReturns: number[] = [];
  readonly endedLengths: number[] = [];
  readonly endedAt: number[] = [];
  readonly #context: AgentContext;
  readonly #player: Player;
  /** The environments; null for callers who own their loop. */
  readonly #environments: EnvironmentRows | null;
  readonly #isVector: boolean;
  readonly #acting: ActingRows;
  readonly #returns: Float64Array;
  readonly #lengths: Float64Array;
  #recentReturns: number[] = [];
  /** True while episodes are running. */
  #isRunning = false;
  /** True when the environments have been reset with the agent's seed. */
  #seeded = false;
  /**
   * The agent's environment steps after the last step of this session. More steps mean that a caller observed steps of its
   * own.
   */
  #stepsSeen = 0;

  constructor(context: AgentContext, player: Player) {
    const { workplace } = context;
    this.#context = context;
    this.#player = player;
    this.#isVector = isVectorEnv(workplace);
    this.#environments = environmentRows(workplace, context);
    const count = this.#environments?.count ?? 1;
    this.#returns = new Float64Array(count);
    this.#lengths = new Float64Array(count);
    const observation = this.#environments?.step.observation ?? new Float32Array(0);
    this.#acting = { rows: count, first: 0, observation, mask: null, starts: null, streams: null };
  }

  get hasEnvironment(): boolean {
    return this.#environments !== null;
  }

  /** Checks that there is an environment. @throws StateError for an agent that was made from spaces alone */
  requireEnvironment(where: string): void {
    if (this.hasEnvironment) return;
    throw new StateError(
      `${where}: agent expected to have an environment, got spaces only. Use act, observe and update.`,
    );
  }

  /** Mean return of the latest 100 ended episodes; NaN before the first. */
  get meanReturn(): number {
    let sum = 0;
    for (const value of this.#recentReturns) sum += value;
    return sum / this.#recentReturns.length;
  }

  /**
   * Makes a reset, or one step of all environments, which the agent stores.
   * @returns true for a step, false for a reset; a promise if the environment answers with one
   */
  advance(): boolean | Promise<boolean> {
    try {
      const done = this.#isRunning ? this.#step() : this.#begin();
      return isPromise(done) ? done.catch((error) => this.#fail(error)) : done;
    } catch (error) {
      return this.#fail(error);
    }
  }

  #begin(): boolean | Promise<boolean> {
    if (this.#context.counters.envSteps !== this.#stepsSeen) this.#player.forget();
    const begun = this.#environments!.reset(this.#seeded ? undefined : this.#context.settings.seed);
    return begun === undefined ? this.#enter() : begun.then(() => this.#enter());
  }

  #enter(): boolean {
    this.#seeded = true;
    this.#isRunning = true;
    this.#returns.fill(0);
    this.#lengths.fill(0);
    return false;
  }

  #step(): boolean | Promise<boolean> {
    const stepped = this.#environments!.advance(this.#player.choose(this.#acting));
    return stepped === undefined ? this.#take() : stepped.then(() => this.#take());
  }

  #take(): boolean {
    const environments = this.#environments!;
    const { step } = environments;
    let steps = this.#context.counters.envSteps;
    this.#player.take(step);
    if (this.endedReturns.length > 0) this.#clearEnded();
    for (let e = 0; e < step.rows; e++) {
      if (step.skip !== null && step.skip[e] !== 0) continue;
      steps++;
      this.#returns[e] += step.reward[e];
      this.#lengths[e]++;
      if (step.hasEnded(e)) this.#recordEpisode(e, steps);
    }
    this.#stepsSeen = steps;
    this.#isRunning = environments.next();
    return true;
  }

  #clearEnded(): void {
    this.endedReturns.length = 0;
    this.endedLengths.length = 0;
    this.endedAt.length = 0;
  }

  #recordEpisode(e: number, endedAt: number): void {
    const [episodeReturn, length] = [this.#returns[e], this.#lengths[e]];
    this.#returns[e] = 0;
    this.#lengths[e] = 0;
    this.endedReturns.push(episodeReturn);
    this.endedLengths.push(length);
    this.endedAt.push(endedAt);
    this.lastReturn = episodeReturn;
    this.lastLength = length;
    this.#recentReturns.push(episodeReturn);
    if (this.#recentReturns.length > RECENT) this.#recentReturns.shift();
  }

  /** Ends all episodes after an error: some environments may have made the step and others not. */
  #fail(error: unknown): never {
    if (this.#isRunning) this.#player.forget();
    this.#isRunning = false;
    throw error;
  }

  // --- checkpoints ---------------------------------------------------------------------------------------------------

  save(): SavedSession {
    const environments = this.#environments;
    const episodes = this.#isVector
      ? { episodeReturns: Array.from(this.#returns), episodeLengths: Array.from(this.#lengths) }
      : { episodeReturn: this.#returns[0], episodeLength: this.#lengths[0] };
    return {
      seeded: this.#seeded,
      recentReturns: this.#recentReturns,
      lastReturn: Number.isNaN(this.lastReturn) ? null : this.lastReturn,
      lastLength: this.lastLength,
      pendingUpdates: this.pendingUpdates,
      envState: environments?.saveState() ?? null,
      ...(environments?.save(this.#isRunning) ?? { observation: null }),
      ...episodes,
    };
  }

  /**
   * Checks a saved session before `restore`; changes nothing. A hostile file must not decide how long `learn` works, and must
   * not contain observations that `act` refuses.
   * @param mostUpdates largest allowed number of pending updates
   * @throws CheckpointError when the saved session does not fit
   */
  check(saved: SavedSession, mostUpdates: number): void {
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
    if (this.#environments === null || !this.#isLike(saved)) return;
    const { returns, lengths } = episodesOf(saved);
    for (const [what, list] of Object.entries({ episodeReturns: returns, episodeLengths: lengths })) {
      if (isNumbers(list) && list.length === this.#returns.length) continue;
      throw damaged(`session.${what}`, `${this.#returns.length} numbers`, list);
    }
    for (const length of lengths) requireCount("session.episodeLengths", length);
    this.#environments.check(saved);
  }

  /**
   * Restores a session that `check` accepted. The agent's counters are restored before.
   * @returns the reason why the running episodes cannot go on; undefined when they can
   * @throws CheckpointError when the environment refuses its state
   */
  restore(saved: SavedSession): string | undefined {
    this.#seeded = saved.seeded;
    this.#recentReturns = [...saved.recentReturns];
    this.lastReturn = saved.lastReturn ?? Number.NaN;
    this.lastLength = saved.lastLength;
    this.pendingUpdates = saved.pendingUpdates;
    this.#stepsSeen = this.#context.counters.envSteps;
    const environments = this.#environments;
    if (environments === null) return wasRunning(saved) ? "there is no environment" : undefined;
    if (!this.#isLike(saved)) return `it was saved in a ${this.#isVector ? "single" : "vector"} environment`;
    const hasState = loadEnvState(environments, saved.envState);
    if (!wasRunning(saved)) return undefined;
    if (!hasState) return "the environment has no saveState/loadState";
    const { returns, lengths } = episodesOf(saved);
    environments.load(saved);
    this.#returns.set(returns);
    this.#lengths.set(lengths);
    this.#isRunning = true;
    return undefined;
  }

  /** Returns true when the session was saved in the same kind of environment: single or vector. */
  #isLike(saved: SavedSession): boolean {
    return "observations" in saved === this.#isVector;
  }
}

function environmentRows(workplace: Workplace, context: AgentContext): EnvironmentRows | null {
  if (!("step" in workplace)) return null;
  return isVectorEnv(workplace)
    ? new VectorEnvironment(workplace as VectorEnv, context)
    : new SingleEnvironment(workplace as Env, context);
}

function wasRunning({ observation = null, observations = null }: SavedSession): boolean {
  return observation !== null || observations !== null;
}

/** Gets returns and lengths of the running episodes, of one or several environments. */
function episodesOf(saved: SavedSession): { readonly returns: readonly number[]; readonly lengths: readonly number[] } {
  if ("observations" in saved) {
    return { returns: saved.episodeReturns as readonly number[], lengths: saved.episodeLengths as readonly number[] };
  }
  return { returns: [saved.episodeReturn as number], lengths: [saved.episodeLength as number] };
}

/**
 * Loads the state of an environment.
 * @returns true when there was one
 * @throws CheckpointError when the environment refuses it
 */
function loadEnvState({ loadState }: EnvironmentRows, state: EnvState | null): boolean {
  if (state === null || loadState === undefined) return false;
  try {
    loadState(state);
  } catch (error) {
    throw new CheckpointError(
      `load: environment expected a state that it had saved, got one that it refuses: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return true;
}
