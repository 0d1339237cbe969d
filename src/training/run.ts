// The loop of `learn`: steps of the environments, updates that become due, callbacks, progress. The loop does one unit of work
// at a time, so that the event loop gets its turn however many updates are due after a step.

import type {
  Agent,
  Callback,
  LearnOptions,
  LearnSyncOptions,
  Progress,
  RunSummary,
  RunView,
  StopReason,
} from "../agent.ts";
import { rejectUnknownOptions, requireNumber } from "../errors.ts";
import type { RunCounters } from "./context.ts";
import type { Session } from "./session.ts";
import { isPromise, SLICE_MS, Slice, yieldToHost } from "./yield.ts";

const LEARN_SYNC_OPTIONS = ["onProgress", "progressIntervalMs", "callbacks"];
const LEARN_OPTIONS = [...LEARN_SYNC_OPTIONS, "signal", "sliceMs"];
const PROGRESS_INTERVAL_MS = 250;

/** Parts of an agent that a run drives. */
export interface Driven {
  readonly agent: Agent;
  readonly counters: Readonly<RunCounters>;
  readonly session: Session;
  /** Returns the number of updates due after a step. @param stepsBefore environment steps before that step */
  due(stepsBefore: number): number;
  /** Makes one update. @returns false when there was none to make */
  updateOnce(): boolean;
  /** Returns a promise to wait for after an update; undefined: nothing to wait for. */
  settle(): Promise<void> | undefined;
  metrics(): Record<string, number>;
  /** Copies the results of a device to the CPU, before the run ends. */
  finish(): Promise<void> | undefined;
}

/** Checks the options of `learn`. @throws TypeError or RangeError when an option is unknown or out of range */
export function checkLearnOptions(where: "learn" | "learnSync", steps: number, options: LearnOptions): void {
  requireNumber(where, "steps", steps, { integer: true, min: 1 }, "It counts environment steps.");
  rejectUnknownOptions(where, options, where === "learn" ? LEARN_OPTIONS : LEARN_SYNC_OPTIONS);
  const { progressIntervalMs = 0, sliceMs = 0, callbacks = [] } = options;
  requireNumber(where, "progressIntervalMs", progressIntervalMs, { min: 0 }, "It is a time in milliseconds.");
  requireNumber(where, "sliceMs", sliceMs, { min: 0 }, "It is a time in milliseconds.");
  for (const { name, everySteps = 1 } of callbacks) {
    const rule = { integer: true, min: 1 };
    requireNumber(where, `everySteps of callback ${name}`, everySteps, rule, "It counts environment steps.");
  }
}

/** One call of `learn` or `learnSync`. Callbacks see the run as a `RunView`. */
export class Run implements RunView {
  readonly isSync: boolean;
  /** Functions instead of methods, so that a callback may destructure the view. */
  readonly metrics: () => Record<string, number>;
  readonly stop: (reason: string) => void;
  readonly #driven: Driven;
  readonly #options: LearnOptions;
  readonly #callbacks: readonly Callback[];
  readonly #startedAt: number = performance.now();
  readonly #first: RunCounters;
  readonly #targetSteps: number;
  readonly #returns: number[] = [];
  readonly #lengths: number[] = [];
  readonly #ends: number[] = [];
  #progressAt: number;
  /** Environment steps before the last step. */
  #stepsBefore: number;
  /** True when hooks are still to be called for the last step. */
  #hooksDue = false;
  /** Number of episodes of the last step that `onEpisodeEnd` reported, including the one it reports now. */
  #reported = 0;
  #stopReason: string | undefined;
  #isStepping = false;

