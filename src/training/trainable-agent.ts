// The part of an agent that is the same for all algorithms: the training loop, evaluation, counters, checkpoints of the
// run around the algorithm. A concrete agent says how it acts, observes and updates, and what its state is.

import type {
  ActOptions,
  Agent,
  EvaluateOptions,
  Evaluation,
  LearnOptions,
  LearnSyncOptions,
  MemoryReport,
  Progress,
  RunSummary,
  SaveOptions,
  StopReason,
  Transition,
  UpdateOptions,
} from "../agent.ts";
import type { Callback, RunView } from "../callback.ts";
import type { Env, EnvState, ResetResult, StepResult, SyncEnv } from "../env.ts";
import { CheckpointError, rejectUnknownOptions, requireNumber, StateError, show } from "../errors.ts";
import {
  type Checkpoint,
  type CheckpointTensor,
  damaged,
  encodeCheckpoint,
  requireCount,
  sha256Hex,
} from "../formats/checkpoint.ts";
import { describeMismatch, type Space, type SpaceValue } from "../space.ts";
import { evaluatePolicy, evaluatePolicySync } from "./evaluation.ts";
import { isPromise, SLICE_MS, Slice, yieldToHost } from "./yield.ts";

const LEARN_SYNC_OPTIONS = ["onProgress", "progressIntervalMs", "callbacks"];
const LEARN_OPTIONS = [...LEARN_SYNC_OPTIONS, "signal", "sliceMs"];
const EXPLORE: ActOptions = { explore: true };
/** Episodes whose mean return is reported. */
const RECENT = 100;

/** Where an agent works: an environment, or, for callers who own their loop, two spaces. */
export type Workplace = Env | { readonly observationSpace: Space; readonly actionSpace: Space };

/** Where the agent stands in its environment: JSON, part of a checkpoint. */
interface Session {
  /** Whether the environment was ever reset with the agent's seed. */
  seeded: boolean;
  /** Undefined between episodes. */
  observation: SpaceValue | undefined;
  episodeReturn: number;
  episodeLength: number;
  recentReturns: number[];
  lastReturn: number;
  lastLength: number;
  /** Updates that the last step called for and that are still to be made. */
  pendingUpdates: number;
}

interface SavedSession extends Omit<Session, "observation" | "lastReturn"> {
  readonly observation: SpaceValue | null;
  readonly lastReturn: number | null;
  readonly envState: EnvState | null;
}

/** What `learn` must do to reach its end; lives for one call. */
interface Run {
  readonly view: RunView;
  readonly callbacks: readonly Callback[];
  readonly options: LearnOptions;
  readonly startedAt: number;
  readonly firstStep: number;
  readonly firstUpdate: number;
  readonly firstEpisode: number;
  readonly targetSteps: number;
  readonly returns: number[];
  readonly lengths: number[];
  readonly ends: number[];
  progressAt: number;
  /** Hooks still to be called for the last step. */
  hooksDue: "none" | "step" | "episode";
  stopReason: string | undefined;
}

