// Drives an agent in the worker in short calls of `learn`, so that pausing is between two of them, and a single step is a
// call of one. A run in pieces gives the same weights as one in a whole.

import type { Progress, RemoteAgent, RunSummary } from "bellwether";

/** How long one call of `learn` should take: short enough to pause at once, long enough to cost nothing. */
const PIECE_MS = 150;

export interface TrainingEvents {
  /** After each piece: the episodes that ended in it, its last numbers, and steps per second while it ran. */
  piece(run: RunSummary, progress: Progress | undefined): void;
  state(state: "paused" | "running" | "finished"): void;
  failure(error: unknown): void;
}

export class Training {
  readonly agent: RemoteAgent;
  readonly #events: TrainingEvents;
  #targetSteps: number;
  #pieceSteps = 100;
  #wanted = false;
  #working: Promise<void> | undefined;
  #disposed = false;

  constructor(agent: RemoteAgent, events: TrainingEvents) {
    this.agent = agent;
    this.#events = events;
    this.#targetSteps = this.plannedSteps;
  }

  /** Steps at which training ends by itself; further on it continues by as much again. */
  get targetSteps(): number {
    return this.#targetSteps;
  }

  get plannedSteps(): number {
    return this.agent.settings.totalSteps as number;
  }

  get isRunning(): boolean {
    return this.#wanted;
  }

  start(): void {
    if (this.#wanted || this.#disposed) return;
    while (this.agent.envSteps >= this.#targetSteps) this.#targetSteps += this.plannedSteps;
    this.#wanted = true;
    this.#events.state("running");
    const before = this.#working ?? Promise.resolve();
    this.#working = before.then(() => this.#work());
  }

  async pause(): Promise<void> {
    this.#wanted = false;
    await this.#working;
  }

  /** One step in the environment, with the updates that belong to it. */
  async step(): Promise<void> {
    await this.pause();
    this.#working = this.#piece(1);
    await this.#working;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.pause();
    await this.agent.dispose();
  }

  async #work(): Promise<void> {
    while (this.#wanted && this.agent.envSteps < this.#targetSteps) {
      const steps = Math.min(this.#pieceSteps, this.#targetSteps - this.agent.envSteps);
      const startedAt = performance.now();
      await this.#piece(steps);
      const ms = performance.now() - startedAt;
      // At most doubled, because the first steps, before any update, are much faster than the rest.
      this.#pieceSteps = Math.max(1, Math.round(Math.min(this.#pieceSteps * 2, (steps * PIECE_MS) / ms)));
    }
    const isDone = this.#wanted && this.agent.envSteps >= this.#targetSteps;
    this.#wanted = false;
    if (!this.#disposed) this.#events.state(isDone ? "finished" : "paused");
  }

  async #piece(steps: number): Promise<void> {
    let last: Progress | undefined;
    try {
      const onProgress = (progress: Progress): void => {
        last = progress;
      };
      const run = await this.agent.learn(steps, { onProgress });
      if (!this.#disposed) this.#events.piece(run, last);
    } catch (error) {
      this.#wanted = false;
      if (!this.#disposed) this.#events.failure(error);
    }
  }
}
