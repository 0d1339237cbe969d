// Deep Q-learning (Mnih et al. 2015, https://doi.org/10.1038/nature14236), with the options that have become standard:
// double (van Hasselt et al. 2016, arXiv 1509.06461), dueling (Wang et al. 2016, arXiv 1511.06581), multi-step targets
// (Hessel et al. 2018, arXiv 1710.02298), a target network copied every so often or followed by Polyak averaging.
//
// What it does is in `observe` and `#learnOnce`; the rest is options, validation and checkpoints.

import type { ActOptions, MemoryReport, Transition, UpdateOptions } from "../agent.ts";
import {
  type Backend,
  type Batch,
  METRICS,
  Metric,
  type Parameters,
  type RandomStream,
  type TdUpdate,
  type Tensor,
} from "../backend.ts";
import { type BackendChoice, createBackend } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { CheckpointError, DivergenceError, rejectUnknownOptions, requireNumber } from "../errors.ts";
import {
  type Checkpoint,
  type CheckpointTensor,
  damaged,
  requireObject,
  requireTensor,
} from "../formats/checkpoint.ts";
import { encodeSafetensors } from "../formats/safetensors.ts";
import { Network, networkSpecs, type Workspace } from "../nn/network.ts";
import { createOptimizer, type Optimizer } from "../nn/optimizer.ts";
import { matchWeights, readStateDict, type WeightImportOptions } from "../nn/state-dict.ts";
import { NStep, type Window } from "../replay/n-step.ts";
import { planBatch, ReplayBuffer } from "../replay/replay-buffer.ts";
import type { SpaceValue } from "../space.ts";
import { type Discrete, flatSize } from "../space.ts";
import { allowedAction, countAllowed, readActionMask } from "../training/action-mask.ts";
import { ObservationEncoder } from "../training/observation-encoder.ts";
import { openCheckpoint } from "../training/open-checkpoint.ts";
import {
  parameterSize,
  parameterTensors,
  readParameterTensors,
  requireParameterTensors,
} from "../training/parameter-tensors.ts";
import {
  readReplayTensors,
  readWindowTensors,
  replayTensors,
  vectorTensor,
  windowTensors,
} from "../training/replay-tensors.ts";
import { type RunPosition, scheduleValue, writeScheduleValue } from "../training/schedule.ts";
import { TrainableAgent, type Workplace } from "../training/trainable-agent.ts";
import { requireDiscreteStep } from "../training/transition-check.ts";
import { type DQNOptions, type DQNSettings, readSettings, requireDiscrete, SETTING_NAMES } from "./dqn-options.ts";

export type { DQNOptions };

const ACT_OPTIONS = ["explore", "mask"];

/** Rows of the acting workspace: `act` uses one, `actBatch` all. */
const ACT_ROWS = 64;

export class DQN extends TrainableAgent {
  readonly algorithm = "dqn";
  readonly settings: DQNSettings;
  readonly #actions: Discrete;
  readonly #backend: Backend;
  readonly #encoder: ObservationEncoder;
  readonly #online: Network;
  readonly #target: Network;
  readonly #optimizer: Optimizer;
  readonly #gradients: Parameters;
  readonly #exploration: RandomStream;
  readonly #sampling: RandomStream;
  readonly #nStep: NStep;
  #replay: ReplayBuffer | undefined;

  // Acting: observations and the mask are written here, one row each.
  readonly #actInput: Tensor;
  readonly #actSpace: Workspace;
  readonly #actRow: Float32Array;
  readonly #mask: Tensor;
  readonly #maskRow: Float32Array;
  readonly #epsilon = new Float64Array(1);

  // Observing: one transition on its way into the replay.
  readonly #stored: { readonly observation: Tensor; readonly action: Tensor; readonly nextObservation: Tensor };
  readonly #nextRow: Float32Array;
  readonly #actionRow: Float32Array;

  // Updating.
  readonly #batch: Batch;
  readonly #space: Workspace;
  readonly #nextSpace: Workspace;
  readonly #selectionSpace: Workspace | null;
  readonly #td: TdUpdate;
  readonly #metrics: Tensor;
  readonly #position: { envSteps: number; episodes: number; totalSteps: number };

