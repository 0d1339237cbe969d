// Base class of all agents. An agent consists of an actor, trained models, and a learner (learner.ts), which this class drives.
// The class offers the calls of the contract (agent.ts), counts steps, and reads and writes files. It knows no algorithm: an
// algorithm's constructor opens a context, plans its parts, and passes both.

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
import { StateError } from "../errors.ts";
import type { ActingRows } from "../experience/actor.ts";
import { type Checkpoint, sha256Hex } from "../formats/checkpoint.ts";
import type { GraphWriter } from "../nn/module.ts";
import type { WeightImportOptions } from "../nn/state-dict.ts";
import type { Space, SpaceValue } from "../space.ts";
import type { Workplace } from "../workplace.ts";
import type { About } from "./about.ts";
import { AgentFiles, contentsToSave } from "./agent-files.ts";
import type { AgentContext } from "./context.ts";
import { type ActionRows, Decisions, requireWholeStep } from "./decisions.ts";
import { createDeviceCopy, type DeviceCopy } from "./device-copy.ts";
import { evaluatePolicy, evaluatePolicySync, type Policy } from "./evaluation.ts";
import { Intake } from "./intake.ts";
import type { Composition, Learner } from "./learner.ts";
import { type CreateOptions, createAgent, type LoadOptions, loadAgent } from "./making.ts";
import { checkLearnOptions, Run } from "./run.ts";
import { plannedEnvironments, type RunSettings } from "./run-options.ts";
import { Session } from "./session.ts";
import { makeUpdates } from "./updates.ts";

/** A class of agents, as the inherited functions `load`, `create` and `environments` see it. */
export interface AgentClass<Made extends AgentBase = AgentBase> {
  readonly name: string;
  readonly about: About;
  new (workplace: Workplace, options: never): Made;
}

/** Base class of all agents: acting, observing, learning and files. The documentation of `Agent` describes the calls. */
export abstract class AgentBase<Settings extends RunSettings = RunSettings> implements Agent {
  /** Description of the algorithm: name, spaces, options and presets. */
  static readonly about: About;

