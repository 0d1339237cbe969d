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
  type ObservationStorage,
  type Parameters,
  type RandomStream,
  type ReplayContents,
  type TdLoss,
  type TdUpdate,
  type Tensor,
} from "../backend.ts";
import { type BackendName, createBackend } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { CheckpointError, DivergenceError, rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import {
  type Checkpoint,
  type CheckpointTensor,
  damaged,
  decodeCheckpoint,
  requireCount,
  requireObject,
  requireTensor,
} from "../formats/checkpoint.ts";
import { encodeSafetensors } from "../formats/safetensors.ts";
import {
  checkNetworkOptions,
  DEFAULT_NETWORK,
  Network,
  type NetworkOptions,
  networkSpecs,
  type Workspace,
} from "../nn/network.ts";
import { checkOptimizerOptions, createOptimizer, type Optimizer, type OptimizerOptions } from "../nn/optimizer.ts";
import { matchWeights, readStateDict, type WeightImportOptions } from "../nn/state-dict.ts";
import { NStep, type Window } from "../replay/n-step.ts";
import { MAX_CAPACITY, planBatch, ReplayBuffer } from "../replay/replay-buffer.ts";
import type { SpaceValue } from "../space.ts";
import { type Discrete, flatSize } from "../space.ts";
import { allowedAction, countAllowed, readActionMask } from "../training/action-mask.ts";
import { ObservationEncoder } from "../training/observation-encoder.ts";
import {
  checkSchedule,
  type RunPosition,
  type Schedule,
  scheduleValue,
  writeScheduleValue,
} from "../training/schedule.ts";
import { TrainableAgent, type Workplace } from "../training/trainable-agent.ts";
import { requireDiscreteStep } from "../training/transition-check.ts";
import { dqnPreset } from "./dqn-presets.ts";

/** Defaults in brackets; where no source is named they are Stable-Baselines3's (DQN, 2.9). */
export interface DQNOptions {
  /** Seeds every random stream: initial weights, exploration, replay, and the environment's first reset. [0] */
  readonly seed?: number;
  /** Named settings for an environment; `false` for none. [the preset of the environment's id, if there is one] */
  readonly preset?: string | false;
  /** Environment steps planned for the whole run; schedules are shares of it. [50000] */
  readonly totalSteps?: number;
  /** gamma, in 0 .. 1. [0.99] */
  readonly discount?: number;
  /** [1e-4] */
  readonly learningRate?: Schedule;
  /** Transitions per update. [32] */
  readonly batchSize?: number;
  /** Replay capacity in transitions. [100000; Mnih et al.: 1e6] */
  readonly capacity?: number;
  /** Environment steps before the first update; until then exploration is uniformly random. [1000] */
  readonly warmupSteps?: number;
  /** Environment steps between two rounds of updates. [4] */
  readonly trainIntervalSteps?: number;
  /** Updates per round. [1] */
  readonly updatesPerTrain?: number;
  /** Updates between two moves of the target network. [1000] */
  readonly targetIntervalUpdates?: number;
  /** How far the target network moves towards the online one, in (0, 1]: 1 copies; Polyak averaging below. [1] */
  readonly tau?: number;
  /** Select the next action by the online network. [false] */
  readonly double?: boolean;
  /** Split the last layer into state value and advantages. [false] */
  readonly dueling?: boolean;
  /** Steps per target. [1] */
  readonly nStep?: number;
  /** [huber] */
  readonly loss?: TdLoss;
  /** Largest global norm of the gradient; null: no clipping. [10] */
  readonly maxGradientNorm?: number | null;
  /** Probability of a uniformly random action. [linear from 1 to 0.05 over the first tenth] */
  readonly epsilon?: Schedule;
  /** [adam] */
  readonly optimizer?: OptimizerOptions["type"] | OptimizerOptions;
  /** [hidden 64-64, relu, no layer norm, PyTorch's initialisation] */
  readonly network?: Partial<NetworkOptions>;
  /** Map finite bounds of a Box observation onto [-1, 1] before the network (Dopamine's classic-control agents). [false] */
  readonly rescaleObservations?: boolean;
  /** [wasm] */
  readonly backend?: BackendName;
  /** The engine binary of the wasm backend. [strict] */
  readonly engine?: EngineBinary;
}

/** Options that are part of a checkpoint: all but where and on what the agent runs. */
type DQNSettings = Required<Omit<DQNOptions, "backend" | "engine" | "preset" | "optimizer" | "network">> & {
  readonly optimizer: OptimizerOptions;
  readonly network: NetworkOptions;
};

const DEFAULTS: DQNSettings = {
  seed: 0,
  totalSteps: 50_000,
  discount: 0.99,
  learningRate: 1e-4,
  batchSize: 32,
  capacity: 100_000,
  warmupSteps: 1000,
  trainIntervalSteps: 4,
  updatesPerTrain: 1,
  targetIntervalUpdates: 1000,
  tau: 1,
  double: false,
  dueling: false,
  nStep: 1,
  loss: "huber",
  maxGradientNorm: 10,
  epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.1 },
  optimizer: { type: "adam" },
  network: DEFAULT_NETWORK,
  rescaleObservations: false,
};

