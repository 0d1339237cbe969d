// Evaluation: greedy episodes in a separate environment, with separate seeds.

import type { EvaluateOptions, Evaluation } from "../agent.ts";
import type { Env, ResetResult, StepResult } from "../env.ts";
import { rejectUnknownOptions, requireNumber } from "../errors.ts";
import type { SpaceValue } from "../space.ts";
import { isPromise, SLICE_MS, Slice, yieldToHost } from "./yield.ts";

/**
 * Function from an observation to an action.
 * @param episodeStart true for the first observation of an episode: a recurrent policy resets its memory then
 */
export type Policy = (observation: SpaceValue, episodeStart: boolean) => SpaceValue;

/** Runs episodes. `work` runs until the environment answers with a promise, all episodes are done, or the time is up. */
class EpisodeRunner {
  readonly returns: number[] = [];
  readonly lengths: number[] = [];
  readonly #policy: Policy;
  readonly #env: Env;
  readonly #episodes: number;
  readonly #seed: number;
  readonly #maxEpisodeSteps: number;
  #observation: SpaceValue | undefined;
  #return = 0;
  #length = 0;

  constructor(policy: Policy, env: Env, options: EvaluateOptions) {
    rejectUnknownOptions("evaluate", options, ["episodes", "seed", "maxEpisodeSteps", "signal"]);
    const { episodes = 100, seed = 10_000, maxEpisodeSteps = 100_000 } = options;
    requireNumber("evaluate", "episodes", episodes, { integer: true, min: 1 }, "Set options.episodes.");
    requireNumber("evaluate", "seed", seed, { integer: true, min: 0 }, "Set options.seed.");
    this.#policy = policy;
    this.#env = env;
    this.#episodes = episodes;
    requireNumber("evaluate", "maxEpisodeSteps", maxEpisodeSteps, { integer: true, min: 1 }, "Set it or leave it out.");
    this.#seed = seed;
    this.#maxEpisodeSteps = maxEpisodeSteps;
  }

  get done(): boolean {
    return this.returns.length === this.#episodes;
  }

  /** @returns a promise to wait for, or undefined when done or when the slice is over */
  work(slice: Slice): Promise<void> | undefined {
    while (!this.done) {
      if (this.#observation === undefined) {
        const result = this.#env.reset({ seed: this.#seed + this.returns.length });
        if (isPromise(result)) return result.then((value) => this.#begin(value));
        this.#begin(result);
      }
      const result = this.#env.step(this.#policy(this.#observation!, this.#length === 0));
      if (isPromise(result)) return result.then((value) => this.#take(value));
      this.#take(result);
      if (slice.isOver(performance.now())) return undefined;
    }
    return undefined;
  }

  #begin(result: ResetResult): void {
    this.#observation = result.observation;
    this.#return = 0;
    this.#length = 0;
  }

  #take(result: StepResult): void {
    this.#return += result.reward;
    this.#length++;
    this.#observation = result.observation;
    if (result.terminated || result.truncated || this.#length >= this.#maxEpisodeSteps) {
      this.returns.push(this.#return);
      this.lengths.push(this.#length);
      this.#observation = undefined;
    }
  }

  summary(): Evaluation {
    return summarize(this.returns, this.lengths);
  }
}

/** Computes mean, standard deviation and range of episode returns. @param returns at least one return */
export function summarize(returns: readonly number[], lengths: readonly number[]): Evaluation {
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const variance = returns.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / returns.length;
  return {
    mean,
    std: Math.sqrt(variance),
    min: returns.reduce((least, value) => Math.min(least, value)),
    max: returns.reduce((most, value) => Math.max(most, value)),
    episodes: returns.length,
    envSteps: lengths.reduce((sum, value) => sum + value, 0),
    returns: [...returns],
    lengths: [...lengths],
  };
}

/**
 * Evaluates a policy, yielding to the event loop. Closes the environment at the end.
 * @throws the signal's reason when aborted
 */
export async function evaluatePolicy(policy: Policy, env: Env, options: EvaluateOptions = {}): Promise<Evaluation> {
  const runner = new EpisodeRunner(policy, env, options);
  try {
    options.signal?.throwIfAborted();
    // The caller may be at the end of its own slice of work: a callback of `learn`.
    await yieldToHost();
    const slice = new Slice(SLICE_MS);
    while (!runner.done) {
      options.signal?.throwIfAborted();
      const pending = runner.work(slice);
      if (pending !== undefined) {
        await pending;
        // The promise may have settled at once: then the event loop had no turn.
        if (!slice.isOver(performance.now()) && !runner.done) continue;
      }
      await yieldToHost();
      slice.begin();
    }
    return runner.summary();
  } finally {
    env.close?.();
  }
}

/**
 * Evaluates a policy without yielding. Closes the environment at the end.
 * @throws TypeError when the environment returns a promise
 */
export function evaluatePolicySync(policy: Policy, env: Env, options: EvaluateOptions = {}): Evaluation {
  const runner = new EpisodeRunner(policy, env, options);
  try {
    if (runner.work(new Slice(Number.POSITIVE_INFINITY)) !== undefined) {
      throw new TypeError("evaluateSync: environment expected to answer at once, got a promise. Use evaluate instead.");
    }
    return runner.summary();
  } finally {
    env.close?.();
  }
}
