// What every agent is: an actor, what it trains, and a learner (learner.ts), which this class drives. It offers the calls of the
// contract (agent.ts), counts, and keeps files. It knows no algorithm; an algorithm's constructor opens a context, plans its
// parts, and passes both.

import type {
  ActBatchOptions,
  ActionValue,
  ActOptions,
  Agent,
  EvaluateOptions,
  Evaluation,
  LearnOptions,
  LearnSyncOptions,
  MemoryReport,
  RunSummary,
  SaveOptions,
  Transition,
  UpdateOptions,
} from "../agent.ts";
import type { Env, SyncEnv, VectorStepResult } from "../env.ts";
import { rejectUnknownOptions, requireNumber, StateError, show, UnsupportedError } from "../errors.ts";
import type { ActingRows } from "../experience/actor.ts";
import type { StepRows } from "../experience/experience.ts";
import { type Checkpoint, encodeCheckpoint, sha256Hex } from "../formats/checkpoint.ts";
import { type CheckpointPart, CheckpointReader, CheckpointWriter } from "../formats/checkpoint-part.ts";
import { encodeSafetensors } from "../formats/safetensors.ts";
import type { Model } from "../nn/model.ts";
import { matchWeights, readStateDict, type WeightImportOptions } from "../nn/state-dict.ts";
import type { Space, SpaceValue } from "../space.ts";
import type { Workplace } from "../workplace.ts";
import type { About } from "./about.ts";
import type { AgentContext } from "./context.ts";
import { type ActionRows, Decisions } from "./decisions.ts";
import { createDeviceCopy, type DeviceCopy } from "./device-copy.ts";
import { evaluatePolicy, evaluatePolicySync, type Policy } from "./evaluation.ts";
import { type CreateOptions, createAgent, type LoadOptions, loadAgent } from "./making.ts";
import { Intake } from "./intake.ts";
import type { Composition, Learner, Trained } from "./learner.ts";
import { plannedEnvironments, type RunSettings } from "./run-options.ts";
import { checkLearnOptions, Run } from "./run.ts";
import { type SavedSession, Session } from "./session.ts";

/** A class of agents, as its inherited `load`, `create` and `environments` see it. */
export interface AgentClass<Made extends AgentBase = AgentBase> {
  readonly name: string;
  readonly about: About;
  new (workplace: Workplace, options: never): Made;
}

export abstract class AgentBase<Settings extends RunSettings = RunSettings> implements Agent {
  /** What the class says of itself. */
  static readonly about: About;

  readonly algorithm: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** All options with their defaults filled in, but where and on what it runs: part of its files. */
  readonly settings: Settings;
  protected readonly context: AgentContext<Settings>;
  protected readonly composition: Composition;
  readonly #decisions: Decisions;
  readonly #intake: Intake;
  readonly #session: Session;
  readonly #device: DeviceCopy | null;
  #learner: Learner | null = null;
  #run: Run | undefined;
  #disposed = false;