const OPTION_NAMES = [...Object.keys(DEFAULTS), "preset", "backend", "engine"];

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
   * @throws TypeError or RangeError when an option is unknown or out of range, or the actions are not Discrete
   */
  constructor(workplace: Workplace, options: DQNOptions = {}) {
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
    this.#planReplay();
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
    const numbers = this.#online.specs.reduce((sum, spec) => sum + spec.shape.reduce((a, b) => a * (b ?? 1), 1), 0);
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
    return encodeSafetensors(this.#parameterTensors("", this.#online.parameters), {});
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
    options: { readonly env?: Workplace; readonly backend?: BackendName; readonly engine?: EngineBinary } = {},
  ): DQN {
    rejectUnknownOptions("DQN.load", options, ["env", "backend", "engine"]);
    const checkpoint = decodeCheckpoint(bytes);
    if (checkpoint.algorithm !== "dqn") {
      throw new CheckpointError(
        `DQN.load: algorithm expected "dqn", got ${show(checkpoint.algorithm)}. Load it with its own class.`,
      );
    }
    const { env } = options;
    for (const space of ["observationSpace", "actionSpace"] as const) {
      if (env !== undefined && JSON.stringify(env[space]) !== JSON.stringify(checkpoint[space])) {
        throw new CheckpointError(
          `DQN.load: ${space} expected the saved ${checkpoint[space].kind} space, got another ${env[space].kind} one. Pass the environment that the agent was trained in.`,
        );
      }
    }
    const workplace = env ?? { observationSpace: checkpoint.observationSpace, actionSpace: checkpoint.actionSpace };
    const saved = requireObject("settings", checkpoint.data.settings) as DQNOptions;
    // Sizes are checked against the file before anything is planned: a hostile file must not decide what is allocated.
    try {
      const settings = readSettings(workplace, { ...saved, preset: false });
      const outputs = requireDiscrete(workplace).n;
      for (const spec of networkSpecs(
        flatSize(workplace.observationSpace),
        outputs,
        settings.network,
        settings.dueling,
      )) {
        requireTensor(
          checkpoint,
          spec.name,
          Float32Array,
          spec.shape.reduce((a, b) => a * (b ?? 1), 1),
        );
      }
    } catch (error) {
      if (error instanceof CheckpointError) throw error;
      throw damaged("settings", "valid options", (error as Error).message);
    }
    const { backend, engine } = options;
    let agent: DQN;
    try {
      agent = new DQN(workplace, {
        ...saved,
        preset: false,
        ...(backend === undefined ? {} : { backend }),
        ...(engine === undefined ? {} : { engine }),
      });
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
    const tensors = this.#parameterTensors("", this.#online.parameters);
    if (contents === "policy") return { tensors, data: { settings } };
    tensors.push(...this.#parameterTensors("target.", this.#target.parameters));
    for (const [name, block] of Object.entries(this.#optimizer.blocks)) {
      tensors.push(...this.#parameterTensors(`optimizer.${name}.`, block));
    }
    const add = (name: string, dtype: CheckpointTensor["dtype"], data: CheckpointTensor["data"]): void => {
      tensors.push({ name, dtype, shape: [data.length], data });
    };
    add("random.exploration", "U32", this.#backend.readStream(this.#exploration));
    add("random.replay", "U32", this.#backend.readStream(this.#sampling));
    const windows = this.#nStep.saveState();
    add("nStep.observations", "F32", windows.observations);
    add("nStep.actions", "F32", windows.actions);
    add("nStep.rewards", "F64", windows.rewards);
    add("nStep.discounts", "F64", windows.discounts);
    add("metrics", "F32", this.#backend.read(this.#metrics) as Float32Array);
    const replay = this.#replay;
    if (replay !== undefined) {
      const { observation, action, reward, nextObservation, discount } = replay.contents();
      const dtype = OBSERVATION_DTYPE[replay.memory.spec.observationStorage];
      add("replay.observation", dtype, observation);
      add("replay.nextObservation", dtype, nextObservation);
      add("replay.action", "F32", action);
      add("replay.reward", "F32", reward);
      add("replay.discount", "F32", discount);
    }
    const data = {
      settings,
      optimizer: this.#optimizer.scalars(),
      replay: { size: replay?.size ?? 0, position: replay?.position ?? 0 },
    };
    return { tensors, data };
  }

  #restore(checkpoint: Checkpoint): void {
    const read = (prefix: string, block: Parameters): void => {
      for (const [i, spec] of this.#online.specs.entries()) {
        const length = spec.shape.reduce((a, b) => a * (b ?? 1), 1);
        this.#backend.writeParameter(block, i, requireTensor(checkpoint, prefix + spec.name, Float32Array, length));
      }
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
    this.#restoreWindows(checkpoint);
    this.#restoreReplay(checkpoint);
    this.restoreRun(checkpoint);
  }

  #restoreWindows(checkpoint: Checkpoint): void {
    const open = checkpoint.tensors.get("nStep.rewards")?.data.length ?? 0;
    if (open >= this.settings.nStep)
      throw damaged("nStep.rewards", `less than ${this.settings.nStep} open windows`, open);
    this.#nStep.loadState({
      observations: requireTensor(checkpoint, "nStep.observations", Float32Array, open * this.#encoder.size),
      actions: requireTensor(checkpoint, "nStep.actions", Float32Array, open),
      rewards: requireTensor(checkpoint, "nStep.rewards", Float64Array, open),
      discounts: requireTensor(checkpoint, "nStep.discounts", Float64Array, open),
    });
  }

  #restoreReplay(checkpoint: Checkpoint): void {
    const saved = requireObject("replay", checkpoint.data.replay);
    const size = requireCount("replay.size", saved.size);
    const position = requireCount("replay.position", saved.position);
    const { capacity } = this.settings;
    if (size > capacity || position >= capacity || (size < capacity && position !== size)) {
      throw damaged("replay", `a size and position within ${capacity}`, `${size}, ${position}`);
    }
    if (size === 0) return;
    const storage = this.#encoder.storage;
    const kind = { float32: Float32Array, uint8: Uint8Array, "one-hot": Uint32Array }[storage] as typeof Float32Array;
    const length = size * (storage === "one-hot" ? 1 : this.#encoder.size);
    const contents: ReplayContents = {
      observation: requireTensor(checkpoint, "replay.observation", kind, length),
      nextObservation: requireTensor(checkpoint, "replay.nextObservation", kind, length),
      action: requireTensor(checkpoint, "replay.action", Float32Array, size),
      reward: requireTensor(checkpoint, "replay.reward", Float32Array, size),
      discount: requireTensor(checkpoint, "replay.discount", Float32Array, size),
    };
    // Actions and one-hot indices are addresses to the engine, which trusts them.
    const isAction = (a: number): boolean => Number.isInteger(a) && a >= 0 && a < this.#actions.n;
    if (!contents.action.every(isAction))
      throw damaged("replay.action", `integers below ${this.#actions.n}`, contents.action);
    for (const name of ["observation", "nextObservation"] as const) {
      const values = contents[name];
      if (storage === "one-hot" && values.some((index) => index >= this.#encoder.size)) {
        throw damaged(`replay.${name}`, `indices below ${this.#encoder.size}`, values);
      }
    }
    this.#replay!.restore(contents, position);
  }

  #parameterTensors(prefix: string, block: Parameters): CheckpointTensor[] {
    return this.#online.specs.map((spec, i) => ({
      name: prefix + spec.name,
      dtype: "F32",
      shape: [...spec.shape],
      data: this.#backend.readParameter(block, i) as Float32Array,
    }));
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

const OBSERVATION_DTYPE: Readonly<Record<ObservationStorage, "F32" | "U8" | "U32">> = {
  float32: "F32",
  uint8: "U8",
  "one-hot": "U32",
};

function requireDiscrete(workplace: Workplace): Discrete {
  const { actionSpace } = workplace;
  if (actionSpace.kind !== "discrete") {
    throw new TypeError(
      `DQN: actionSpace expected discrete, got ${actionSpace.kind}. DQN chooses among numbered actions.`,
    );
  }
  return actionSpace;
}

/** Defaults, then the preset, then the caller's options; every value checked. */
function readSettings(workplace: Workplace, options: DQNOptions): DQNSettings {
  rejectUnknownOptions("DQN", options, OPTION_NAMES);
  const id = "step" in workplace ? workplace.spec?.id : undefined;
  const preset: Partial<DQNOptions> = options.preset === false ? {} : dqnPreset(id, options.preset);
  const given = { ...preset, ...options };
  const merged = { ...DEFAULTS, ...given };
  const { optimizer } = merged;
  const settings: DQNSettings = {
    seed: merged.seed,
    totalSteps: merged.totalSteps,
    discount: merged.discount,
    learningRate: merged.learningRate,
    batchSize: merged.batchSize,
    capacity: merged.capacity,
    warmupSteps: merged.warmupSteps,
    trainIntervalSteps: merged.trainIntervalSteps,
    updatesPerTrain: merged.updatesPerTrain,
    targetIntervalUpdates: merged.targetIntervalUpdates,
    tau: merged.tau,
    double: merged.double,
    dueling: merged.dueling,
    nStep: merged.nStep,
    loss: merged.loss,
    maxGradientNorm: merged.maxGradientNorm,
    epsilon: merged.epsilon,
    optimizer: typeof optimizer === "string" ? { type: optimizer } : optimizer,
    network: { ...DEFAULT_NETWORK, ...preset.network, ...options.network },
    rescaleObservations: merged.rescaleObservations,
  };
  const count = (name: keyof DQNSettings, min: number, max: number = Number.MAX_SAFE_INTEGER): void => {
    requireNumber("DQN", name, settings[name], { integer: true, min, max }, `Set options.${name}.`);
  };
  count("seed", 0);
  count("totalSteps", 1);
  count("batchSize", 1, 65_536);
  count("capacity", 1, MAX_CAPACITY);
  count("warmupSteps", 0);
  count("trainIntervalSteps", 1);
  count("updatesPerTrain", 1);
  count("targetIntervalUpdates", 1);
  count("nStep", 1, 1000);
  requireNumber("DQN", "discount", settings.discount, { min: 0, max: 1 }, "It is gamma.");
  requireNumber("DQN", "tau", settings.tau, { above: 0, max: 1 }, "1 copies the online network.");
  if (settings.maxGradientNorm !== null) {
    requireNumber("DQN", "maxGradientNorm", settings.maxGradientNorm, { above: 0 }, "Use null for no clipping.");
  }
  for (const name of ["double", "dueling", "rescaleObservations"] as const) {
    if (typeof settings[name] !== "boolean") {
      throw new TypeError(`DQN: ${name} expected true or false, got ${show(settings[name])}. Set options.${name}.`);
    }
  }
  if (settings.loss !== "huber" && settings.loss !== "mse") {
    throw new RangeError(`DQN: loss expected "huber" or "mse", got ${show(settings.loss)}. Set options.loss.`);
  }
  if (settings.batchSize > settings.capacity) {
    throw new RangeError(
      `DQN: batchSize expected at most the capacity of ${settings.capacity}, got ${settings.batchSize}. Raise options.capacity.`,
    );
  }
  checkSchedule("DQN", "learningRate", settings.learningRate, { min: 0 });
  checkSchedule("DQN", "epsilon", settings.epsilon, { min: 0, max: 1 });
  checkOptimizerOptions("DQN", settings.optimizer);
  checkNetworkOptions("DQN", settings.network);
  return settings;
}