  /** @pre `checkLearnOptions` accepted the options */
  constructor(driven: Driven, steps: number, options: LearnOptions | LearnSyncOptions, isSync: boolean) {
    const { counters } = driven;
    this.isSync = isSync;
    this.metrics = () => driven.metrics();
    this.stop = (reason) => {
      this.#stopReason ??= reason;
    };
    this.#driven = driven;
    this.#options = options;
    this.#callbacks = options.callbacks ?? [];
    this.#first = { ...counters };
    this.#targetSteps = counters.envSteps + steps;
    this.#stepsBefore = counters.envSteps;
    this.#progressAt = this.#startedAt + (options.progressIntervalMs ?? PROGRESS_INTERVAL_MS);
  }

  /** True during a step: the agent is then in the middle of a change. */
  get isStepping(): boolean {
    return this.#isStepping;
  }

  /** Runs to the end, yielding to the event loop. */
  async drive(): Promise<RunSummary> {
    const { sliceMs = SLICE_MS } = this.#options;
    const started = this.#call("onStart");
    if (started !== undefined) await started;
    const slice = new Slice(sliceMs);
    while (!this.#hasEnded()) {
      const pending = this.#work(slice);
      if (pending !== undefined) {
        await pending;
        // The promise may have settled at once: then the event loop had no turn.
        if (!slice.isOver(performance.now()) && !this.#hasEnded()) continue;
      }
      await yieldToHost();
      slice.begin();
    }
    const finished = this.#driven.finish();
    if (finished !== undefined) await finished;
    const ended = this.#call("onEnd");
    if (ended !== undefined) await ended;
    return this.#summary();
  }

  driveSync(): RunSummary {
    refusePromise(this.#call("onStart"));
    const slice = new Slice(Number.POSITIVE_INFINITY);
    while (!this.#hasEnded()) refusePromise(this.#work(slice));
    refusePromise(this.#call("onEnd"));
    return this.#summary();
  }

  /** Returns true when the run is over. A run ends between two steps, after the updates and hooks of the last step. */
  #hasEnded(): boolean {
    const { counters, session } = this.#driven;
    if (session.pendingUpdates > 0 || this.#hooksDue) return false;
    return (
      counters.envSteps >= this.#targetSteps || this.#stopReason !== undefined || this.#options.signal?.aborted === true
    );
  }

  /** Works until the slice is over. @returns a promise to wait for before the next work, or undefined */
  #work(slice: Slice): Promise<void> | undefined {
    while (!this.#hasEnded()) {
      const pending = this.#workOnce();
      if (pending !== undefined) return pending;
      const now = performance.now();
      if (now >= this.#progressAt) this.#report(now);
      if (slice.isOver(now)) return undefined;
    }
    return undefined;
  }

  /** Does one unit of work: an update, a step, or a hook of a step. */
  #workOnce(): Promise<void> | undefined {
    const { session, counters } = this.#driven;
    if (session.pendingUpdates > 0) {
      session.pendingUpdates = this.#driven.updateOnce() ? session.pendingUpdates - 1 : 0;
      return this.#driven.settle();
    }
    if (this.#hooksDue) return this.#callNextHook();
    this.#stepsBefore = counters.envSteps;
    this.#isStepping = true;
    const stepped = session.advance();
    if (isPromise(stepped)) return stepped.then((isStep) => this.#advanced(isStep));
    this.#advanced(stepped);
    return undefined;
  }

  /** Called after a step, or after a reset without a step. */
  #advanced(isStep: boolean): void {
    this.#isStepping = false;
    if (!isStep) return;
    const { session } = this.#driven;
    for (let i = 0; i < session.endedReturns.length; i++) {
      this.#returns.push(session.endedReturns[i]);
      this.#lengths.push(session.endedLengths[i]);
      this.#ends.push(session.endedAt[i]);
    }
    this.#hooksDue = true;
    session.pendingUpdates = this.#driven.due(this.#stepsBefore);
  }

  // --- callbacks -----------------------------------------------------------------------------------------------------

  #callNextHook(): Promise<void> | undefined {
    if (this.#reported < this.#driven.session.endedReturns.length) {
      this.#reported++;
      return this.#call("onEpisodeEnd");
    }
    this.#reported = 0;
    this.#hooksDue = false;
    return this.#call("onStep");
  }

  /** Calls a hook of all callbacks in order, and waits for returned promises. */
  #call(hook: "onStart" | "onStep" | "onEpisodeEnd" | "onEnd", from: number = 0): Promise<void> | undefined {
    for (let i = from; i < this.#callbacks.length; i++) {
      const callback = this.#callbacks[i];
      if (hook === "onStep" && !this.#passedMultiple(callback.everySteps ?? 1)) continue;
      const result = callback[hook]?.(this);
      if (result !== undefined && isPromise(result)) return result.then(() => this.#call(hook, i + 1));
    }
    return undefined;
  }

  /** Returns true when the last step brought the step count to a multiple of `everySteps`, or past one. */
  #passedMultiple(everySteps: number): boolean {
    const { envSteps } = this.#driven.counters;
    return envSteps % everySteps < envSteps - this.#stepsBefore;
  }

  get agent(): Agent {
    return this.#driven.agent;
  }

  get envSteps(): number {
    return this.#driven.counters.envSteps;
  }

  get updates(): number {
    return this.#driven.counters.updates;
  }

  get episodes(): number {
    const { counters, session } = this.#driven;
    // Several episodes may end together. While one of them is reported, the ones to be reported later do not count yet.
    return counters.episodes - (this.#reported === 0 ? 0 : session.endedReturns.length - this.#reported);
  }

  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  get lastReturn(): number {
    const { session } = this.#driven;
    return this.#reported === 0 ? session.lastReturn : session.endedReturns[this.#reported - 1];
  }

  get lastLength(): number {
    const { session } = this.#driven;
    return this.#reported === 0 ? session.lastLength : session.endedLengths[this.#reported - 1];
  }

  get meanReturn(): number {
    return this.#driven.session.meanReturn;
  }

  // --- reports -------------------------------------------------------------------------------------------------------

  #report(now: number): void {
    const { onProgress, progressIntervalMs = PROGRESS_INTERVAL_MS } = this.#options;
    this.#progressAt = now + progressIntervalMs;
    if (onProgress === undefined) return;
    const { counters, session } = this.#driven;
    const seconds = (now - this.#startedAt) / 1000;
    const stepsPerSecond = (counters.envSteps - this.#first.envSteps) / seconds;
    const progress: Progress = {
      envSteps: counters.envSteps,
      targetSteps: this.#targetSteps,
      episodes: counters.episodes,
      updates: counters.updates,
      seconds,
      stepsPerSecond,
      etaSeconds: Math.max(0, this.#targetSteps - counters.envSteps) / stepsPerSecond,
      lastReturn: session.lastReturn,
      meanReturn: session.meanReturn,
      metrics: this.#driven.metrics(),
    };
    onProgress(progress);
  }

  #summary(): RunSummary {
    const { counters } = this.#driven;
    const now = performance.now();
    this.#report(now);
    const reason = this.#stopReason;
    return {
      envSteps: counters.envSteps - this.#first.envSteps,
      updates: counters.updates - this.#first.updates,
      episodes: counters.episodes - this.#first.episodes,
      seconds: (now - this.#startedAt) / 1000,
      stopped: this.#stopped(),
      ...(reason === undefined ? {} : { reason }),
      episodeReturns: this.#returns,
      episodeLengths: this.#lengths,
      episodeEnds: this.#ends,
    };
  }

  #stopped(): StopReason {
    if (this.#stopReason !== undefined) return "callback";
    return this.#driven.counters.envSteps >= this.#targetSteps ? "completed" : "aborted";
  }
}

/** Refuses promises in `learnSync`. @throws TypeError for a promise */
function refusePromise(promise: Promise<void> | undefined): void {
  if (promise === undefined) return;
  promise.catch(() => {});
  throw new TypeError(
    "learnSync: environment and callbacks expected to answer at once, got a promise. Use learn instead.",
  );
}
