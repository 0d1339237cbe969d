// What agents that learn from rollouts have in common. E environments are stepped together for T steps; then a round of
// updates learns from that rollout, epoch by epoch and minibatch by minibatch, and forgets it.
//
// An algorithm says how it chooses actions (`choose`), what it computes once when a rollout is full (`prepare`), and what
// one update does (`learnMinibatch`). Everything in between is here: acting and observing one by one or for all
// environments at once, the round of updates in steps that may be interrupted and saved, checkpoints.

import type { ActOptions, MemoryReport, Transition, UpdateOptions } from "../agent.ts";
import { type Backend, METRICS, Metric, type Parameters, type RandomStream, type Tensor } from "../backend.ts";
import { type BackendChoice, createBackend } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import type { VectorStepResult } from "../env.ts";
import { DivergenceError, rejectUnknownOptions, requireNumber, StateError, show } from "../errors.ts";
import {
  type Checkpoint,
  type CheckpointTensor,
  damaged,
  requireCount,
  requireObject,
  requireTensor,
} from "../formats/checkpoint.ts";
import type { Network, Workspace } from "../nn/network.ts";
import type { Optimizer } from "../nn/optimizer.ts";
import type { Discrete, SpaceValue } from "../space.ts";
import { allowedAction, countAllowed, readActionMask } from "./action-mask.ts";
import type { VectorLearner } from "./env-session.ts";
import { ObservationEncoder } from "./observation-encoder.ts";
import { parameterSize, parameterTensors, readParameterTensors } from "./parameter-tensors.ts";
import { vectorTensor } from "./replay-tensors.ts";
import { Rollout } from "./rollout.ts";
import type { RolloutSettings } from "./rollout-options.ts";
import { type RunPosition, type Schedule, scheduleValue, writeScheduleValue } from "./schedule.ts";
import { TrainableAgent, type Workplace } from "./trainable-agent.ts";
import { requireDiscrete, requireDiscreteStep } from "./transition-check.ts";

const ACT_OPTIONS = ["explore", "mask", "episodeStart"];

/** Rows of the acting input at least: `actBatch` takes as many at a time. */
const ACT_ROWS = 64;

/** A network that is trained, with what trains it. */
export interface Model {
  /** Put before its names in checkpoints: "" for an algorithm's only network. */
  readonly prefix: string;
  readonly network: Network;
  readonly optimizer: Optimizer;
}