  protected constructor(context: AgentContext<Settings>, composition: Composition) {
    const { about, backend, metrics } = context;
    this.algorithm = about.algorithm;
    this.observationSpace = context.observationSpace;
    this.actionSpace = context.actionSpace;
    this.settings = context.settings;
    this.context = context;
    this.composition = composition;
    const remembers = composition.remembers !== null;
    this.#decisions = new Decisions(context, composition, () => (remembers ? this.#plan() : this.#learner));
    this.#intake = new Intake(
      context,
      () => this.#plan(),
      (step) => this.#take(step),
    );
    this.#session = new Session(context, {
      choose: (rows) => this.#decisions.choose(rows),
      take: (step) => this.#takeChecked(step),
      forget: () => this.#forget(),
    });
    this.#device = createDeviceCopy(backend, composition.models, () => metrics.tensors);
    if (!context.isPolicy) this.#plan();
  }

  /** What learning needs: planned when the agent is built, or, of a policy from a file, when it first learns. */
  #plan(): Learner {
    this.#learner ??= this.composition.plan();
    return this.#learner;
  }

  /**
   * An agent from `save`'s bytes. From a "run" file it goes on bit for bit as the saved one would have; a "policy" file
   * acts, and starts a fresh optimizer and fresh experience if it is trained on.
   * @param options.env what to go on in; without it the agent acts, observes and updates
   * @throws CheckpointError when the bytes are damaged, of another algorithm, or do not fit the environment
   */
  static load<Loaded extends AgentBase>(this: AgentClass<Loaded>, bytes: Uint8Array, options: LoadOptions = {}): Loaded {
    return loadAgent(this, bytes, options);
  }

  /**
   * As `new`, on a backend that takes time to open: `backend: "webgpu"`, or "auto" for it where it pays; or `threads: 2`.
   * @throws DeviceError when "webgpu" is asked for and there is none; UnsupportedError when the settings ask for what it lacks
   */
  static create<Made extends AgentBase, Options extends object>(
    this: { readonly about: About; new (workplace: Workplace, options: Options): Made },
    workplace: Workplace,
    options: CreateOptions<Options> = {} as CreateOptions<Options>,
  ): Promise<Made> {
    return createAgent(this, workplace, options);
  }

  /** How many environments the options, or the preset of `workplace`, ask for: the size of the vector to build. */
  static environments(this: { readonly about: About }, workplace: Workplace, options: object = {}): number {
    return plannedEnvironments(this.about, workplace, options);
  }

  get envSteps(): number {
    return this.context.counters.envSteps;
  }

  get updates(): number {
    return this.context.counters.updates;
  }

  get episodes(): number {
    return this.context.counters.episodes;
  }

  get seed(): number {
    return this.settings.seed;
  }

  // --- acting --------------------------------------------------------------------------------------------------------

  /**
   * The greedy action; with `explore` the one that training takes.
   * @param observation a value of the observation space; array-likes of numbers for a Box
   * @returns a value of the action space; where it is no number, a fresh array, or `options.into`
   */
  act(observation: SpaceValue, options?: ActOptions): ActionValue {
    this.requireUsable("act");
    return this.#decisions.act(observation, options);
  }

  /**
   * Actions for many observations at once: greedy ones, or with `explore` those that training takes. With several
   * environments observation i is environment i's.
   * @param observations one value of the observation space each
   * @param actions written and returned: one entry per observation for Discrete, else one row [a fresh array]
   * @throws RangeError when exploring actions that have to be remembered are asked for other than one per environment
   */
  actBatch(observations: ArrayLike<SpaceValue>, options: ActBatchOptions = {}, actions?: ActionRows): ActionRows {
    this.requireUsable("actBatch");
    return this.#decisions.actBatch(observations, options, actions);
  }

  /**
   * Exploring actions for what a vector environment shows.
   * @param observations [environments, flat observation], row-major
   * @param actions [environments], written; other than Discrete: [environments, numbers per action]
   * @throws RangeError when a length does not fit or an observation is not finite
   */
  actRows(observations: Float32Array, actions: ActionRows): void {
    this.requireUsable("actRows");
    this.#decisions.actRows(observations, actions);
  }

  /** An observation as the actor takes it, without a mask. */
  protected encode(where: string, observation: SpaceValue): ActingRows {
    this.requireUsable(where);
    return this.#decisions.encode(where, observation);
  }

  // --- observing -----------------------------------------------------------------------------------------------------

  /**
   * Takes in one step of experience. With E environments the calls go round: the i-th is of environment i modulo E.
   * @throws TypeError or RangeError when a part does not fit; nothing changes then
   * @throws StateError when a rollout is full: `update` has to learn from it first; or when the agent learns from its own
   *   actions and did not choose this one with `explore`
   */
  observe(transition: Transition): void {
    this.requireUsable("observe");
    this.#intake.observe(transition);
  }

  /**
   * Takes in whole steps of all environments: transition i is of environment i modulo E. None is taken in when one does not
   * fit.
   * @throws RangeError when their number is no multiple of E; StateError as `observe`, or when a step is half observed
   */
  observeBatch(transitions: ArrayLike<Transition> | Iterable<Transition>): void {
    this.requireUsable("observeBatch");
    this.#intake.observeBatch(transitions);
  }

  /**
   * Takes in a step of a vector environment, in mode "same-step": what it answered to `actions`.
   * @param observations [environments, flat observation] that the actions were chosen for
   * @param actions as `actRows` wrote them
   * @throws RangeError when something does not fit; nothing is taken in then
   */
  observeRows(observations: Float32Array, actions: ActionRows, result: VectorStepResult): void {
    this.requireUsable("observeRows");
    this.#intake.observeRows(observations, actions, result);
  }

  /** Takes in a step of the session's environments. */
  #takeChecked(step: StepRows): void {
    const { experience } = this.#plan();
    for (let row = 0; row < step.rows; row++) experience.checkRow?.("learn", row, step, row);
    this.#take(step);
  }

  /** Takes in rows that fit, and counts them. */
  #take(step: StepRows): void {
    const { counters, environments } = this.context;
    const { actor } = this.composition;
    this.#plan().experience.add(step);
    for (let row = 0; row < step.rows; row++) {
      const isReset = step.skip !== null && step.skip[row] !== 0;
      const ended = step.terminated[row] !== 0 || step.truncated[row] !== 0;
      if (!isReset) counters.envSteps++;
      if (!isReset && ended) counters.episodes++;
      actor.stepTaken((step.first + row) % environments, ended || isReset);
    }
  }

  #forget(): void {
    this.#learner?.experience.forget();
    this.composition.actor.forget();
  }

  // --- learning ------------------------------------------------------------------------------------------------------

  /**
   * Learns from what was observed.
   * @returns how many updates were made; 0 while there is too little experience
   */
  update(options?: UpdateOptions): number {
    this.requireUsable("update");
    const isRound = this.context.about.learnsFrom === "rollouts";
    let maxUpdates = isRound ? Number.POSITIVE_INFINITY : 1;
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
      if (!this.#updateOnce()) break;
      done++;
    }
    return done;
  }

  #updateOnce(): boolean {
    if (this.#learner === null || !this.#learner.updateOnce()) return false;
    const { counters } = this.context;
    this.#device?.updated(counters.updates);
    return true;
  }

  learn(steps: number, options: LearnOptions = {}): Promise<RunSummary> {
    // Errors of the call itself come as a rejection like any other, before anything changed.
    return new Promise((resolve, reject) => {
      const run = this.#begin("learn", steps, options);
      const over = (): void => {
        this.#run = undefined;
      };
      run.drive().finally(over).then(resolve, reject);
    });
  }

  learnSync(steps: number, options: LearnSyncOptions = {}): RunSummary {
    const run = this.#begin("learnSync", steps, options);
    try {
      return run.driveSync();
    } finally {
      this.#run = undefined;
    }
  }

  #begin(where: "learn" | "learnSync", steps: number, options: LearnOptions): Run {
    this.requireUsable(where);
    checkLearnOptions(where, steps, options);
    if (where === "learnSync" && this.#device !== null) {
      throw new StateError("learnSync: backend expected one that answers at once, got a device. Use learn instead.");
    }
    if (!this.#session.hasEnvironment) {
      throw new StateError(
        `${where}: agent expected to have an environment, got spaces only. Use act, observe and update.`,
      );
    }
    if (this.#run !== undefined) {
      throw new StateError(`${where}: agent expected to be idle, got a call while learn runs. Await the first call.`);
    }
    const driven = {
      agent: this,
      counters: this.context.counters,
      session: this.#session,
      due: (stepsBefore: number) => this.#plan().due(stepsBefore),
      updateOnce: () => this.#updateOnce(),
      settle: () => this.#device?.renewal,
      metrics: () => this.metrics(),
      finish: () => (this.#device === null ? undefined : this.sync()),
    };
    this.#run = new Run(driven, steps, options, where === "learnSync");
    return this.#run;
  }

  /** The algorithm's own numbers: of the last update, and what schedules say now. NaN: not known yet. */
  metrics(): Record<string, number> {
    this.requireUsable("metrics");
    const updates = this.#device === null ? this.updates : this.#device.renewedUpdates;
    return this.context.metrics.record(updates > 0);
  }

  async sync(): Promise<void> {
    this.requireUsable("sync");
    await this.#device?.bring(this.updates, this.#learner?.blocks ?? []);
  }

  evaluate(makeEnv: () => Env, options: EvaluateOptions = {}): Promise<Evaluation> {
    this.requireUsable("evaluate");
    const evaluated = (): Promise<Evaluation> => evaluatePolicy(this.#greedyPolicy(), makeEnv(), options);
    return this.#device === null ? evaluated() : this.sync().then(evaluated);
  }

  evaluateSync(makeEnv: () => SyncEnv, options: Omit<EvaluateOptions, "signal"> = {}): Evaluation {
    this.requireUsable("evaluateSync");
    return evaluatePolicySync(this.#greedyPolicy(), makeEnv(), options);
  }

  /** What is evaluated; a policy with memory keeps it apart from that of `act`. */
  #greedyPolicy(): Policy {
    const streams = this.composition.actor.createStreams?.() ?? null;
    const start: ActOptions = { episodeStart: true };
    return (observation, episodeStart) => {
      this.requireUsable("act");
      return this.#decisions.act(observation, episodeStart ? start : undefined, streams);
    };
  }

  // --- files ---------------------------------------------------------------------------------------------------------

  save(options: SaveOptions = {}): Uint8Array {
    this.requireUsable("save");
    rejectUnknownOptions("save", options, ["contents"]);
    const { contents = "run" } = options;
    if (contents !== "run" && contents !== "policy") {
      throw new RangeError(`save: contents expected "run" or "policy", got ${show(contents)}. Leave it out for "run".`);
    }
    const isRun = contents === "run";
    if (isRun && this.#run?.isStepping) {
      throw new StateError(
        "save: a run expected to be between two steps, got a call from inside one. Save from a callback, or save the policy.",
      );
    }
    const { counters } = this.context;
    if (isRun && this.#device !== null && !this.#device.isSynced(counters.updates)) {
      throw new StateError(
        `save: run expected as the device has it, got updates since the last sync (${counters.updates} made). Call await agent.sync() first.`,
      );
    }
    const writer = new CheckpointWriter(contents);
    writer.put("settings", this.settings);
    for (const part of this.#parts(isRun)) part.save(writer);
    return encodeCheckpoint({
      algorithm: this.algorithm,
      contents,
      observationSpace: this.observationSpace,
      actionSpace: this.actionSpace,
      counters: { ...counters },
      session: isRun ? this.#session.save() : undefined,
      data: writer.data,
      tensors: writer.tensors,
    });
  }

  /** Takes over the file that `load` handed to the constructor. @throws CheckpointError when it does not fit */
  restore(checkpoint: Checkpoint): void {
    const reader = new CheckpointReader(checkpoint);
    const isRun = reader.contents === "run";
    const session = checkpoint.session as SavedSession | undefined;
    const parts = this.#parts(isRun);
    for (const part of parts) part.check(reader);
    if (session !== undefined) this.#session.check(session, this.#plan().mostDue);
    for (const part of parts) part.load(reader);
    Object.assign(this.context.counters, checkpoint.counters);
    if (session === undefined) return;
    const reason = this.#session.restore(session);
    if (reason === undefined) return;
    this.#forget();
    if (!this.#session.hasEnvironment) return;
    console.warn(`${this.context.name}.load: ${reason}; the run goes on in a new episode, not bit for bit.`);
  }

  /** Everything that is saved, in the order in which it is loaded. @param isRun whether learning is part of it */
  #parts(isRun: boolean): CheckpointPart[] {
    const { actor, models, parts = [], tables = [] } = this.composition;
    const { metrics, streams } = this.context;
    return [...models, ...tables, ...parts, streams, actor, metrics, ...(isRun ? this.#plan().parts : [])];
  }

  /**
   * The trained networks alone, named and laid out as PyTorch names and lays out the modules that they are made of, as
   * safetensors.
   * @throws UnsupportedError for an agent without networks
   */
  exportWeights(): Uint8Array {
    this.requireUsable("exportWeights");
    const writer = new CheckpointWriter("policy");
    for (const model of this.#requireModels("exportWeights")) model.save(writer);
    return encodeSafetensors(writer.tensors, {});
  }

  /**
   * Takes over weights that PyTorch (or anything else) saved as safetensors; target networks become copies.
   * @throws CheckpointError when names or shapes do not fit; nothing changes then
   * @throws UnsupportedError for an agent without networks
   */
  importWeights(bytes: Uint8Array, options: WeightImportOptions = {}): void {
    this.requireUsable("importWeights");
    const models = this.#requireModels("importWeights");
    const specs = models.flatMap((model) => model.specsInFile);
    const values = matchWeights(specs, readStateDict(bytes), options);
    for (const model of models) model.setWeights(values.splice(0, model.specsInFile.length));
    this.#learner?.weightsReplaced?.();
    this.#device?.invalidate();
  }

  #requireModels(where: string): readonly Model[] {
    const { models } = this.composition;
    if (models.length > 0) return models;
    throw new UnsupportedError(
      `${where}: agent expected networks, got ${this.context.name}, which has none. Use save and load.`,
    );
  }

  async weightsSha256(): Promise<string> {
    this.requireUsable("weightsSha256");
    if (this.#device !== null) await this.sync();
    return sha256Hex(this.#numbers());
  }

  hasFiniteWeights(): boolean {
    this.requireUsable("hasFiniteWeights");
    // x - x is 0 for finite numbers only.
    const areFinite = (numbers: Float32Array | Float64Array): boolean => numbers.every((x: number) => x - x === 0);
    return this.#numbers().every(areFinite);
  }

  #numbers(): (Float32Array | Float64Array)[] {
    return this.#trained().flatMap((trained) => trained.numbers());
  }

  #trained(): readonly Trained[] {
    const { models, tables = [] } = this.composition;
    return [...models, ...tables];
  }

  memory(): MemoryReport {
    this.requireUsable("memory");
    const { acting, backend } = this.context;
    const experience = this.#learner?.experience;
    const capacity = experience?.capacity ?? 0;
    const replay = experience?.bytes ?? 0;
    const tables = (this.composition.tables ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      total: backend.bytes + (acting === backend ? 0 : acting.bytes) + tables,
      parameters: this.#trained().reduce((sum, { bytes }) => sum + bytes, 0),
      replay,
      bytesPerTransition: capacity === 0 ? 0 : replay / capacity,
      capacity,
    };
  }

  dispose(): void {
    if (this.#run !== undefined) {
      throw new StateError("dispose: agent expected to be idle, got a call while learn runs. Abort the run first.");
    }
    if (this.#disposed) return;
    this.#disposed = true;
    this.#learner = null;
    const { backend } = this.context;
    backend.device?.release();
    backend.release?.();
  }

  /** @throws StateError after dispose */
  protected requireUsable(where: string): void {
    if (!this.#disposed) return;
    throw new StateError(`${where}: agent expected to be in use, got one that was disposed of. Build a new one.`);
  }
}
