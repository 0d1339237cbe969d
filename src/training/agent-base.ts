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
  static load<Loaded extends AgentBase>(
    this: AgentClass<Loaded>,
    bytes: Uint8Array,
    options: LoadOptions = {},
  ): Loaded {
    // biome-ignore lint/complexity/noThisInStatic: the class that was asked, which may be a subclass
    return loadAgent(this, bytes, options);
  }

  /**
   * As `new`, on a backend that takes time to open: `backend: "webgpu"`, or "auto" for it where it pays; or `threads: 2`.
   * @throws DeviceError when "webgpu" is asked for and there is none; UnsupportedError when the settings ask for what it lacks
   */
  static create<Made extends AgentBase, Options extends object>(
    this: { readonly about: About; new (workplace: Workplace, options?: Options): Made },
    workplace: Workplace,
    options: CreateOptions<Options> = {} as CreateOptions<Options>,
  ): Promise<Made> {
    // biome-ignore lint/complexity/noThisInStatic: the class that was asked, which may be a subclass
    return createAgent(this, workplace, options);
  }

  /** How many environments the options, or the preset of `workplace`, ask for: the size of the vector to build. */
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

  /** Takes over the file that `load` handed to the constructor. @throws CheckpointError when it does not fit */
  restore(checkpoint: Checkpoint): void {
    const reason = this.#files.restore(checkpoint, checkpoint.contents === "run" ? this.#plan() : null);
    if (reason === undefined) return;
    this.#forget();
    if (!this.#session.hasEnvironment) return;
    console.warn(`${this.context.name}.load: ${reason}; the run goes on in a new episode, not bit for bit.`);
  }

  /**
   * The trained networks alone, named and laid out as PyTorch names and lays out the modules that they are made of, as
   * safetensors.
   * @throws UnsupportedError for an agent without networks
   */
  exportWeights(): Uint8Array {
    this.requireUsable("exportWeights");
    return this.#files.exportWeights();
  }

  /**
   * Takes over weights that PyTorch (or anything else) saved as safetensors; target networks become copies.
   * @throws CheckpointError when names or shapes do not fit; nothing changes then
   * @throws UnsupportedError for an agent without networks
   */
  importWeights(bytes: Uint8Array, options: WeightImportOptions = {}): void {
    this.requireUsable("importWeights");
    this.#files.importWeights(bytes, options, this.#learner);
  }

  /**
   * Adds greedy acting to a graph, with outputs for what the actor tells of it: `toOnnx` of bellwether/onnx makes a file of it.
   * @param observation [rows, numbers] as environments show them, the parts of a Dict one after the other
   * @returns the name of the actions, [rows, numbers per action], of Discrete actions the index from 0; null where the actor or
   *   the encoder of observations does not describe itself
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

  /** @throws StateError after dispose */
  protected requireUsable(where: string): void {
    if (!this.#disposed) return;
    throw new StateError(`${where}: agent expected to be in use, got one that was disposed of. Build a new one.`);
  }
}
