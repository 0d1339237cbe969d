// What may look at a run while it goes, and stop it. Callbacks know the agent by its contract only.

import type { Agent } from "./agent.ts";

/** What a callback is told. The same object is passed each time: copy what is to be kept. */
export interface RunView {
  readonly agent: Agent;
  /** Whether `learnSync` drives the run: hooks must answer at once then. */
  readonly isSync: boolean;
  readonly envSteps: number;
  /** In `onEpisodeEnd` up to the one that is told, of several that ended in one step of a vector environment. */
  readonly episodes: number;
  readonly updates: number;
  /** Seconds since this call of `learn` began. */
  readonly seconds: number;
  /** Of the last finished episode, in `onEpisodeEnd` of the one that is told; NaN before the first. */
  readonly lastReturn: number;
  readonly lastLength: number;
  /** Mean return of the last 100 finished episodes; NaN before the first. */
  readonly meanReturn: number;
  /** The algorithm's own numbers (loss, epsilon, ...). */
  metrics(): Readonly<Record<string, number>>;
  /** Ends the run after this step. */
  stop(reason: string): void;
}

type Hook = (run: RunView) => void | Promise<void>;

/** All hooks may return a promise; in `learnSync` that is an error. */
export interface Callback {
  readonly name: string;
  /**
   * `onStep` is called when a step brings the agent's step count to a multiple of this, or past one: environments stepped
   * together make several steps at a time. Once a step at most. @default 1
   */
  readonly everySteps?: number;
  onStart?: Hook;
  onStep?: Hook;
  onEpisodeEnd?: Hook;
  onEnd?: Hook;
}
