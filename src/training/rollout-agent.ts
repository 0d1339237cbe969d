// What agents that learn from rollouts have in common. E environments are stepped together for T steps; then a round of
// updates learns from that rollout, epoch by epoch and minibatch by minibatch, and forgets it.
//
// An algorithm says how it chooses actions (`choose`), what it computes once when a rollout is full (`prepare`), and what
// one update does (`learnMinibatch`). Everything in between is here: acting and observing one by one or for all
// environments at once, the round of updates in steps that may be interrupted and saved, checkpoints.

import type { ActBatchOptions, ActionValue, ActOptions, MemoryReport, Transition, UpdateOptions } from "../agent.ts";
import type { Backend } from "../backend.ts";
import { createBackend } from "../backends/select.ts";
import type { VectorStepResult } from "../env.ts";
import { DivergenceError, rejectUnknownOptions, StateError, show } from "../errors.ts";
import {
  type Checkpoint,
  type CheckpointTensor,
  damaged,
  requireCount,
  requireObject,
  requireTensor,
} from "../formats/checkpoint.ts";
import type { Optimizer } from "../nn/optimizer.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { SpaceValue } from "../space.ts";
import { ActingInput } from "./acting-input.ts";
import { ActionEncoder, requireActionSpace } from "./action-encoder.ts";
import { ActionMasks } from "./action-mask.ts";
import { ChosenActions } from "./chosen-actions.ts";
import type { VectorActions, VectorLearner } from "./env-session.ts";
import { type MetricColumn, readMetrics, writeMetrics } from "./metric-columns.ts";
import { ObservationEncoder } from "./observation-encoder.ts";
import { parameterSize, parameterTensors, readParameterTensors } from "./parameter-tensors.ts";
import { vectorTensor } from "./replay-tensors.ts";
import { Rollout } from "./rollout.ts";
import type { Hardware, RolloutNames, RolloutSettings } from "./rollout-options.ts";
import { RolloutOrder } from "./rollout-order.ts";
import { RunningNormalizer } from "./running-normalizer.ts";
import { type RunPosition, type Schedule, scheduleValue, writeScheduleValue } from "./schedule.ts";
import { TrainableAgent, type Workplace } from "./trainable-agent.ts";
import { requireLength, requireOutcome, requireReward } from "./transition-check.ts";

const ACT_OPTIONS = ["explore", "mask", "episodeStart"];
const START = [true];
const BATCH_OPTIONS = ["explore", "masks", "episodeStarts"];

/** Rows of the acting input at least: `actBatch` takes as many at a time. */
const ACT_ROWS = 64;

/** What is trained, with what trains it. */
export interface Model {
  /** Put before its names in checkpoints: "" for an algorithm's only network. */
  readonly prefix: string;
  readonly network: { readonly specs: readonly ParameterSpec[]; readonly parameters: Parameters };
  readonly optimizer: Optimizer;
}