export abstract class TrainableAgent implements Agent {
  abstract readonly algorithm: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly seed: number;
  envSteps = 0;
  updates = 0;
  episodes = 0;
  readonly #env: Env | undefined;
  readonly #session: Session = {
    seeded: false,
    observation: undefined,
    episodeReturn: 0,
    episodeLength: 0,
    recentReturns: [],
    lastReturn: Number.NaN,
    lastLength: 0,
    pendingUpdates: 0,
  };
  #run: Run | undefined;
  #stepping = false;
  #disposed = false;

  constructor(workplace: Workplace, seed: number) {
    this.observationSpace = workplace.observationSpace;
    this.actionSpace = workplace.actionSpace;
    this.#env = "step" in workplace ? workplace : undefined;
    this.seed = seed;
  }

  abstract act(observation: SpaceValue, options?: ActOptions): number;
  abstract observe(transition: Transition): void;
  abstract update(options?: UpdateOptions): number;
  abstract memory(): MemoryReport;

  /** Updates that the algorithm wants after the step just observed. */
  protected abstract updatesDue(): number;
  /** The largest number that `updatesDue` may give. */
  protected abstract mostUpdatesDue(): number;
  /** The algorithm's own numbers, for progress, logs and callbacks. */
  protected abstract metrics(): Record<string, number>;
  /** Everything the algorithm needs to act ("policy") or to go on bit for bit ("run"). */
  protected abstract state(contents: "run" | "policy"): { tensors: CheckpointTensor[]; data: Record<string, unknown> };
  /** The trained numbers in canonical layout, in a fixed order. */
  protected abstract trained(): (Float32Array | Float64Array)[];
  /** Drops whatever spans steps of an episode (n-step windows): the run goes on in a new episode. */
  protected abstract forgetEpisode(): void;
  protected abstract release(): void;

  learn(steps: number, options: LearnOptions = {}): Promise<RunSummary> {
    // Errors of the call itself come as a rejection like any other, before anything changed.
    return new Promise((resolve, reject) => {
      const run = this.#begin("learn", steps, options);
      this.#drive(run).then(resolve, reject);
    });
  }

  async #drive(run: Run): Promise<RunSummary> {
    const { signal, sliceMs = SLICE_MS } = run.options;
    try {
      const started = this.#call(run, "onStart");
      if (started !== undefined) await started;
      const slice = new Slice(sliceMs);
      while (!this.#ended(run, signal)) {
        const pending = this.#work(run, slice, signal);
        if (pending !== undefined) {
          await pending;
          // A promise that was settled at once let nobody else run.
          if (!slice.isOver(performance.now()) && !this.#ended(run, signal)) continue;
        }
        await yieldToHost();
        slice.begin();
      }
      const ended = this.#call(run, "onEnd");
      if (ended !== undefined) await ended;
      return this.#finish(run);
    } finally {
      this.#run = undefined;
      this.#stepping = false;
    }
  }

  learnSync(steps: number, options: LearnSyncOptions = {}): RunSummary {
    const run = this.#begin("learnSync", steps, options);
    const refuse = (promise: Promise<void> | undefined): void => {
      if (promise === undefined) return;
      promise.catch(() => {});
      throw new TypeError(
        "learnSync: environment and callbacks expected to answer at once, got a promise. Use learn instead.",
      );
    };
    try {
      refuse(this.#call(run, "onStart"));
      const slice = new Slice(Number.POSITIVE_INFINITY);
      while (!this.#ended(run)) refuse(this.#work(run, slice, undefined));
      refuse(this.#call(run, "onEnd"));
      return this.#finish(run);
    } finally {
      this.#run = undefined;
      this.#stepping = false;
    }
  }

  evaluate(makeEnv: () => Env, options: EvaluateOptions = {}): Promise<Evaluation> {
    this.requireUsable("evaluate");
    return evaluatePolicy((observation) => this.act(observation), makeEnv(), options);
  }

  evaluateSync(makeEnv: () => SyncEnv, options: Omit<EvaluateOptions, "signal"> = {}): Evaluation {
    this.requireUsable("evaluateSync");
    return evaluatePolicySync((observation) => this.act(observation), makeEnv(), options);
  }

  save(options: SaveOptions = {}): Uint8Array {
    this.requireUsable("save");
    rejectUnknownOptions("save", options, ["contents"]);
    const { contents = "run" } = options;
    if (contents !== "run" && contents !== "policy") {
      throw new RangeError(`save: contents expected "run" or "policy", got ${show(contents)}. Leave it out for "run".`);
    }
    if (this.#stepping && contents === "run") {
      throw new StateError(
        "save: a run expected to be between two steps, got a call from inside one. Save from a callback, or save the policy.",
      );
    }
    const { tensors, data } = this.state(contents);
    return encodeCheckpoint({
      algorithm: this.algorithm,
      contents,
      observationSpace: this.observationSpace,
      actionSpace: this.actionSpace,
      counters: { envSteps: this.envSteps, updates: this.updates, episodes: this.episodes },
      session: contents === "run" ? this.#saveSession() : undefined,
      data,
      tensors,
    });
  }

  async weightsSha256(): Promise<string> {
    this.requireUsable("weightsSha256");
    return sha256Hex(this.trained());
  }

  hasFiniteWeights(): boolean {
    this.requireUsable("hasFiniteWeights");
    // x - x is 0 for finite numbers only.
    const areFinite = (numbers: Float32Array | Float64Array): boolean => numbers.every((x: number) => x - x === 0);
    return this.trained().every(areFinite);
  }

  dispose(): void {
    if (this.#run !== undefined) {
      throw new StateError("dispose: agent expected to be idle, got a call while learn runs. Abort the run first.");
    }
    if (!this.#disposed) this.release();
    this.#disposed = true;
  }

  /** @throws StateError after dispose */
  protected requireUsable(where: string): void {
    if (this.#disposed)
      throw new StateError(`${where}: agent expected to be in use, got one that was disposed of. Build a new one.`);
  }

  /** Counters and the place in the environment, from a checkpoint of this algorithm. Called after the algorithm's own state. */
  protected restoreRun(checkpoint: Checkpoint): void {
    const { counters } = checkpoint;
    this.envSteps = counters.envSteps;
    this.updates = counters.updates;
    this.episodes = counters.episodes;
    if (checkpoint.session === undefined) return;
    const saved = checkpoint.session as SavedSession;
    this.#requireSession(saved);
    const session = this.#session;
    session.seeded = saved.seeded;
    session.recentReturns = [...saved.recentReturns];
    session.lastReturn = saved.lastReturn ?? Number.NaN;
    session.lastLength = saved.lastLength;
    session.pendingUpdates = saved.pendingUpdates;
    const hasState = saved.envState !== null && this.#env?.loadState !== undefined;
    if (hasState) {
      try {
        this.#env!.loadState!(saved.envState);
      } catch (error) {
        throw new CheckpointError(
          `load: environment expected a state that it had saved, got one that it refuses: ${(error as Error).message}`,
          { cause: error },
        );
      }
    }
    if (saved.observation === null) return;
    if (hasState) {
      session.observation = saved.observation;
      session.episodeReturn = saved.episodeReturn;
      session.episodeLength = saved.episodeLength;
      return;
    }
    this.forgetEpisode();
    if (this.#env !== undefined) {
      console.warn(
        `${this.algorithm}.load: the environment has no saveState/loadState; the run goes on in a new episode, not bit for bit.`,
      );
    }
  }

  /** @throws CheckpointError: a hostile file must not decide how long `learn` works, or feed it what `act` refuses */
  #requireSession(saved: SavedSession): void {
    requireCount("session.pendingUpdates", saved.pendingUpdates);
    requireCount("session.episodeLength", saved.episodeLength);
    requireCount("session.lastLength", saved.lastLength);
    if (saved.pendingUpdates > this.mostUpdatesDue()) {
      throw damaged("session.pendingUpdates", `at most ${this.mostUpdatesDue()}`, saved.pendingUpdates);
    }
    const isNumber = (value: unknown): boolean => typeof value === "number";
    const { recentReturns, lastReturn, episodeReturn, observation } = saved;
    if (!Array.isArray(recentReturns) || recentReturns.length > RECENT || !recentReturns.every(isNumber)) {
      throw damaged("session.recentReturns", `at most ${RECENT} numbers`, recentReturns);
    }
    if (!isNumber(episodeReturn)) throw damaged("session.episodeReturn", "a number", episodeReturn);
    if (lastReturn !== null && !isNumber(lastReturn)) throw damaged("session.lastReturn", "a number", lastReturn);
    if (typeof saved.seeded !== "boolean") throw damaged("session.seeded", "true or false", saved.seeded);
    if (observation === null) return;
    const problem = describeMismatch(this.observationSpace, observation, false);
    if (problem !== undefined) throw damaged("session.observation", problem.split(", got ")[0], observation);
  }

  #saveSession(): SavedSession {
    const session = this.#session;
    const { observation } = session;
    return {
      ...session,
      observation: observation === undefined ? null : toJson(observation),
      lastReturn: Number.isNaN(session.lastReturn) ? null : session.lastReturn,
      envState: this.#env?.saveState?.() ?? null,
    };
  }

  // --- the loop ------------------------------------------------------------------------------------------------------

  #begin(where: "learn" | "learnSync", steps: number, options: LearnOptions): Run {
    this.requireUsable(where);
    requireNumber(where, "steps", steps, { integer: true, min: 1 }, "It counts environment steps.");
    rejectUnknownOptions(where, options, where === "learn" ? LEARN_OPTIONS : LEARN_SYNC_OPTIONS);
    const { progressIntervalMs = 250, sliceMs = 0, callbacks = [] } = options;
    requireNumber(where, "progressIntervalMs", progressIntervalMs, { min: 0 }, "It is a time in milliseconds.");
    requireNumber(where, "sliceMs", sliceMs, { min: 0 }, "It is a time in milliseconds.");
    for (const { name, everySteps = 1 } of callbacks) {
      const rule = { integer: true, min: 1 };
      requireNumber(where, `everySteps of callback ${name}`, everySteps, rule, "It counts environment steps.");
    }
    if (this.#env === undefined) {
      throw new StateError(
        `${where}: agent expected to have an environment, got spaces only. Use act, observe and update.`,
      );
    }
    if (this.#run !== undefined) {
      throw new StateError(`${where}: agent expected to be idle, got a call while learn runs. Await the first call.`);
    }
    const startedAt = performance.now();
    const agent = this;
    const session = this.#session;
    const run: Run = {
      callbacks,
      options,
      startedAt,
      firstStep: this.envSteps,
      firstUpdate: this.updates,
      firstEpisode: this.episodes,
      targetSteps: this.envSteps + steps,
      returns: [],
      lengths: [],
      ends: [],
      progressAt: startedAt + progressIntervalMs,
      hooksDue: "none",
      stopReason: undefined,
      view: {
        agent,
        isSync: where === "learnSync",
        get envSteps() {
          return agent.envSteps;
        },
        get episodes() {
          return agent.episodes;
        },
        get updates() {
          return agent.updates;
        },
        get seconds() {
          return (performance.now() - startedAt) / 1000;
        },
        get lastReturn() {
          return session.lastReturn;
        },
        get lastLength() {
          return session.lastLength;
        },
        get meanReturn() {
          return mean(session.recentReturns);
        },
        metrics: () => agent.metrics(),
        stop: (reason: string) => {
          run.stopReason ??= reason;
        },
      },
    };
    this.#run = run;
    return run;
  }

  /** A run ends between two steps: after the updates and hooks that belong to the last one. */
  #ended(run: Run, signal?: AbortSignal): boolean {
    if (this.#session.pendingUpdates > 0 || run.hooksDue !== "none") return false;
    return this.envSteps >= run.targetSteps || run.stopReason !== undefined || signal?.aborted === true;
  }

  /** Works until the slice is over. @returns a promise to wait for before going on, or undefined */
  #work(run: Run, slice: Slice, signal: AbortSignal | undefined): Promise<void> | undefined {
    while (!this.#ended(run, signal)) {
      const pending = this.#workOnce(run);
      if (pending !== undefined) return pending;
      const now = performance.now();
      if (now >= run.progressAt) this.#report(run, now);
      if (slice.isOver(now)) return undefined;
    }
    return undefined;
  }

  /** One update, one step, or one step's hooks: a burst of updates must not hold up the event loop. */
  #workOnce(run: Run): Promise<void> | undefined {
    const env = this.#env!;
    const session = this.#session;
    if (session.pendingUpdates > 0) {
      session.pendingUpdates = this.update() === 0 ? 0 : session.pendingUpdates - 1;
      return undefined;
    }
    if (run.hooksDue !== "none") {
      const episode = run.hooksDue === "episode" ? this.#call(run, "onEpisodeEnd") : undefined;
      run.hooksDue = "none";
      return episode === undefined ? this.#call(run, "onStep") : episode.then(() => this.#call(run, "onStep"));
    }
    this.#stepping = true;
    if (session.observation === undefined) {
      const result = session.seeded ? env.reset() : env.reset({ seed: this.seed });
      if (isPromise(result)) return result.then((value) => this.#enter(value));
      this.#enter(result);
      return undefined;
    }
    const action = this.act(session.observation, EXPLORE);
    const result = env.step(action);
    if (isPromise(result)) return result.then((value) => this.#take(run, action, value));
    this.#take(run, action, result);
    return undefined;
  }

  #enter(result: ResetResult): void {
    const session = this.#session;
    session.seeded = true;
    session.observation = result.observation;
    session.episodeReturn = 0;
    session.episodeLength = 0;
    this.#stepping = false;
  }

  #take(run: Run, action: number, result: StepResult): void {
    const session = this.#session;
    const { observation, reward, terminated, truncated } = result;
    this.observe({
      observation: session.observation!,
      action,
      reward,
      nextObservation: observation,
      terminated,
      truncated,
    });
    session.episodeReturn += reward;
    session.episodeLength++;
    session.observation = observation;
    run.hooksDue = "step";
    if (terminated || truncated) {
      session.observation = undefined;
      session.lastReturn = session.episodeReturn;
      session.lastLength = session.episodeLength;
      session.recentReturns.push(session.episodeReturn);
      if (session.recentReturns.length > RECENT) session.recentReturns.shift();
      run.returns.push(session.episodeReturn);
      run.lengths.push(session.episodeLength);
      run.ends.push(this.envSteps);
      run.hooksDue = "episode";
    }
    session.pendingUpdates = this.updatesDue();
    this.#stepping = false;
  }

  /** Calls a hook of all callbacks, in order; waits for those that return a promise. */
  #call(run: Run, hook: "onStart" | "onStep" | "onEpisodeEnd" | "onEnd", from: number = 0): Promise<void> | undefined {
    for (let i = from; i < run.callbacks.length; i++) {
      const callback = run.callbacks[i];
      if (hook === "onStep" && this.envSteps % (callback.everySteps ?? 1) !== 0) continue;
      const result = callback[hook]?.(run.view);
      if (result !== undefined && isPromise(result)) return result.then(() => this.#call(run, hook, i + 1));
    }
    return undefined;
  }

  #report(run: Run, now: number): void {
    run.progressAt = now + (run.options.progressIntervalMs ?? 250);
    if (run.options.onProgress === undefined) return;
    const seconds = (now - run.startedAt) / 1000;
    const stepsPerSecond = (this.envSteps - run.firstStep) / seconds;
    const progress: Progress = {
      envSteps: this.envSteps,
      targetSteps: run.targetSteps,
      episodes: this.episodes,
      updates: this.updates,
      seconds,
      stepsPerSecond,
      etaSeconds: (run.targetSteps - this.envSteps) / stepsPerSecond,
      lastReturn: this.#session.lastReturn,
      meanReturn: mean(this.#session.recentReturns),
      metrics: this.metrics(),
    };
    run.options.onProgress(progress);
  }

  #finish(run: Run): RunSummary {
    const now = performance.now();
    const isComplete = this.envSteps >= run.targetSteps;
    const stopped: StopReason = run.stopReason !== undefined ? "callback" : isComplete ? "completed" : "aborted";
    this.#report(run, now);
    return {
      envSteps: this.envSteps - run.firstStep,
      updates: this.updates - run.firstUpdate,
      episodes: this.episodes - run.firstEpisode,
      seconds: (now - run.startedAt) / 1000,
      stopped,
      ...(run.stopReason === undefined ? {} : { reason: run.stopReason }),
      episodeReturns: run.returns,
      episodeLengths: run.lengths,
      episodeEnds: run.ends,
    };
  }
}

/** An observation as JSON that reads back as the same numbers. */
function toJson(value: SpaceValue): SpaceValue {
  if (typeof value !== "object") return value;
  if (ArrayBuffer.isView(value) || Array.isArray(value)) return Array.from(value as ArrayLike<number>);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, toJson(part)]));
}

function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