export abstract class RolloutAgent<
    Settings extends RolloutSettings = RolloutSettings,
    Remembered extends string = never,
  >
  extends TrainableAgent
  implements VectorLearner
{
  readonly algorithm: string;
  readonly settings: Settings;
  protected readonly backend: Backend;
  protected readonly actions: Discrete;
  protected readonly encoder: ObservationEncoder;
  protected readonly exploration: RandomStream;
  /** [1, METRICS] */
  protected readonly metricsRow: Tensor;
  /** What is acted on; `choose` reads its first rows. */
  protected readonly actInput: Tensor;
  /** Transitions per update. */
  protected readonly minibatchSize: number;
  /** What an update learns from, [minibatchSize, ...], gathered by `learnMinibatch`. */
  protected readonly batchObservation: Tensor;
  protected readonly batchAction: Tensor;
  /** [1, slots]: the order in which this epoch goes through the rollout. */
  protected order!: Tensor;
  readonly #name: string;
  readonly #remembered: readonly Remembered[];
  readonly #shuffling: RandomStream;
  #rollout: Rollout<Remembered> | undefined;
  #inOrder!: Float32Array;
  /** Updates made from the full rollout. */
  #made = 0;

  readonly #actRow: Float32Array;
  /** One row per environment. */
  readonly #vectorRows: Float32Array;
  readonly #choices: Int32Array;
  readonly #mask: Tensor;
  readonly #maskRow: Float32Array;
  /** Where a schedule's value is written: a number handed back may be a heap object. */
  readonly #scheduled = new Float64Array(1);
  readonly #position: { envSteps: number; episodes: number; totalSteps: number };

  /** @param remembered what `choose` writes into `rollout.remembered` when it explores, see `Rollout` */
  constructor(
    names: { readonly name: string; readonly algorithm: string },
    workplace: Workplace,
    settings: Settings,
    hardware: { readonly backend?: BackendChoice; readonly engine?: EngineBinary },
    remembered: readonly Remembered[] = [],
  ) {
    super(workplace, settings.seed);
    const { name } = names;
    this.algorithm = names.algorithm;
    this.settings = settings;
    this.#name = name;
    this.#remembered = remembered;
    this.actions = requireDiscrete(name, workplace);
    const backend = createBackend(name, hardware.backend, hardware.engine);
    this.backend = backend;
    this.encoder = new ObservationEncoder(name, this.observationSpace, settings.rescaleObservations);
    this.exploration = backend.randomStream(settings.seed, "exploration");
    this.#shuffling = backend.randomStream(settings.seed, "minibatches");

    const { size } = this.encoder;
    const { environments, rolloutSteps, minibatches } = settings;
    const rows = Math.max(ACT_ROWS, environments);
    this.actInput = backend.tensor(rows, size);
    this.#actRow = new Float32Array(size);
    this.#vectorRows = new Float32Array(environments * size);
    this.#choices = new Int32Array(rows);
    this.#mask = backend.tensor(1, this.actions.n);
    this.#maskRow = new Float32Array(this.actions.n);
    this.metricsRow = backend.tensor(1, METRICS);
    this.minibatchSize = Math.floor((rolloutSteps * environments) / minibatches);
    this.batchObservation = backend.tensor(this.minibatchSize, size);
    this.batchAction = backend.tensor(this.minibatchSize, 1);
    this.#position = { envSteps: 0, episodes: 0, totalSteps: settings.totalSteps };
  }

  /** The networks that are trained, in a fixed order. */
  protected abstract readonly models: readonly Model[];

  /**
   * Actions, counted from 0, for the first `rows` rows of `actInput`.
   * @param mask [1, actions] for a single row, or null
   * @param choices written
   */
  protected abstract choose(rows: number, explore: boolean, mask: Tensor | null, choices: Int32Array): void;

  /** Plans what `prepare` and `learnMinibatch` need. Called once, before the first transition is observed. */
  protected abstract planUpdates(rollout: Rollout<Remembered>): void;

  /** What `prepare` finds and the updates read, by name: part of a checkpoint in the middle of a round. */
  protected abstract prepared(): Readonly<Record<string, Tensor>>;

  /** Computes targets or advantages of a full rollout, which was uploaded. */
  protected abstract prepare(rollout: Rollout<Remembered>): void;

  /** One update from the transitions order[first] .. order[first + minibatchSize - 1]. */
  protected abstract learnMinibatch(rollout: Rollout<Remembered>, first: number): void;

  get learningRate(): number {
    return scheduleValue(this.settings.learningRate, this.now());
  }

  // --- acting --------------------------------------------------------------------------------------------------------

  /**
   * The greedy action; with `explore` the one that training takes.
   * @param observation a value of the observation space; array-likes of numbers for a Box
   * @returns a value of the action space
   */
  act(observation: SpaceValue, options?: ActOptions): number {
    this.requireUsable("act");
    this.encoder.encode("act", "observation", observation, this.#actRow);
    // Not rejectUnknownOptions: for-in lists the names without allocating.
    for (const name in options) if (!ACT_OPTIONS.includes(name)) rejectUnknownOptions("act", options, ACT_OPTIONS);
    const mask = options?.mask === undefined ? null : this.#readMask(options.mask);
    this.backend.write(this.actInput, this.#actRow);
    this.choose(1, options?.explore === true, mask, this.#choices);
    return this.actions.start + this.#choices[0];
  }

  /**
   * Actions for many observations at once: greedy ones, or with `explore` those that training takes. With several
   * environments observation i is environment i's.
   * @param observations one value of the observation space each
   * @param actions written and returned; one entry per observation [a fresh array]
   */
  actBatch(
    observations: ArrayLike<SpaceValue>,
    options: { readonly explore?: boolean } = {},
    actions: Int32Array = new Int32Array(observations.length),
  ): Int32Array {
    this.requireUsable("actBatch");
    for (const name in options) if (name !== "explore") rejectUnknownOptions("actBatch", options, ["explore"]);
    const count = observations.length;
    for (let i = 0; i < count; i++)
      this.encoder.encode("actBatch", `observations[${i}]`, observations[i], this.#actRow);
    const most = this.actInput.rows;
    for (let from = 0; from < count; from += most) {
      const rows = Math.min(most, count - from);
      for (let row = 0; row < rows; row++) {
        this.encoder.encode("actBatch", "observation", observations[from + row], this.#actRow);
        this.backend.write(this.actInput, this.#actRow, row);
      }
      this.choose(rows, options.explore === true, null, this.#choices);
      for (let row = 0; row < rows; row++) actions[from + row] = this.actions.start + this.#choices[row];
    }
    return actions;
  }

  /**
   * Exploring actions for what a vector environment shows.
   * @param observations [environments, flat observation], row-major
   * @param actions [environments], written
   * @throws RangeError when a length does not fit or an observation is not finite
   */
  actRows(observations: Float32Array, actions: Int32Array): void {
    this.requireUsable("actRows");
    const { environments } = this.settings;
    const { size } = this.encoder;
    requireLength("actRows", "observations", observations, environments * size);
    requireLength("actRows", "actions", actions, environments);
    for (let e = 0; e < environments; e++)
      this.encoder.encodeRow("actRows", observations, e, this.#vectorRows, e * size);
    this.backend.write(this.actInput, this.#vectorRows);
    this.choose(environments, true, null, this.#choices);
    for (let e = 0; e < environments; e++) actions[e] = this.actions.start + this.#choices[e];
  }

  // --- observing -----------------------------------------------------------------------------------------------------

  /**
   * Takes in one step of experience. With E environments the calls go round: the i-th is of environment i modulo E.
   * @throws StateError when the rollout is full: `update` has to learn from it first
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
   * @throws RangeError when their number is no multiple of E; StateError when a step is half observed or the rollout full
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
   * @throws RangeError when something does not fit; nothing is taken in then
   */
  observeRows(observations: Float32Array, actions: Int32Array, result: VectorStepResult): void {
    const where = "observeRows";
    this.requireUsable(where);
    const { environments } = this.settings;
    const { size } = this.encoder;
    const { start, n } = this.actions;
    const { reward, terminated, truncated } = result;
    requireLength(where, "observations", observations, environments * size);
    requireLength(where, "actions", actions, environments);
    const rollout = this.#roomFor(where, environments);
    this.#requireWholeSteps(where, rollout);
    const first = rollout.length;
    for (let e = 0; e < environments; e++) {
      const action = actions[e] - start;
      if (!(action >= 0 && action < n)) {
        throw new RangeError(
          `${where}: action of environment ${e} expected an integer in ${start}..${start + n - 1}, got ${actions[e]}. Pass what actRows wrote.`,
        );
      }
      const single = Math.fround(reward[e]);
      if (single - single !== 0) {
        throw new RangeError(
          `${where}: reward of environment ${e} expected a finite number, got ${reward[e]}. Check the environment.`,
        );
      }
      const ended = terminated[e] !== 0 || truncated[e] !== 0;
      const next = ended ? result.finalObservation : result.observation;
      this.encoder.encodeRow(where, observations, e, rollout.observation, (first + e) * size);
      this.encoder.encodeRow(where, next, e, rollout.nextObservation, (first + e) * size);
      rollout.action[first + e] = action;
      rollout.reward[first + e] = reward[e];
      rollout.terminated[first + e] = terminated[e];
      rollout.truncated[first + e] = truncated[e];
    }
    this.#take(rollout, environments);
  }

  /** The running episodes end here, unseen: the rollout goes on with others. */
  forgetEpisode(): void {
    this.#rollout?.cut();
  }

  /** Checks a transition and writes it `ahead` slots beyond the next; it counts once it is added. */
  #write(transition: Transition, rollout: Rollout<Remembered>, ahead: number): void {
    const k = rollout.length + ahead;
    const { size } = this.encoder;
    requireDiscreteStep(transition, this.actions);
    this.encoder.encode("observe", "observation", transition.observation, rollout.observation, k * size);
    this.encoder.encode("observe", "nextObservation", transition.nextObservation, rollout.nextObservation, k * size);
    rollout.action[k] = (transition.action as number) - this.actions.start;
    rollout.reward[k] = transition.reward;
    rollout.terminated[k] = transition.terminated ? 1 : 0;
    rollout.truncated[k] = transition.truncated ? 1 : 0;
  }

  /** Takes in the next slots, which are written and checked. */
  #take(rollout: Rollout<Remembered>, count: number): void {
    const first = rollout.length;
    rollout.advance(count);
    this.envSteps += count;
    for (let k = first; k < first + count; k++) {
      if (rollout.terminated[k] !== 0 || rollout.truncated[k] !== 0) this.episodes++;
    }
  }

  #roomFor(where: string, count: number): Rollout<Remembered> {
    const rollout = this.#rollout ?? this.planRollout();
    const room = rollout.slots - rollout.length;
    if (count <= room) return rollout;
    throw new StateError(
      `${where}: rollout expected room for ${count} transitions, got ${room} of ${rollout.slots} free. ` +
        "Call update when the rollout is full: it learns from it and empties it.",
    );
  }

  #requireWholeSteps(where: string, rollout: Rollout<Remembered>): void {
    const { environments } = this.settings;
    const observed = rollout.length % environments;
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
    this.requireUsable("update");
    let maxUpdates = Number.POSITIVE_INFINITY;
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

  protected override updateOnce(): number {
    const rollout = this.#rollout;
    if (rollout === undefined || !rollout.isFull) return 0;
    const { minibatches } = this.settings;
    if (this.#made === 0) {
      rollout.upload();
      this.prepare(rollout);
    }
    const turn = this.#made % minibatches;
    if (turn === 0) this.backend.permutation(this.#shuffling, this.order);
    this.learnMinibatch(rollout, turn * this.minibatchSize);
    this.updates++;
    this.#made++;
    if (this.#made === this.mostUpdatesDue()) {
      rollout.clear();
      this.#made = 0;
    }
    return 1;
  }

  protected updatesDue(): number {
    return this.#rollout?.isFull ? this.mostUpdatesDue() - this.#made : 0;
  }

  protected mostUpdatesDue(): number {
    return this.settings.epochs * this.settings.minibatches;
  }

  /**
   * The largest output of the network for every record of `source` [slots, size], into `maxima` [T, E]. A network with one
   * output gives its value. Overwrites the order: for `prepare`.
   */
  protected writeLargestOutputs(network: Network, space: Workspace, source: Tensor, maxima: Tensor): void {
    const { backend, minibatchSize, order } = this;
    backend.write(order, this.#inOrder);
    for (let first = 0; first < order.columns; first += minibatchSize) {
      const rows = Math.min(minibatchSize, order.columns - first);
      backend.rollout.gather(rows, order, first, source, this.batchObservation);
      backend.rollout.maxima(rows, network.forward(this.batchObservation, space, rows), first, maxima);
    }
  }

  /** Plans the rollout and all that learning needs: by algorithms when they are built, for a policy when it first observes. */
  protected planRollout(): Rollout<Remembered> {
    const { rolloutSteps: steps, environments } = this.settings;
    const shape = { steps, environments, observationSize: this.encoder.size, actionSize: 1 };
    const rollout = new Rollout<Remembered>(this.backend, shape, this.#remembered);
    this.order = this.backend.tensor(1, rollout.slots);
    this.#inOrder = Float32Array.from({ length: rollout.slots }, (_, k) => k);
    this.planUpdates(rollout);
    this.#rollout = rollout;
    return rollout;
  }

  /** The rollout, where it is planned: for `choose`, which writes what it remembers into it. */
  protected get rollout(): Rollout<Remembered> | undefined {
    return this.#rollout;
  }

  /** @throws DivergenceError when the loss, or the gradient norm where it is clipped, is not finite */
  protected requireFinite(): void {
    const loss = this.backend.latest(this.metricsRow, Metric.loss);
    // A gradient may overflow where the loss does not; without clipping the next update's loss shows it.
    const clips = this.settings.maxGradientNorm !== null;
    const norm = clips ? this.backend.latest(this.metricsRow, Metric.gradientNorm) : 0;
    if (loss - loss === 0 && norm - norm === 0) return;
    const [what, value] = loss - loss === 0 ? ["gradient norm", norm] : ["loss", loss];
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

  /** A uniformly random action among all, or among those that the mask of the running `act` allows. */
  protected randomAction(masked: boolean): number {
    if (!masked) return this.backend.randomIndex(this.exploration, this.actions.n);
    return allowedAction(this.#maskRow, this.backend.randomIndex(this.exploration, countAllowed(this.#maskRow)));
  }

  #readMask(mask: ArrayLike<number | boolean>): Tensor {
    readActionMask(mask, this.#maskRow);
    this.backend.write(this.#mask, this.#maskRow);
    return this.#mask;
  }

  // --- checkpoints ---------------------------------------------------------------------------------------------------

  protected state(contents: "run" | "policy"): { tensors: CheckpointTensor[]; data: Record<string, unknown> } {
    const { backend, models, settings } = this;
    const tensors = models.flatMap(({ prefix, network }) => parameterTensors(backend, prefix, network.parameters));
    if (contents === "policy") return { tensors, data: { settings } };
    for (const { prefix, optimizer } of models) {
      for (const [name, block] of Object.entries(optimizer.blocks)) {
        tensors.push(...parameterTensors(backend, `${prefix}optimizer.${name}.`, block));
      }
    }
    tensors.push(
      vectorTensor("random.exploration", "U32", backend.readStream(this.exploration)),
      vectorTensor("random.minibatches", "U32", backend.readStream(this.#shuffling)),
      vectorTensor("metrics", "F32", backend.read(this.metricsRow) as Float32Array),
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
    backend.writeStream(this.exploration, requireTensor(checkpoint, "random.exploration", Uint32Array, 4));
    backend.writeStream(this.#shuffling, requireTensor(checkpoint, "random.minibatches", Uint32Array, 4));
    backend.write(this.metricsRow, requireTensor(checkpoint, "metrics", Float32Array, METRICS));
    this.#restoreRound(checkpoint);
    this.restoreRun(checkpoint);
  }

  #restoreRound(checkpoint: Checkpoint): void {
    const rollout = this.#rollout!;
    const { n } = this.actions;
    rollout.restore(checkpoint, (action) => Number.isInteger(action) && action >= 0 && action < n);
    const made = requireCount("updatesOfRound", checkpoint.data.updatesOfRound);
    if (made === 0) return;
    const most = this.mostUpdatesDue() - 1;
    if (made > most) throw damaged("updatesOfRound", `at most ${most}`, made);
    if (!rollout.isFull) throw damaged("updatesOfRound", "0 while the rollout is not full", made);
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

function requireLength(where: string, what: string, list: ArrayLike<number>, length: number): void {
  if (list.length === length) return;
  throw new RangeError(
    `${where}: ${what} expected ${length} numbers, got ${show(list)}. Pass what the vector environment gave, for all environments.`,
  );
}
