// The part of an agent that is the same for all algorithms: the training loop, evaluation, counters, checkpoints of the
// run around the algorithm. A concrete agent says how it acts, observes and updates, and what its state is.

import type {
  ActionValue,
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
import { type Env, isVectorEnv, type SyncEnv, type VectorEnv } from "../env.ts";
import { rejectUnknownOptions, requireNumber, StateError, show } from "../errors.ts";
import { type Checkpoint, type CheckpointTensor, encodeCheckpoint, sha256Hex } from "../formats/checkpoint.ts";
import type { GoalFunctions } from "../replay/hindsight.ts";
import type { Space, SpaceValue } from "../space.ts";
import { type EnvSession, type SavedSession, SingleSession, type VectorLearner, VectorSession } from "./env-session.ts";
import { evaluatePolicy, evaluatePolicySync, type Policy } from "./evaluation.ts";
import { isPromise, SLICE_MS, Slice, yieldToHost } from "./yield.ts";

const LEARN_SYNC_OPTIONS = ["onProgress", "progressIntervalMs", "callbacks"];
const LEARN_OPTIONS = [...LEARN_SYNC_OPTIONS, "signal", "sliceMs"];

/**
 * Where an agent works: an environment; several stepped together (mode "same-step"), for agents that learn from several; or,
 * for callers who own their loop, two spaces, and the two functions of an environment with goals where hindsight asks them.
 */
export type Workplace =
  | Env
  | VectorEnv
  | ({ readonly observationSpace: Space; readonly actionSpace: Space } & Partial<GoalFunctions>);

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
  /** Environment steps before the last step. */
  stepsBefore: number;
  /** Whether hooks are still to be called for the last step. */
  hooksDue: boolean;
  /** How many of the episodes that ended in the last step were reported, the one in report included. */
  reported: number;
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
  readonly #hasEnv: boolean;
  readonly #session: EnvSession;
  #run: Run | undefined;
  #stepping = false;
  #disposed = false;

  constructor(workplace: Workplace, seed: number) {
    this.observationSpace = workplace.observationSpace;
    this.actionSpace = workplace.actionSpace;
    this.seed = seed;
    this.#hasEnv = "step" in workplace;
    this.#session = isVectorEnv(workplace)
      ? new VectorSession(workplace, requireVectorLearner(new.target.name, workplace, this.vectorLearner))
      : new SingleSession("step" in workplace ? workplace : undefined, this);
  }

  abstract act(observation: SpaceValue, options?: ActOptions): ActionValue;
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

  /** The agent itself, where it can learn from several environments at once. */
  protected get vectorLearner(): (TrainableAgent & VectorLearner) | undefined {
    return undefined;
  }

  /** Whether what is learned can be acted on and read at once; a device's learning is brought here by `sync`. */
  protected get isImmediate(): boolean {
    return true;
  }

  /** What `learn` waits for after an update; undefined: nothing. */
  protected settle(): Promise<void> | undefined {
    return undefined;
  }

  /** Makes one of the updates that are due. @returns how many were made: 0 when there is nothing to learn from */
  protected updateOnce(): number {
    return this.update();
  }

  /**
   * Makes updates one by one while there is one to make.
   * @param usual the most of them where the options say nothing
   */
  protected makeUpdates(options: UpdateOptions | undefined, usual: number): number {
    this.requireUsable("update");
    let maxUpdates = usual;
    let deadline = Number.POSITIVE_INFINITY;
    if (options !== undefined) {
      rejectUnknownOptions("update", options, ["maxUpdates", "budgetMs"]);
      if (options.maxUpdates !== undefined) {
        maxUpdates = options.maxUpdates;
        requireNumber("update", "maxUpdates", maxUpdates, { integer: true, min: 0 }, "It counts updates.");
      }
      if (options.budgetMs !== undefined) {
        requireNumber("update", "budgetMs", options.budgetMs, { min: 0 }, "It is a time in milliseconds.");
        deadline = performance.now() + options.budgetMs;
      }
    }
    let done = 0;
    while (done < maxUpdates && (deadline === Number.POSITIVE_INFINITY || performance.now() < deadline)) {
      if (this.updateOnce() === 0) break;
      done++;
    }
    return done;
  }

  async sync(): Promise<void> {
    this.requireUsable("sync");
  }

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
      if (!this.isImmediate) await this.sync();
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
    const evaluated = (): Promise<Evaluation> => evaluatePolicy(this.greedyPolicy(), makeEnv(), options);
    return this.isImmediate ? evaluated() : this.sync().then(evaluated);
  }

  evaluateSync(makeEnv: () => SyncEnv, options: Omit<EvaluateOptions, "signal"> = {}): Evaluation {
    this.requireUsable("evaluateSync");
    return evaluatePolicySync(this.greedyPolicy(), makeEnv(), options);
  }

  /** What is evaluated; one that remembers keeps its memory apart from that of any other. */
  protected greedyPolicy(): Policy {
    return (observation) => this.act(observation);
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
      session: contents === "run" ? this.#session.save() : undefined,
      data,
      tensors,
    });
  }

  async weightsSha256(): Promise<string> {
    this.requireUsable("weightsSha256");
    if (!this.isImmediate) await this.sync();
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
    const reason = this.#session.restore(checkpoint.session as SavedSession, this.mostUpdatesDue());
    if (reason === undefined) return;
    this.forgetEpisode();
    if (this.#hasEnv) {
      console.warn(`${this.algorithm}.load: ${reason}; the run goes on in a new episode, not bit for bit.`);
    }
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
    if (where === "learnSync" && !this.isImmediate) {
      throw new StateError("learnSync: backend expected one that answers at once, got a device. Use learn instead.");
    }
    if (!this.#hasEnv) {
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
      stepsBefore: this.envSteps,
      hooksDue: false,
      reported: 0,
      stopReason: undefined,
      view: {
        agent,
        isSync: where === "learnSync",
        get envSteps() {
          return agent.envSteps;
        },
        get episodes() {
          // In a report of one of several that ended together, those that are still to be reported do not count yet.
          return agent.episodes - (run.reported === 0 ? 0 : session.endedReturns.length - run.reported);
        },
        get updates() {
          return agent.updates;
        },
        get seconds() {
          return (performance.now() - startedAt) / 1000;
        },
        get lastReturn() {
          return run.reported === 0 ? session.lastReturn : session.endedReturns[run.reported - 1];
        },
        get lastLength() {
          return run.reported === 0 ? session.lastLength : session.endedLengths[run.reported - 1];
        },
        get meanReturn() {
          return session.meanReturn;
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
    if (this.#session.pendingUpdates > 0 || run.hooksDue) return false;
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

  /** One update, one step, or a hook of one step: a burst of updates must not hold up the event loop. */
  #workOnce(run: Run): Promise<void> | undefined {
    const session = this.#session;
    if (session.pendingUpdates > 0) {
      session.pendingUpdates = this.updateOnce() === 0 ? 0 : session.pendingUpdates - 1;
      return this.settle();
    }
    if (run.hooksDue) {
      if (run.reported < session.endedReturns.length) {
        run.reported++;
        return this.#call(run, "onEpisodeEnd");
      }
      run.reported = 0;
      run.hooksDue = false;
      return this.#call(run, "onStep");
    }
    run.stepsBefore = this.envSteps;
    this.#stepping = true;
    const stepped = session.advance();
    if (isPromise(stepped)) return stepped.then((isStep) => this.#advanced(run, isStep));
    this.#advanced(run, stepped);
    return undefined;
  }

  /** After a step, or after a reset alone. */
  #advanced(run: Run, isStep: boolean): void {
    this.#stepping = false;
    if (!isStep) return;
    const session = this.#session;
    for (let i = 0; i < session.endedReturns.length; i++) {
      run.returns.push(session.endedReturns[i]);
      run.lengths.push(session.endedLengths[i]);
      run.ends.push(session.endedAt[i]);
    }
    run.hooksDue = true;
    session.pendingUpdates = this.updatesDue();
  }

  /** Calls a hook of all callbacks, in order; waits for those that return a promise. */
  #call(run: Run, hook: "onStart" | "onStep" | "onEpisodeEnd" | "onEnd", from: number = 0): Promise<void> | undefined {
    for (let i = from; i < run.callbacks.length; i++) {
      const callback = run.callbacks[i];
      if (hook === "onStep" && !this.#passedMultiple(run, callback.everySteps ?? 1)) continue;
      const result = callback[hook]?.(run.view);
      if (result !== undefined && isPromise(result)) return result.then(() => this.#call(run, hook, i + 1));
    }
    return undefined;
  }

  /** Whether the last step brought the step count to a multiple of `everySteps`, or past one. */
  #passedMultiple(run: Run, everySteps: number): boolean {
    return this.envSteps % everySteps < this.envSteps - run.stepsBefore;
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
      etaSeconds: Math.max(0, run.targetSteps - this.envSteps) / stepsPerSecond,
      lastReturn: this.#session.lastReturn,
      meanReturn: this.#session.meanReturn,
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

/** @throws TypeError when the agent learns from one environment only, or the mode loses the ends of episodes */
function requireVectorLearner(
  where: string,
  env: VectorEnv,
  learner: (TrainableAgent & VectorLearner) | undefined,
): TrainableAgent & VectorLearner {
  if (learner === undefined) {
    throw new TypeError(
      `${where}: environment expected a single one, got ${env.count} stepped together. Pass one of them, or choose an agent that learns from rollouts, such as PQN.`,
    );
  }
  if (env.autoresetMode !== "same-step") {
    throw new RangeError(
      `${where}: autoresetMode expected "same-step", got ${show(env.autoresetMode)}. Build it with autoresetMode: "same-step".`,
    );
  }
  return learner;
}