  readonly algorithm: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** All options with their defaults filled in, except `preset`, `backend` and `engine`. A file contains these settings. */
  readonly settings: Settings;
  protected readonly context: AgentContext<Settings>;
  protected readonly composition: Composition;
  readonly #decisions: Decisions;
  readonly #intake: Intake;
  readonly #session: Session;
  readonly #device: DeviceCopy | null;
  readonly #files: AgentFiles;
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
    const rememberer = (): Learner | null => (composition.remembers === null ? this.#learner : this.#plan());
    this.#decisions = new Decisions(context, composition, rememberer);
    this.#intake = new Intake(context, composition.actor, () => this.#plan());
    this.#session = new Session(context, {
      choose: (rows) => this.#decisions.choose(rows),
      take: (step) => this.#intake.takeStep(step),
      forget: () => this.#forget(),
    });
    this.#device = createDeviceCopy(backend, composition.models, () => metrics.tensors);
    this.#files = new AgentFiles(context, composition, this.#session, this.#device);
    if (!context.isPolicy) this.#plan();
  }

  /** Plans the learner: when the agent is built, or, for a policy from a file, when it first learns. */
  #plan(): Learner {
    this.#learner ??= this.composition.plan();
    return this.#learner;
  }

  /**
   * Makes an agent from the bytes of `save`. A "run" file continues bit for bit as the saved agent would have. A "policy" file
   * is for acting; further training starts with a fresh optimizer and without experience.
   * @param options.env environment to learn in; without one the agent acts, observes and updates
   * @throws CheckpointError when the bytes are damaged, belong to another algorithm, or do not fit the environment
   */
  static load<Loaded extends AgentBase>(
    this: AgentClass<Loaded>,
    bytes: Uint8Array,
    options: LoadOptions = {},
  ): Loaded {
    // biome-ignore lint/complexity/noThisInStatic: the class that was asked, which may be a subclass
    return loadAgent(this, bytes, options);
  }

  /**
   * Like `new`, for a backend that takes time to open: "webgpu"; "auto", which uses WebGPU if it pays; or `threads: 2`.
   * @throws DeviceError for "webgpu" without such a device; UnsupportedError when the settings need an operation that it lacks
   */
  static create<Made extends AgentBase, Options extends object>(
    this: { readonly about: About; new (workplace: Workplace, options?: Options): Made },
    workplace: Workplace,
    options: CreateOptions<Options> = {} as CreateOptions<Options>,
  ): Promise<Made> {
    // biome-ignore lint/complexity/noThisInStatic: the class that was asked, which may be a subclass
    return createAgent(this, workplace, options);
  }

  /** Returns the number of environments to build for `workplace`, as the options or the preset say. */
  static environments(this: { readonly about: About }, workplace: Workplace, options: object = {}): number {
    // biome-ignore lint/complexity/noThisInStatic: the class that was asked, which may be a subclass
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
   * Returns the greedy action; with `explore`, an exploring action as in training.
   * @param observation a value of the observation space; any array-like of numbers for a Box
   * @returns a value of the action space: a number for Discrete, otherwise a new array, or `options.into`
   */
  act(observation: SpaceValue, options?: ActOptions): ActionValue {
    this.requireUsable("act");
    return this.#decisions.act(observation, options);
  }

  /**
   * Returns one action for each observation: greedy actions; with `explore`, exploring actions as in training, where
   * observation i belongs to environment i.
   * @param observations values of the observation space
   * @param actions written and returned: one entry per observation for Discrete, otherwise one row. Default: a new array.
   * @throws RangeError with `explore` when learning needs the choices and there is not one observation per environment
   */
  actBatch(observations: ArrayLike<SpaceValue>, options: ActBatchOptions = {}, actions?: ActionRows): ActionRows {
    this.requireUsable("actBatch");
    return this.#decisions.actBatch(observations, options, actions);
  }

  /**
   * Writes exploring actions for the observations of a vector environment.
   * @param observations [environments, flat observation], row-major
   * @param actions written: [environments] for Discrete, otherwise [environments, numbers per action]
   * @throws RangeError when a length does not fit or an observation is not finite
   */
  actRows(observations: Float32Array, actions: ActionRows): void {
    this.requireUsable("actRows");
    this.#decisions.actRows(observations, actions);
  }

  /** Encodes an observation for the actor, without an action mask. */
  protected encode(where: string, observation: SpaceValue): ActingRows {
    this.requireUsable(where);
    return this.#decisions.encode(where, observation);
  }

  // --- observing -----------------------------------------------------------------------------------------------------

  /**
   * Stores one step of experience. With E environments, call number i belongs to environment i modulo E.
   * @throws TypeError or RangeError when a part of the transition does not fit; nothing changes then
   * @throws StateError when the rollout is full, so that `update` has to learn first; or when the agent learns from its own
   *   actions only and did not choose this action with `explore`
   */
  observe(transition: Transition): void {
    this.requireUsable("observe");
    this.#intake.observe(transition);
  }

  /**
   * Stores whole steps of all E environments. Transition i belongs to environment i modulo E. When one transition does not
   * fit, none is stored.
   * @throws RangeError when the number is no multiple of E; StateError like `observe`, or when a step is only partly observed
   */
  observeBatch(transitions: ArrayLike<Transition> | Iterable<Transition>): void {
    this.requireUsable("observeBatch");
    this.#intake.observeBatch(transitions);
  }

  /**
   * Stores one step of a vector environment in autoreset mode "same-step".
   * @param observations [environments, flat observation], those that the actions were chosen for
   * @param actions as `actRows` wrote them
   * @param result answer of the vector environment to these actions
   * @throws RangeError when a part does not fit; nothing is stored then
   */
  observeRows(observations: Float32Array, actions: ActionRows, result: VectorStepResult): void {
    this.requireUsable("observeRows");
    this.#intake.observeRows(observations, actions, result);
  }

  #forget(): void {
    this.#learner?.experience.forget();
    this.composition.actor.forget();
  }

  // --- learning ------------------------------------------------------------------------------------------------------

  /** Learns from the observed experience. @returns number of updates made; 0 while there is too little experience */
  update(options?: UpdateOptions): number {
    this.requireUsable("update");
    const usual = this.context.about.learnsFrom === "rollouts" ? Number.POSITIVE_INFINITY : 1;
    return makeUpdates(options, usual, this.#updateOnce);
  }

  readonly #updateOnce = (): boolean => {
    if (this.#learner === null || !this.#learner.updateOnce()) return false;
    this.#device?.updated(this.updates);
    return true;
  };

  async learn(steps: number, options: LearnOptions = {}): Promise<RunSummary> {
    const run = this.#begin("learn", steps, options);
    try {
      return await run.drive();
    } finally {
      this.#run = undefined;
    }
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
    this.#session.requireEnvironment(where);
    if (this.#run !== undefined) {
      throw new StateError(`${where}: agent expected to be idle, got a call while learn runs. Await the first call.`);
    }
    requireWholeStep(where, this.context.environments, this.#learner);
    const driven = {
      agent: this,
      counters: this.context.counters,
      session: this.#session,
      due: (stepsBefore: number) => this.#plan().due(stepsBefore),
      updateOnce: this.#updateOnce,
      settle: () => this.#device?.renewal,
      metrics: () => this.metrics(),
      finish: () => (this.#device === null ? undefined : this.sync()),
    };
    this.#run = new Run(driven, steps, options, where === "learnSync");
    return this.#run;
  }

  /** Returns the algorithm's own numbers: results of the last update and current values of schedules. NaN: not known yet. */
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
    const evaluated = (): Promise<Evaluation> => evaluatePolicy(this.#policy(), makeEnv(), options);
    return this.#device === null ? evaluated() : this.sync().then(evaluated);
  }

  evaluateSync(makeEnv: () => SyncEnv, options: Omit<EvaluateOptions, "signal"> = {}): Evaluation {
    this.requireUsable("evaluateSync");
    return evaluatePolicySync(this.#policy(), makeEnv(), options);
  }

  #policy(): Policy {
    return this.#decisions.greedyPolicy(() => this.requireUsable("act"));
  }

  // --- files and weights ---------------------------------------------------------------------------------------------

  save(options: SaveOptions = {}): Uint8Array {
    this.requireUsable("save");
    if (contentsToSave(options) === "policy") return this.#files.save(null);
    if (this.#run?.isStepping) {
      throw new StateError(
        "save: a run expected to be between two steps, got a call from inside one. Save from a callback, or save the policy.",
      );
    }
    return this.#files.save(this.#plan());
  }

  /** Loads the file that `load` passed to the constructor. @throws CheckpointError when the file does not fit */
  restore(checkpoint: Checkpoint): void {
    const reason = this.#files.restore(checkpoint, checkpoint.contents === "run" ? this.#plan() : null);
    if (reason === undefined) return;
    this.#forget();
    if (!this.#session.hasEnvironment) return;
    console.warn(`${this.context.name}.load: ${reason}; the run goes on in a new episode, not bit for bit.`);
  }

  /**
   * Returns the weights of the trained networks as a safetensors file. Names and layouts of the tensors are those of the
   * corresponding PyTorch modules.
   * @throws UnsupportedError for an agent without networks
   */
  exportWeights(): Uint8Array {
    this.requireUsable("exportWeights");
    return this.#files.exportWeights();
  }

  /**
   * Replaces the weights by those of a safetensors file, from PyTorch or any other program. Target networks become copies.
   * @throws CheckpointError when names or shapes do not fit; nothing changes then
   * @throws UnsupportedError for an agent without networks
   */
  importWeights(bytes: Uint8Array, options: WeightImportOptions = {}): void {
    this.requireUsable("importWeights");
    this.#files.importWeights(bytes, options, this.#learner);
  }

  /**
   * Adds greedy acting to an ONNX graph, with the actor's own outputs. `toOnnx` of bellwether/onnx makes a file of the graph.
   * @param observation name of the input, [rows, numbers] as environments give them; parts of a Dict one after the other
   * @returns name of the actions, [rows, numbers per action]; for Discrete the index from 0. null when the actor or the
   *   encoder of observations has no description
   * @throws StateError when a device was updated since `sync`
   */
  describe(graph: GraphWriter, observation: string): string | null {
    this.requireUsable("describe");
    return this.#files.describe(graph, observation);
  }

  async weightsSha256(): Promise<string> {
    this.requireUsable("weightsSha256");
    if (this.#device !== null) await this.sync();
    return sha256Hex(this.#files.numbers());
  }

  hasFiniteWeights(): boolean {
    this.requireUsable("hasFiniteWeights");
    return this.#files.areFinite();
  }

  memory(): MemoryReport {
    this.requireUsable("memory");
    return this.#files.memory(this.#learner);
  }

  dispose(): void {
    if (this.#run !== undefined) {
      throw new StateError("dispose: agent expected to be idle, got a call while learn runs. Abort the run first.");
    }
    if (this.#disposed) return;
    this.#disposed = true;
    this.#learner = null;
    this.context.backend.device?.release();
    this.context.backend.release?.();
  }

  /** Checks that the agent is in use. @throws StateError after dispose */
  protected requireUsable(where: string): void {
    if (!this.#disposed) return;
    throw new StateError(`${where}: agent expected to be in use, got one that was disposed of. Build a new one.`);
  }
}