export abstract class RolloutAgent<Settings extends RolloutSettings = RolloutSettings, Names extends string = never>
  extends TrainableAgent
  implements VectorLearner
{
  readonly algorithm: string;
  readonly settings: Settings;
  protected readonly backend: Backend;
  protected readonly encoder: ObservationEncoder;
  protected readonly actions: ActionEncoder;
  protected readonly exploration: RandomStream;
  /** Norm of the gradient, and the factor that clipped it, [1, 2]. */
  protected readonly norm: Tensor;
  /** What is acted on; `choose` reads its first rows. */
  protected readonly actInput: Tensor;
  /** Transitions per update. */
  protected readonly minibatchSize: number;
  /** What an update learns from, [minibatchSize, ...], gathered by `learnMinibatch`. */
  protected readonly batchObservation: Tensor;
  protected readonly batchAction: Tensor;
  readonly #name: string;
  readonly #remembered: Readonly<Record<Names, number>> | null;
  readonly #shuffling: RandomStream;
  #rollout: Rollout<Names> | undefined;
  /** In which this epoch goes through the rollout. */
  #order!: RolloutOrder;
  readonly #sequenceSteps: number;
  /** Updates made from the full rollout. */
  #made = 0;

  readonly #normalizer: RunningNormalizer;
  readonly #input: ActingInput;
  /** Actions of the last call as chosen, and as environments are given them. */
  readonly #chosen: Float32Array;
  readonly #given: Float32Array;
  /** What `act` returns where it is no number. */
  readonly #actionRow: Float32Array;
  readonly #awaited: ChosenActions;
  /** Planned with the first mask. */
  #masks: ActionMasks | undefined;
  /** Where a schedule's value is written: a number handed back may be a heap object. */
  readonly #scheduled = new Float64Array(1);
  readonly #position: { envSteps: number; episodes: number; totalSteps: number };

  /**
   * @param remembered what `choose` remembers of an exploring action beside the action itself, and how many numbers of each;
   *   null for an algorithm that learns from any actions, whoever chose them
   */
  constructor(
    names: RolloutNames,
    workplace: Workplace,
    settings: Settings,
    hardware: Hardware,
    remembered: Readonly<Record<Names, number>> | null = null,
    sequenceSteps: number = 1,
  ) {
    super(workplace, settings.seed);
    const { name } = names;
    this.algorithm = names.algorithm;
    this.settings = settings;
    this.#name = name;
    this.#remembered = remembered;
    this.actions = new ActionEncoder(requireActionSpace(name, workplace.actionSpace));
    const backend = createBackend(name, hardware.backend, hardware.engine);
    this.backend = backend;
    this.encoder = new ObservationEncoder(name, this.observationSpace, settings.rescaleObservations);
    this.exploration = backend.random.stream(settings.seed, "exploration");
    this.#shuffling = backend.random.stream(settings.seed, "minibatches");

    const { size } = this.encoder;
    const { environments, rolloutSteps, minibatches = 1 } = settings;
    const rows = Math.max(ACT_ROWS, environments);
    this.#normalizer = new RunningNormalizer(size, settings);
    this.#input = new ActingInput(backend, rows, size, environments, this.#normalizer);
    this.actInput = this.#input.tensor;
    this.#chosen = new Float32Array(rows * this.actions.size);
    this.#given = new Float32Array(rows * this.actions.size);
    this.#actionRow = new Float32Array(this.actions.size);
    this.#awaited = new ChosenActions(this.actions, environments);
    this.norm = backend.tensor(1, 2);
    const sequences = (rolloutSteps * environments) / sequenceSteps;
    this.minibatchSize = Math.floor(sequences / minibatches) * sequenceSteps;
    this.#sequenceSteps = sequenceSteps;
    this.batchObservation = backend.tensor(this.minibatchSize, size);
    this.batchAction = backend.tensor(this.minibatchSize, this.actions.size);
    this.#position = { envSteps: 0, episodes: 0, totalSteps: settings.totalSteps };
  }

  /** What is trained, in a fixed order. */
  protected abstract readonly models: readonly Model[];

  /** Numbers of the last update as checkpoints hold them, in this order. */
  protected abstract metricColumns(): readonly MetricColumn[];

  /**
   * Actions for the first `rows` rows of `actInput`, as they are stored (see ActionEncoder).
   * @param masks one for each row, or null where everything is allowed
   * @param actions [rows, numbers per action], written
   * @param rollout where learning has to know of these actions: what is remembered of row i belongs into slot length + i
   */
  protected abstract choose(
    rows: number,
    explore: boolean,
    masks: ActionMasks | null,
    actions: Float32Array,
    rollout: Rollout<Names> | null,
  ): void;

  /** Plans what `prepare` and `learnMinibatch` need. Called once, before the first transition is observed. */
  protected abstract planUpdates(rollout: Rollout<Names>): void;

  /** What `prepare` finds and the updates read, by name: part of a checkpoint in the middle of a round. */
  protected abstract prepared(): Readonly<Record<string, Tensor>>;

  /** Computes targets or advantages of a full rollout, which was uploaded. */
  protected abstract prepare(rollout: Rollout<Names>): void;

  /**
   * One update from the transitions order[first] .. order[first + minibatchSize - 1].
   * @returns false when none was made and the round ends here
   */
  protected abstract learnMinibatch(rollout: Rollout<Names>, first: number): boolean;

  /** What environments are given for chosen actions; by default as the ActionEncoder does. */
  protected present(rows: number, chosen: Float32Array, given: Float32Array): void {
    this.actions.present(rows, chosen, given);
  }

  /** Whether there is enough in the rollout for a round of updates. */
  protected isComplete(rollout: Rollout<Names>): boolean {
    return rollout.isFull;
  }

  /** Puts the rollout into the order of an epoch: a random one. */
  protected beginEpoch(): void {
    this.#order.shuffle(this.#shuffling);
  }

  /** [1, slots]: the order in which this epoch goes through the rollout. */
  protected get order(): Tensor {
    return this.#order.tensor;
  }

  /**
   * What is acted on greedily next are observations of the streams `first` .. first + rows - 1; where `starts` holds one for
   * stream i its episode begins.
   */
  protected follow(_first: number, _rows: number, _starts?: ArrayLike<number | boolean>): void {}

  /** A step of an environment was taken in. */
  protected stepTaken(_environment: number, _ended: boolean): void {}

  /** The rollout was learned from: what is chosen next begins another. */
  protected rolloutOver(): void {}

  get learningRate(): number {
    return scheduleValue(this.settings.learningRate, this.now());
  }

  // --- acting --------------------------------------------------------------------------------------------------------

  /**
   * The greedy action; with `explore` the one that training takes.
   * @param observation a value of the observation space; array-likes of numbers for a Box
   * @returns a value of the action space; where it is no number, an array that the next call overwrites
   */
  act(observation: SpaceValue, options?: ActOptions): ActionValue {
    this.requireUsable("act");
    this.encoder.encode("act", "observation", observation, this.#input.row);
    // Not rejectUnknownOptions: for-in lists the names without allocating.
    for (const name in options) if (!ACT_OPTIONS.includes(name)) rejectUnknownOptions("act", options, ACT_OPTIONS);
    const hasMask = options?.mask !== undefined;
    if (hasMask) this.#readMask("act", options.mask, 0);
    this.#input.showRow();
    const explore = options?.explore === true;
    if (!explore) this.follow(0, 1, options?.episodeStart ? START : undefined);
    this.#choose(1, explore, hasMask, this.#input.row);
    const { size, space } = this.actions;
    if (space.kind === "discrete") return space.start + this.#given[0];
    for (let c = 0; c < size; c++) this.#actionRow[c] = this.#given[c];
    return this.#actionRow;
  }

  /**
   * Actions for many observations at once: greedy ones, or with `explore` those that training takes. With several
   * environments observation i is environment i's.
   * @param observations one value of the observation space each
   * @param actions written and returned: one entry per observation for Discrete, else one row [a fresh array]
   * @throws RangeError when exploring actions that have to be remembered are asked for other than one per environment
   */
  actBatch(
    observations: ArrayLike<SpaceValue>,
    options: ActBatchOptions = {},
    actions: VectorActions = this.#freshActions(observations.length),
  ): VectorActions {
    this.requireUsable("actBatch");
    for (const name in options) {
      if (!BATCH_OPTIONS.includes(name)) rejectUnknownOptions("actBatch", options, BATCH_OPTIONS);
    }
    const { explore = false, masks, episodeStarts } = options;
    const count = observations.length;
    const { environments } = this.settings;
    if (explore && this.#remembered !== null && count !== environments) {
      throw new RangeError(
        `actBatch: observations expected ${environments}, one per environment, to explore with, got ${count}. Observe what follows before the next call.`,
      );
    }
    // Statistics change with whole steps: those of what is acted on and of what is then stored have to be the same.
    const isKept = explore && this.#remembered !== null && this.#normalizer.observations !== null;
    if (isKept) this.#requireWholeSteps("actBatch", this.#rollout);
    const { row, rows: explored } = this.#input;
    for (let i = 0; i < count; i++) this.encoder.encode("actBatch", `observations[${i}]`, observations[i], row);
    const most = this.actInput.rows;
    for (let from = 0; from < count; from += most) {
      const rows = Math.min(most, count - from);
      for (let i = 0; i < rows; i++) {
        this.encoder.encode("actBatch", "observation", observations[from + i], row);
        this.#input.showRow(i);
        if (explore && i < environments) explored.set(row, i * row.length);
        if (masks !== undefined) this.#readMask("actBatch", masks[from + i], i);
      }
      if (!explore) this.follow(from, rows, episodeStarts);
      this.#choose(rows, explore, masks !== undefined, explored);
      this.#handOut(rows, from, actions);
    }
    return actions;
  }

  #freshActions(count: number): VectorActions {
    const { size, space } = this.actions;
    return space.kind === "discrete" ? new Int32Array(count) : new Float32Array(count * size);
  }

  /** Given actions into `actions`, from the `first` one on. */
  #handOut(rows: number, first: number, actions: VectorActions): void {
    const { size, space } = this.actions;
    const start = space.kind === "discrete" ? space.start : 0;
    for (let k = 0; k < rows * size; k++) actions[first * size + k] = start + this.#given[k];
  }

  /**
   * Exploring actions for what a vector environment shows.
   * @param observations [environments, flat observation], row-major
   * @param actions [environments], written; other than Discrete: [environments, numbers per action]
   * @throws RangeError when a length does not fit or an observation is not finite
   */
  actRows(observations: Float32Array, actions: VectorActions): void {
    this.requireUsable("actRows");
    const { environments } = this.settings;
    const { size } = this.encoder;
    requireLength("actRows", "observations", observations, environments * size);
    requireLength("actRows", "actions", actions, environments * this.actions.size);
    const { rows } = this.#input;
    for (let e = 0; e < environments; e++) this.encoder.encodeRow("actRows", observations, e, rows, e * size);
    this.#input.showRows();
    this.#choose(environments, true, false, rows);
    this.#handOut(environments, 0, actions);
  }

  /** Encodes an observation and shows it to the networks: the first row of `actInput`. */
  protected show(where: string, observation: SpaceValue): void {
    this.encoder.encode(where, "observation", observation, this.#input.row);
    this.#input.showRow();
  }

  /** @param observations of the rows, as they came: remembered where learning asks for it */
  #choose(rows: number, explore: boolean, isMasked: boolean, observations: Float32Array): void {
    const masks = isMasked ? (this.#masks ?? null) : null;
    const rollout = explore ? this.#memoryFor(rows) : null;
    this.choose(rows, explore, masks, this.#chosen, rollout);
    this.present(rows, this.#chosen, this.#given);
    if (rollout === null) return;
    if (this.actions.options > 0) rollout.writeMasks(rows, masks === null ? null : masks.rows);
    this.#awaited.add(rows, rollout, observations, this.#chosen, this.#given);
  }

  /** The rollout, where exploring actions are learned from and there is room for them. */
  #memoryFor(rows: number): Rollout<Names> | null {
    if (this.#remembered === null) return null;
    const rollout = this.#rollout ?? this.planRollout();
    return rollout.length + rows <= rollout.slots ? rollout : null;
  }

  #readMask(where: string, mask: ArrayLike<number | boolean> | undefined, row: number): void {
    const { actions, backend, actInput } = this;
    if (actions.options === 0) {
      throw new TypeError(
        `${where}: mask expected none for ${actions.space.kind} actions, got ${show(mask)}. Only numbered options can be forbidden.`,
      );
    }
    this.#masks ??= new ActionMasks(backend, actions, actInput.rows);
    this.#masks.read(mask, row);
  }

  // --- observing -----------------------------------------------------------------------------------------------------

  /**
   * Takes in one step of experience. With E environments the calls go round: the i-th is of environment i modulo E.
   * @throws StateError when the rollout is full: `update` has to learn from it first; or when the agent learns from its own
   *   actions and did not choose this one with `explore`
   */
  observe(transition: Transition): void {
    this.requireUsable("observe");
    const rollout = this.#roomFor("observe", 1);
    this.#write(transition, rollout, 0);
    this.#take(rollout, 1);
  }

  /**
   * Takes in whole steps of all environments: transition i is of environment i modulo E. None is taken in when one does not
   * fit.
   * @throws RangeError when their number is no multiple of E; StateError as `observe`, or when a step is half observed
   */
  observeBatch(transitions: ArrayLike<Transition>): void {
    this.requireUsable("observeBatch");
    const { environments } = this.settings;
    const count = transitions.length;
    if (count % environments !== 0) {
      throw new RangeError(
        `observeBatch: transitions expected a multiple of the ${environments} environments, got ${count}. Give one per environment, in their order.`,
      );
    }
    const rollout = this.#roomFor("observeBatch", count);
    this.#requireWholeSteps("observeBatch", rollout);
    for (let i = 0; i < count; i++) this.#write(transitions[i], rollout, i);
    this.#take(rollout, count);
  }

  /**
   * Takes in a step of a vector environment, in mode "same-step": what it answered to `actions`.
   * @param observations [environments, flat observation] that the actions were chosen for
   * @param actions as `actRows` wrote them
   * @throws RangeError when something does not fit; nothing is taken in then
   */
  observeRows(observations: Float32Array, actions: VectorActions, result: VectorStepResult): void {
    const where = "observeRows";
    this.requireUsable(where);
    const { environments } = this.settings;
    const { size } = this.encoder;
    const { size: width, space } = this.actions;
    const { reward, terminated, truncated } = result;
    requireLength(where, "observations", observations, environments * size);
    requireLength(where, "actions", actions, environments * width);
    const rollout = this.#roomFor(where, environments);
    this.#requireWholeSteps(where, rollout);
    const first = rollout.length;
    for (let e = 0; e < environments; e++) {
      const k = first + e;
      if (this.#remembered === null) {
        const action = space.kind === "discrete" ? actions[e] : actions.subarray(e * width, (e + 1) * width);
        this.actions.encode(where, action, rollout.action, k * width, e);
        this.encoder.encodeRow(where, observations, e, rollout.observation, k * size);
      } else {
        this.encoder.encodeRow(where, observations, e, this.#input.row);
        this.#awaited.requireObservation(where, rollout, e, this.#input.row);
        this.#awaited.requireRow(where, rollout, e, actions);
      }
      requireReward(where, e, reward[e]);
      const ended = terminated[e] !== 0 || truncated[e] !== 0;
      const next = ended ? result.finalObservation : result.observation;
      this.encoder.encodeRow(where, next, e, rollout.nextObservation, k * size);
      rollout.reward[k] = reward[e];
      rollout.terminated[k] = terminated[e];
      rollout.truncated[k] = truncated[e];
    }
    this.#take(rollout, environments);
  }

  /** The running episodes end here, unseen: the rollout goes on with others. */
  forgetEpisode(): void {
    this.#rollout?.cut();
    this.#normalizer.forgetEpisodes((this.#rollout?.length ?? 0) % this.settings.environments);
  }

  /** Checks a transition and writes it `ahead` slots beyond the next; it counts once it is added. */
  #write(transition: Transition, rollout: Rollout<Names>, ahead: number): void {
    const k = rollout.length + ahead;
    const { size } = this.encoder;
    const { action, observation, nextObservation, reward } = transition;
    if (this.#remembered === null) {
      this.actions.encode("observe", action, rollout.action, k * this.actions.size);
      requireOutcome(transition);
      this.encoder.encode("observe", "observation", observation, rollout.observation, k * size);
    } else {
      requireOutcome(transition);
      this.encoder.encode("observe", "observation", observation, this.#input.row);
      this.#awaited.requireObservation("observe", rollout, ahead, this.#input.row);
      this.#awaited.requireAction("observe", rollout, ahead, action);
    }
    this.encoder.encode("observe", "nextObservation", nextObservation, rollout.nextObservation, k * size);
    rollout.reward[k] = reward;
    rollout.terminated[k] = transition.terminated ? 1 : 0;
    rollout.truncated[k] = transition.truncated ? 1 : 0;
  }

  /** Takes in the next slots, which are written and checked. */
  #take(rollout: Rollout<Names>, count: number): void {
    const first = rollout.length;
    rollout.advance(count);
    this.envSteps += count;
    const { environments } = this.settings;
    for (let k = first; k < first + count; k++) {
      const ended = rollout.terminated[k] !== 0 || rollout.truncated[k] !== 0;
      const environment = k % environments;
      if (ended) this.episodes++;
      this.stepTaken(environment, ended);
      if (environment === environments - 1) this.#normalizer.includeStep(rollout, k - environment);
    }
  }

  #roomFor(where: string, count: number): Rollout<Names> {
    const rollout = this.#rollout ?? this.planRollout();
    const room = rollout.slots - rollout.length;
    if (count <= room) return rollout;
    throw new StateError(
      `${where}: rollout expected room for ${count} transitions, got ${room} of ${rollout.slots} free. ` +
        "Call update when the rollout is full: it learns from it and empties it.",
    );
  }

  #requireWholeSteps(where: string, rollout: Rollout<Names> | undefined): void {
    const { environments } = this.settings;
    const observed = (rollout?.length ?? 0) % environments;
    if (observed === 0) return;
    throw new StateError(
      `${where}: rollout expected whole steps of ${environments} environments, got a step of which ${observed} are observed. Observe the others first.`,
    );
  }

  // --- updating ------------------------------------------------------------------------------------------------------

  /**
   * Learns from the rollout when it is full: all of its round of updates, or as many as the options allow; the next call
   * goes on. After the last one the rollout is empty, and there is room for the next.
   * @returns how many updates were made; 0 while the rollout is not full
   */
  update(options?: UpdateOptions): number {
    return this.makeUpdates(options, Number.POSITIVE_INFINITY);
  }

  protected override updateOnce(): number {
    const rollout = this.#rollout;
    if (rollout === undefined || !this.isComplete(rollout)) return 0;
    const { minibatches = 1 } = this.settings;
    if (this.#made === 0) {
      rollout.upload();
      this.prepare(rollout);
    }
    const turn = this.#made % minibatches;
    if (turn === 0) this.beginEpoch();
    const goesOn = this.learnMinibatch(rollout, turn * this.minibatchSize);
    if (goesOn) {
      this.updates++;
      this.#made++;
    }
    if (!goesOn || this.#made === this.mostUpdatesDue()) {
      rollout.clear();
      this.rolloutOver();
      this.#made = 0;
    }
    return goesOn ? 1 : 0;
  }

  protected updatesDue(): number {
    const rollout = this.#rollout;
    return rollout !== undefined && this.isComplete(rollout) ? this.mostUpdatesDue() - this.#made : 0;
  }

  protected mostUpdatesDue(): number {
    const { epochs = 1, minibatches = 1 } = this.settings;
    return epochs * minibatches;
  }

  /** Puts `order` as the transitions were collected. */
  protected orderAsCollected(): void {
    this.#order.reset();
  }

  /** Plans the rollout and all that learning needs: by algorithms when they are built, for a policy when it first observes. */
  protected planRollout(): Rollout<Names> {
    const { rolloutSteps: steps, environments } = this.settings;
    const shape = {
      steps,
      environments,
      observationSize: this.encoder.size,
      actionSize: this.actions.size,
      maskSize: this.actions.options,
    };
    const rollout = new Rollout<Names>(this.backend, shape, this.#remembered ?? undefined);
    const { slots } = rollout;
    this.#order = new RolloutOrder(this.backend, slots, environments, this.minibatchSize, this.#sequenceSteps);
    this.planUpdates(rollout);
    this.#rollout = rollout;
    return rollout;
  }

  /** @throws DivergenceError when a loss, or the gradient norm where it is clipped, is not finite */
  protected abstract requireFinite(): void;

  /** A gradient may overflow where the loss does not; without clipping the next update's loss shows it. */
  protected requireFiniteNorm(): void {
    if (this.settings.maxGradientNorm !== null) this.requireFiniteMetric("gradient norm", this.norm);
  }

  /** @param metrics whose first number is asked for */
  protected requireFiniteMetric(what: string, metrics: Tensor): void {
    const value = this.backend.latest(metrics, 0);
    if (value - value === 0) return;
    throw new DivergenceError(
      `${this.#name}: ${what} expected a finite number, got ${value} in update ${this.updates + 1} (environment step ${this.envSteps}). ` +
        "Lower learningRate, set maxGradientNorm, or scale rewards down; go on from the last good checkpoint.",
    );
  }

  protected override get vectorLearner(): this {
    return this;
  }

  memory(): MemoryReport {
    const replay = this.#rollout?.bytes ?? 0;
    const capacity = this.settings.rolloutSteps * this.settings.environments;
    let numbers = 0;
    for (const { network } of this.models) for (const spec of network.specs) numbers += parameterSize(spec);
    return {
      total: this.backend.bytes,
      parameters: numbers * 4,
      replay,
      bytesPerTransition: replay / capacity,
      capacity,
    };
  }

  protected trained(): Float32Array[] {
    return this.models.flatMap(({ network }) =>
      network.specs.map((_, i) => this.backend.readParameter(network.parameters, i) as Float32Array),
    );
  }

  protected release(): void {
    this.#rollout = undefined;
    this.backend.release?.();
  }

  /** A schedule's value now, at index 0. */
  protected valueNow(schedule: Schedule): Float64Array {
    writeScheduleValue(schedule, this.now(), this.#scheduled);
    return this.#scheduled;
  }

  protected now(): RunPosition {
    this.#position.envSteps = this.envSteps;
    this.#position.episodes = this.episodes;
    return this.#position;
  }

  // --- checkpoints ---------------------------------------------------------------------------------------------------

  protected state(contents: "run" | "policy"): { tensors: CheckpointTensor[]; data: Record<string, unknown> } {
    const { backend, models, settings } = this;
    const tensors = models.flatMap(({ prefix, network }) => parameterTensors(backend, prefix, network.parameters));
    tensors.push(...this.#normalizer.save(contents));
    if (contents === "policy") return { tensors, data: { settings } };
    for (const { prefix, optimizer } of models) {
      for (const [name, block] of Object.entries(optimizer.blocks)) {
        tensors.push(...parameterTensors(backend, `${prefix}optimizer.${name}.`, block));
      }
    }
    tensors.push(
      vectorTensor("random.exploration", "U32", backend.random.read(this.exploration)),
      vectorTensor("random.minibatches", "U32", backend.random.read(this.#shuffling)),
      vectorTensor("metrics", "F32", readMetrics(backend, this.metricColumns())),
      ...(this.#rollout?.save() ?? []),
    );
    if (this.#made > 0) {
      for (const [name, tensor] of Object.entries({ order: this.order, ...this.prepared() })) {
        tensors.push(vectorTensor(`round.${name}`, "F32", backend.read(tensor) as Float32Array));
      }
    }
    const optimizers = models.map(({ optimizer }) => optimizer.scalars());
    return { tensors, data: { settings, optimizers, updatesOfRound: this.#made } };
  }

  /** The inverse of `state`; used by `openRollout` (open-rollout.ts). @throws CheckpointError */
  restore(checkpoint: Checkpoint): void {
    const { backend, models } = this;
    const read = (prefix: string, block: Parameters): void => {
      readParameterTensors(backend, checkpoint, prefix, block);
    };
    for (const { prefix, network } of models) read(prefix, network.parameters);
    this.#normalizer.restore(checkpoint);
    if (checkpoint.contents === "policy") {
      this.restoreRun(checkpoint);
      return;
    }
    const { optimizers } = checkpoint.data;
    for (const [i, { prefix, optimizer }] of models.entries()) {
      for (const [name, block] of Object.entries(optimizer.blocks)) read(`${prefix}optimizer.${name}.`, block);
      const scalars = requireObject("optimizers", Array.isArray(optimizers) ? optimizers[i] : undefined);
      for (const name of Object.keys(optimizer.scalars())) {
        if (typeof scalars[name] !== "number") throw damaged(`optimizers.${name}`, "a number", scalars[name]);
      }
      optimizer.loadScalars(scalars as Record<string, number>);
    }
    backend.random.write(this.exploration, requireTensor(checkpoint, "random.exploration", Uint32Array, 4));
    backend.random.write(this.#shuffling, requireTensor(checkpoint, "random.minibatches", Uint32Array, 4));
    const columns = this.metricColumns();
    writeMetrics(backend, columns, requireTensor(checkpoint, "metrics", Float32Array, columns.length));
    this.#restoreRound(checkpoint);
    this.restoreRun(checkpoint);
  }

  #restoreRound(checkpoint: Checkpoint): void {
    const rollout = this.#rollout!;
    rollout.restore(checkpoint, (number, c) => this.actions.isStored(number, c));
    this.#awaited.restore(rollout, (...given) => this.present(...given));
    const made = requireCount("updatesOfRound", checkpoint.data.updatesOfRound);
    if (made === 0) return;
    const most = this.mostUpdatesDue() - 1;
    if (made > most) throw damaged("updatesOfRound", `at most ${most}`, made);
    if (!this.isComplete(rollout)) throw damaged("updatesOfRound", "0 while the rollout is not full", made);
    const order = requireTensor(checkpoint, "round.order", Float32Array, rollout.slots);
    if (!order.every((k) => Number.isInteger(k) && k >= 0 && k < rollout.slots)) {
      throw damaged("round.order", `whole numbers below ${rollout.slots}`, order);
    }
    this.backend.write(this.order, order);
    for (const [name, tensor] of Object.entries(this.prepared())) {
      const size = tensor.rows * tensor.columns;
      this.backend.write(tensor, requireTensor(checkpoint, `round.${name}`, Float32Array, size));
    }
    rollout.upload();
    this.#made = made;
  }
}