  /**
   * @param workplace an environment, or `{ observationSpace, actionSpace }` for callers who own their loop
   * @param isPolicy used by `load`: the agent is there to act, and plans its replay when it is first given experience
   * @throws TypeError or RangeError when an option is unknown or out of range, or the actions are not Discrete
   */
  constructor(workplace: Workplace, options: DQNOptions = {}, isPolicy: boolean = false) {
    const settings = readSettings(workplace, options);
    super(workplace, settings.seed);
    this.settings = settings;
    this.#actions = requireDiscrete(workplace);
    const backend = createBackend("DQN", options.backend, options.engine);
    this.#backend = backend;
    this.#encoder = new ObservationEncoder("DQN", this.observationSpace, settings.rescaleObservations);

    const { n: actions } = this.#actions;
    const { size } = this.#encoder;
    const { batchSize, seed } = settings;
    this.#online = new Network(backend, size, actions, settings.network, settings.dueling);
    this.#target = new Network(backend, size, actions, settings.network, settings.dueling);
    this.#gradients = backend.parameters(this.#online.specs);
    this.#optimizer = createOptimizer(backend, this.#online.specs, settings.optimizer);
    this.#exploration = backend.randomStream(seed, "exploration");
    this.#sampling = backend.randomStream(seed, "replay");
    this.#online.initialize(backend.randomStream(seed, "init"));
    backend.copyParameters(this.#target.parameters, this.#online.parameters);

    this.#actInput = backend.tensor(ACT_ROWS, size);
    this.#actSpace = this.#online.workspace(ACT_ROWS, false);
    this.#actRow = new Float32Array(size);
    this.#mask = backend.tensor(1, actions);
    this.#maskRow = new Float32Array(actions);

    this.#nStep = new NStep(settings.nStep, settings.discount, size, 1);
    this.#stored = {
      observation: backend.tensor(1, size),
      action: backend.tensor(1, 1),
      nextObservation: backend.tensor(1, size),
    };
    this.#nextRow = new Float32Array(size);
    this.#actionRow = new Float32Array(1);

    this.#batch = planBatch(backend, batchSize, size, 1);
    this.#space = this.#online.workspace(batchSize, true);
    // Values of next observations are read off before the pass that is learned from: they borrow its hidden layers.
    this.#nextSpace = this.#target.workspace(batchSize, false, this.#space);
    this.#selectionSpace = settings.double ? this.#online.workspace(batchSize, false, this.#space) : null;
    this.#metrics = backend.tensor(1, METRICS);
    this.#td = {
      q: this.#space.output,
      nextQ: this.#nextSpace.output,
      selectionQ: this.#selectionSpace?.output ?? null,
      batch: this.#batch,
      loss: settings.loss,
      dQ: backend.tensor(batchSize, actions),
      target: backend.tensor(batchSize, 1),
      absError: backend.tensor(batchSize, 1),
      metrics: this.#metrics,
    };
    this.#position = { envSteps: 0, episodes: 0, totalSteps: settings.totalSteps };
    if (!isPolicy) this.#planReplay();
  }

  /** Probability of a random action now. */
  get epsilon(): number {
    return scheduleValue(this.settings.epsilon, this.#now());
  }

  get learningRate(): number {
    return scheduleValue(this.settings.learningRate, this.#now());
  }

  /**
   * The greedy action, or with `explore` an epsilon-greedy one (uniformly random during warm-up).
   * @param observation a value of the observation space; array-likes of numbers for a Box
   * @returns a value of the action space
   */
  act(observation: SpaceValue, options?: ActOptions): number {
    this.requireUsable("act");
    this.#encoder.encode("act", "observation", observation, this.#actRow);
    // Not rejectUnknownOptions: for-in lists the names without allocating.
    for (const name in options)
      if (name !== "explore" && name !== "mask") rejectUnknownOptions("act", options, ACT_OPTIONS);
    const mask = options?.mask === undefined ? null : this.#readMask(options.mask);
    if (options?.explore === true && this.#explores()) return this.#actions.start + this.#randomAction(mask !== null);
    this.#backend.write(this.#actInput, this.#actRow);
    const q = this.#online.forward(this.#actInput, this.#actSpace, 1);
    return this.#actions.start + this.#backend.argmax(0, q, mask);
  }

  /**
   * Greedy (or exploring) actions for many observations at once.
   * @param observations one value of the observation space each
   * @param actions written and returned; one entry per observation [a fresh array]
   */
  actBatch(
    observations: ArrayLike<SpaceValue>,
    options: { readonly explore?: boolean } = {},
    actions: Int32Array = new Int32Array(observations.length),
  ): Int32Array {
    this.requireUsable("actBatch");
    const count = observations.length;
    for (let i = 0; i < count; i++)
      this.#encoder.encode("actBatch", `observations[${i}]`, observations[i], this.#actRow);
    for (let from = 0; from < count; from += ACT_ROWS) {
      const rows = Math.min(ACT_ROWS, count - from);
      for (let row = 0; row < rows; row++) {
        this.#encoder.encode("actBatch", "observation", observations[from + row], this.#actRow);
        this.#backend.write(this.#actInput, this.#actRow, row);
      }
      const q = this.#online.forward(this.#actInput, this.#actSpace, rows);
      for (let row = 0; row < rows; row++) {
        const explores = options.explore === true && this.#explores();
        actions[from + row] =
          this.#actions.start + (explores ? this.#randomAction(false) : this.#backend.argmax(row, q, null));
      }
    }
    return actions;
  }

  /** Q(observation, action) of the online network, one per action. */
  qValues(observation: SpaceValue): Float32Array {
    this.requireUsable("qValues");
    this.#encoder.encode("qValues", "observation", observation, this.#actRow);
    this.#backend.write(this.#actInput, this.#actRow);
    this.#online.forward(this.#actInput, this.#actSpace, 1);
    return (this.#backend.read(this.#actSpace.output) as Float32Array).slice(0, this.#actions.n);
  }

  observe(transition: Transition): void {
    this.requireUsable("observe");
    const { terminated, truncated } = transition;
    requireDiscreteStep(transition, this.#actions);
    this.#encoder.encode("observe", "observation", transition.observation, this.#actRow);
    this.#encoder.encode("observe", "nextObservation", transition.nextObservation, this.#nextRow);
    if (this.#replay === undefined) this.#planReplay();
    this.#actionRow[0] = (transition.action as number) - this.#actions.start;
    this.#nStep.add(this.#actRow, this.#actionRow, this.#nextRow, transition, this.#storeWindow);
    this.envSteps++;
    if (terminated || truncated) this.episodes++;
  }

  /** `observe` for several transitions; the first that does not fit stops it, the ones before are taken in. */
  observeBatch(transitions: Iterable<Transition>): void {
    for (const transition of transitions) this.observe(transition);
  }

  update(options?: UpdateOptions): number {
    this.requireUsable("update");
    let maxUpdates = 1;
    let deadline = Number.POSITIVE_INFINITY;
    if (options !== undefined) {
      rejectUnknownOptions("update", options, ["maxUpdates", "budgetMs"]);
      maxUpdates = options.maxUpdates ?? 1;
      requireNumber("update", "maxUpdates", maxUpdates, { integer: true, min: 0 }, "It counts updates.");
      if (options.budgetMs !== undefined) {
        requireNumber("update", "budgetMs", options.budgetMs, { min: 0 }, "It is a time in milliseconds.");
        deadline = performance.now() + options.budgetMs;
      }
    }
    let done = 0;
    while (
      done < maxUpdates &&
      this.#isReady() &&
      (deadline === Number.POSITIVE_INFINITY || performance.now() < deadline)
    ) {
      this.#learnOnce();
      done++;
    }
    return done;
  }

  #learnOnce(): void {
    const { settings } = this;
    const batch = this.#batch;
    const backend = this.#backend;
    this.#replay!.sample(this.#sampling, settings.batchSize, batch);
    if (this.#selectionSpace !== null) this.#online.forward(batch.nextObservation, this.#selectionSpace);
    this.#target.forward(batch.nextObservation, this.#nextSpace);
    this.#online.forward(batch.observation, this.#space);
    backend.tdUpdate(settings.batchSize, this.#td);
    this.#online.backward(batch.observation, this.#space, this.#td.dQ, this.#gradients);
    if (settings.maxGradientNorm !== null) {
      backend.clipGradientNorm(this.#gradients, settings.maxGradientNorm, this.#metrics);
    }
    this.#requireFinite();
    this.#optimizer.step(this.#online.parameters, this.#gradients, this.learningRate);
    this.updates++;
    if (this.updates % settings.targetIntervalUpdates === 0) {
      backend.polyak(this.#target.parameters, this.#online.parameters, settings.tau);
    }
  }

  memory(): MemoryReport {
    const replay = this.#replay?.memory.bytes ?? 0;
    const { capacity } = this.settings;
    const numbers = this.#online.specs.reduce((sum, spec) => sum + parameterSize(spec), 0);
    return {
      total: this.#backend.bytes,
      parameters: numbers * 4,
      replay,
      bytesPerTransition: replay / capacity,
      capacity,
    };
  }

  /** The trained network alone, named and laid out as PyTorch's nn.Sequential state_dict, as safetensors. */
  exportWeights(): Uint8Array {
    this.requireUsable("exportWeights");
    return encodeSafetensors(parameterTensors(this.#backend, "", this.#online.parameters), {});
  }

  /**
   * Takes over weights that PyTorch (or anything else) saved as safetensors; the target network becomes a copy.
   * @throws CheckpointError when names or shapes do not fit; nothing changes then
   */
  importWeights(bytes: Uint8Array, options: WeightImportOptions = {}): void {
    this.requireUsable("importWeights");
    const values = matchWeights(this.#online.specs, readStateDict(bytes), options);
    for (const [i, value] of values.entries()) this.#backend.writeParameter(this.#online.parameters, i, value);
    this.#backend.copyParameters(this.#target.parameters, this.#online.parameters);
  }

  /**
   * An agent from `save`'s bytes. From a "run" file it goes on bit for bit as the saved one would have; a "policy" file
   * acts, and starts a fresh optimizer and replay if it is trained on.
   * @param options.env the environment to go on in; without it the agent acts, observes and updates
   * @throws CheckpointError when the bytes are damaged, of another algorithm, or do not fit the environment
   */
  static load(
    bytes: Uint8Array,
    options: { readonly env?: Workplace; readonly backend?: BackendChoice; readonly engine?: EngineBinary } = {},
  ): DQN {
    rejectUnknownOptions("DQN.load", options, ["env", "backend", "engine"]);
    const { checkpoint, workplace, settings: saved } = openCheckpoint("DQN.load", "dqn", bytes, options.env);
    // Sizes are checked against the file before anything is planned: a hostile file must not decide what is allocated.
    let settings: DQNSettings;
    try {
      // What it runs on is the caller's business: an engine in a file would be code.
      rejectUnknownOptions("DQN", saved, SETTING_NAMES);
      settings = readSettings(workplace, { ...saved, preset: false });
      const outputs = requireDiscrete(workplace).n;
      requireParameterTensors(
        checkpoint,
        networkSpecs(flatSize(workplace.observationSpace), outputs, settings.network, settings.dueling),
      );
    } catch (error) {
      if (error instanceof CheckpointError) throw error;
      throw damaged("settings", "valid options", (error as Error).message);
    }
    const { backend, engine } = options;
    let agent: DQN;
    try {
      const given: DQNOptions = {
        ...settings,
        preset: false,
        ...(backend === undefined ? {} : { backend }),
        ...(engine === undefined ? {} : { engine }),
      };
      agent = new DQN(workplace, given, checkpoint.contents === "policy");
    } catch (error) {
      // The settings are valid, so what is left is a replay that no WebAssembly memory can hold; or the caller's engine.
      if (error instanceof RangeError && backend === undefined)
        throw damaged("settings", "a plan that fits", error.message);
      throw error;
    }
    agent.#restore(checkpoint);
    return agent;
  }

  protected updatesDue(): number {
    const { trainIntervalSteps, updatesPerTrain } = this.settings;
    return this.#isReady() && this.envSteps % trainIntervalSteps === 0 ? updatesPerTrain : 0;
  }

  protected mostUpdatesDue(): number {
    return this.settings.updatesPerTrain;
  }

  protected metrics(): Record<string, number> {
    const has = this.updates > 0;
    const clips = has && this.settings.maxGradientNorm !== null;
    return {
      loss: has ? this.#backend.latest(this.#metrics, Metric.loss) : Number.NaN,
      meanQ: has ? this.#backend.latest(this.#metrics, Metric.meanQ) : Number.NaN,
      gradientNorm: clips ? this.#backend.latest(this.#metrics, Metric.gradientNorm) : Number.NaN,
      epsilon: this.epsilon,
      learningRate: this.learningRate,
    };
  }

  protected trained(): Float32Array[] {
    return this.#online.specs.map((_, i) => this.#backend.readParameter(this.#online.parameters, i) as Float32Array);
  }

  protected forgetEpisode(): void {
    this.#nStep.clear();
  }

  protected release(): void {
    this.#replay = undefined;
  }

  protected state(contents: "run" | "policy"): { tensors: CheckpointTensor[]; data: Record<string, unknown> } {
    const { settings } = this;
    const tensors = parameterTensors(this.#backend, "", this.#online.parameters);
    if (contents === "policy") return { tensors, data: { settings } };
    tensors.push(...parameterTensors(this.#backend, "target.", this.#target.parameters));
    for (const [name, block] of Object.entries(this.#optimizer.blocks)) {
      tensors.push(...parameterTensors(this.#backend, `optimizer.${name}.`, block));
    }
    tensors.push(
      vectorTensor("random.exploration", "U32", this.#backend.readStream(this.#exploration)),
      vectorTensor("random.replay", "U32", this.#backend.readStream(this.#sampling)),
      vectorTensor("metrics", "F32", this.#backend.read(this.#metrics) as Float32Array),
      ...windowTensors(this.#nStep),
      ...replayTensors(this.#replay),
    );
    const data = {
      settings,
      optimizer: this.#optimizer.scalars(),
      replay: { size: this.#replay?.size ?? 0, position: this.#replay?.position ?? 0 },
    };
    return { tensors, data };
  }

  #restore(checkpoint: Checkpoint): void {
    const read = (prefix: string, block: Parameters): void => {
      readParameterTensors(this.#backend, checkpoint, prefix, block);
    };
    read("", this.#online.parameters);
    this.#backend.copyParameters(this.#target.parameters, this.#online.parameters);
    if (checkpoint.contents === "policy") {
      this.restoreRun(checkpoint);
      return;
    }
    read("target.", this.#target.parameters);
    for (const [name, block] of Object.entries(this.#optimizer.blocks)) read(`optimizer.${name}.`, block);
    const scalars = requireObject("optimizer", checkpoint.data.optimizer);
    for (const name of Object.keys(this.#optimizer.scalars())) {
      if (typeof scalars[name] !== "number") throw damaged(`optimizer.${name}`, "a number", scalars[name]);
    }
    this.#optimizer.loadScalars(scalars as Record<string, number>);
    this.#backend.writeStream(this.#exploration, requireTensor(checkpoint, "random.exploration", Uint32Array, 4));
    this.#backend.writeStream(this.#sampling, requireTensor(checkpoint, "random.replay", Uint32Array, 4));
    this.#backend.write(this.#metrics, requireTensor(checkpoint, "metrics", Float32Array, METRICS));
    readWindowTensors(checkpoint, this.#nStep, this.#encoder.size, 1);
    readReplayTensors(checkpoint, this.#replay!, this.#actions.n);
    this.restoreRun(checkpoint);
  }

  #planReplay(): void {
    const { size, storage } = this.#encoder;
    const { capacity } = this.settings;
    this.#replay = new ReplayBuffer(this.#backend, {
      capacity,
      observationSize: size,
      observationStorage: storage,
      actionSize: 1,
    });
  }

  readonly #storeWindow = (window: Window, nextObservation: Float32Array): void => {
    const stored = this.#stored;
    this.#backend.write(stored.observation, window.observation);
    this.#backend.write(stored.action, window.action);
    this.#backend.write(stored.nextObservation, nextObservation);
    this.#replay!.add(stored.observation, stored.action, window.sums[0], stored.nextObservation, window.sums[1]);
  };

  #isReady(): boolean {
    const { warmupSteps, batchSize } = this.settings;
    return this.envSteps >= warmupSteps && this.#replay !== undefined && this.#replay.size >= batchSize;
  }

  #requireFinite(): void {
    const loss = this.#backend.latest(this.#metrics, Metric.loss);
    // A gradient may overflow where the loss does not; without clipping the next update's loss shows it.
    const norm = this.settings.maxGradientNorm === null ? 0 : this.#backend.latest(this.#metrics, Metric.gradientNorm);
    if (loss - loss === 0 && norm - norm === 0) return;
    const [what, value] = loss - loss === 0 ? ["gradient norm", norm] : ["loss", loss];
    throw new DivergenceError(
      `DQN: ${what} expected a finite number, got ${value} in update ${this.updates + 1} (environment step ${this.envSteps}). ` +
        "Lower learningRate, set maxGradientNorm, or scale rewards down; go on from the last good checkpoint.",
    );
  }

  #now(): RunPosition {
    this.#position.envSteps = this.envSteps;
    this.#position.episodes = this.episodes;
    return this.#position;
  }

  #readMask(mask: ArrayLike<number | boolean>): Tensor {
    readActionMask(mask, this.#maskRow);
    this.#backend.write(this.#mask, this.#maskRow);
    return this.#mask;
  }

  /** Whether the next action is a random one; during warm-up it always is. One draw either way. */
  #explores(): boolean {
    const draw = this.#backend.uniform(this.#exploration);
    if (this.envSteps < this.settings.warmupSteps) return true;
    writeScheduleValue(this.settings.epsilon, this.#now(), this.#epsilon);
    return draw < this.#epsilon[0];
  }

  /** Uniform over all actions, or over those that the mask row allows. */
  #randomAction(masked: boolean): number {
    if (!masked) return this.#backend.randomIndex(this.#exploration, this.#actions.n);
    return allowedAction(this.#maskRow, this.#backend.randomIndex(this.#exploration, countAllowed(this.#maskRow)));
  }
}
