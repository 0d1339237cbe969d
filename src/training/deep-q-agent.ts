// Deep Q-learning (Mnih et al. 2015, https://doi.org/10.1038/nature14236) and what became of it, every part an option:
// double (van Hasselt et al. 2016, arXiv 1509.06461), dueling (Wang et al. 2016, arXiv 1511.06581), prioritized replay
// (Schaul et al. 2016, arXiv 1511.05952), multi-step targets and all of these together (Hessel et al. 2018, arXiv
// 1710.02298), noisy layers (Fortunato et al. 2018, arXiv 1706.10295), distributions of returns (Bellemare et al. 2017,
// arXiv 1707.06887; Dabney et al. 2018, arXiv 1710.10044), Munchausen targets (Vieillard et al. 2020, arXiv 2007.14430),
// ensembles (Osband et al. 2016, arXiv 1602.04621).
//
// What it does is in `act`, `observe` and `#learnOnce`; the rest is planning and checkpoints. An algorithm of the family
// (src/agents) is this with defaults of its own.

import type { ActOptions, MemoryReport, Transition, UpdateOptions } from "../agent.ts";
import type { Backend } from "../backend.ts";
import { createBackends } from "../backends/select.ts";
import { DivergenceError, rejectUnknownOptions, StateError, UnsupportedError } from "../errors.ts";
import {
  type Checkpoint,
  type CheckpointTensor,
  damaged,
  requireCount,
  requireObject,
  requireTensor,
} from "../formats/checkpoint.ts";
import { encodeSafetensors } from "../formats/safetensors.ts";
import { createOptimizer, type Optimizer } from "../nn/optimizer.ts";
import { matchWeights, readStateDict, type WeightImportOptions } from "../nn/state-dict.ts";
import type { ValueHead, ValueLearning } from "../nn/value-head.ts";
import type { ValueNetwork, ValueWorkspace } from "../nn/value-network.ts";
import type { Batch, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import { VALUE_METRICS, ValueMetric } from "../operations/value-loss.ts";
import { type GoalFunctions, Hindsight, requireGoalFunctions } from "../replay/hindsight.ts";
import { NStep, type Window } from "../replay/n-step.ts";
import { PrioritizedReplay } from "../replay/prioritized-replay.ts";
import type { Replay } from "../replay/replay.ts";
import { planBatch, ReplayBuffer } from "../replay/replay-buffer.ts";
import type { Discrete, SpaceValue } from "../space.ts";
import { allowedAction, countAllowed, readActionMask } from "./action-mask.ts";
import { type DeepQOptions, type DeepQSettings, type DeepQVariant, readSettings } from "./deep-q-options.ts";
import { type MetricColumn, readMetrics, writeMetrics } from "./metric-columns.ts";
import { ObservationEncoder } from "./observation-encoder.ts";
import { parameterSize, parameterTensors, readParameterTensors, writeParameters } from "./parameter-tensors.ts";
import {
  episodeTensors,
  readEpisodeTensors,
  readReplayTensors,
  readWindowTensors,
  replayTensors,
  vectorTensor,
  windowTensors,
} from "./replay-tensors.ts";
import { type RunPosition, type Schedule, scheduleValue, writeScheduleValue } from "./schedule.ts";
import { TrainableAgent, type Workplace } from "./trainable-agent.ts";
import { requireDiscrete, requireDiscreteStep } from "./transition-check.ts";

const ACT_OPTIONS = ["explore", "mask", "episodeStart"];

/** `random.uniform` in 2^24ths, of the same word: an integer, since a fraction handed back may be a heap object. */
const DRAWS = 16_777_216;
/** Before the names of parameters that are not trained, in files. */
const FIXED = "prior.";

/** Rows of the acting workspace: `act` uses one, `actBatch` all. */
const ACT_ROWS = 64;
/** Updates on a device after which the acting copy is renewed: a few percent of the time that they take. */
const RENEWAL_INTERVAL_UPDATES = 20;

export abstract class DeepQAgent extends TrainableAgent {
  readonly algorithm: string;
  readonly settings: DeepQSettings;
  readonly #name: string;
  readonly #actions: Discrete;
  /** Where it learns. */
  readonly #backend: Backend;
  /** Where it acts: the same, or, beside a device, the CPU. */
  readonly #acting: Backend;
  readonly #encoder: ObservationEncoder;
  readonly #head: ValueHead;
  readonly #online: ValueNetwork;
  readonly #target: ValueNetwork;
  /** What acts: the online network itself, or a copy of it as of the last renewal. */
  readonly #policy: ValueNetwork;
  readonly #policyHead: ValueHead;
  #renewal: Promise<void> | undefined;
  /** Updates that the policy shows, and those that the last `sync` brought here; -1 before. */
  #renewedUpdates = -1;
  #syncedUpdates = -1;
  readonly #optimizer: Optimizer;
  readonly #gradients: Parameters;
  readonly #exploration: RandomStream;
  readonly #sampling: RandomStream;
  /** Of noisy layers, drawn fractions, and the members of an ensemble. */
  readonly #noise: RandomStream;
  readonly #nStep: NStep;
  /** Which goals a step is stored again with. */
  readonly #relabelling: RandomStream;
  readonly #goalFunctions: Partial<GoalFunctions>;
  #hindsight: Hindsight | null = null;
  #replay: Replay | undefined;

  // Acting: observations and the mask are written here, one row each.
  readonly #actInput: Tensor;
  readonly #actSpace: ValueWorkspace;
  readonly #actValues: Tensor;
  readonly #actRow: Float32Array;
  readonly #mask: Tensor;
  readonly #maskRow: Float32Array;
  /** Where a schedule's value is written: a number handed back may be a heap object. */
  readonly #scheduled = new Float64Array(1);

  // Observing: one transition on its way into the replay.
  readonly #nextRow: Float32Array;
  readonly #actionRow: Float32Array;

  // Updating.
  readonly #batch: Batch;
  readonly #space: ValueWorkspace;
  readonly #nextSpace: ValueWorkspace;
  readonly #selectionSpace: ValueWorkspace | null;
  readonly #policySpace: ValueWorkspace | null;
  readonly #selectionQ: Tensor;
  readonly #learning: ValueLearning;
  /** Loss and mean value; norm of the gradient and the factor that clipped it: [1, 2] each. */
  readonly #metrics: Tensor;
  readonly #norm: Tensor;
  readonly #position: { envSteps: number; episodes: number; totalSteps: number };

  /** @param isPolicy the agent is there to act, and plans its replay when it is first given experience */
  constructor(variant: DeepQVariant, workplace: Workplace, options: DeepQOptions, isPolicy: boolean) {
    const settings = readSettings(variant, workplace, options);
    super(workplace, settings.seed);
    const { name, networks } = variant;
    this.algorithm = variant.algorithm;
    this.settings = settings;
    this.#name = name;
    this.#actions = requireDiscrete(name, workplace);
    const { learning: backend, acting } = createBackends(name, options.backend, options.engine);
    this.#backend = backend;
    this.#acting = acting;
    this.#encoder = new ObservationEncoder(name, this.observationSpace, settings.rescaleObservations);

    const { n: actions } = this.#actions;
    const { size } = this.#encoder;
    const { batchSize, seed } = settings;
    const plan = { where: name, observationSpace: this.observationSpace, actions, settings };
    const head = networks.head(backend, plan, ACT_ROWS);
    this.#head = head;
    if (settings.ensemble !== null && acting !== backend) throw noEnsemble(name, backend);
    this.#online = networks.create(backend, plan);
    this.#target = networks.create(backend, plan);
    this.#policy = acting === backend ? this.#online : networks.create(acting, plan);
    this.#policyHead = acting === backend ? head : networks.head(acting, plan, ACT_ROWS);
    this.#gradients = backend.parameters(this.#online.specs);
    this.#optimizer = createOptimizer(backend, this.#online.specs, settings.optimizer);
    this.#exploration = acting.random.stream(seed, "exploration");
    this.#sampling = backend.random.stream(seed, "replay");
    this.#noise = backend.random.stream(seed, "noise");
    this.#relabelling = acting.random.stream(seed, "hindsight");
    this.#goalFunctions = workplace as Partial<GoalFunctions>;
    this.#policy.initialize(acting.random.stream(seed, "init"));
    this.#learnFromPolicy();
    this.#policyHead.ensemble?.draw(this.#noise);

    this.#actInput = acting.tensor(ACT_ROWS, size);
    this.#actSpace = this.#policy.workspace(ACT_ROWS, false);
    this.#actValues = acting.tensor(ACT_ROWS, actions);
    this.#actRow = new Float32Array(size);
    this.#mask = acting.tensor(1, actions);
    this.#maskRow = new Float32Array(actions);

    this.#nStep = new NStep(settings.nStep, settings.discount, size, 1);
    this.#nextRow = new Float32Array(size);
    this.#actionRow = new Float32Array(1);

    this.#batch = planBatch(backend, batchSize, size, 1);
    this.#space = this.#online.workspace(batchSize, true);
    // Values that are only read off before the pass that is learned from borrow its hidden layers.
    this.#nextSpace = this.#target.workspace(batchSize, false, this.#space);
    this.#selectionSpace = settings.double ? this.#online.workspace(batchSize, false, this.#space) : null;
    this.#policySpace = settings.munchausen ? this.#target.workspace(batchSize, false, this.#space) : null;
    this.#metrics = backend.tensor(1, VALUE_METRICS);
    this.#norm = backend.tensor(1, 2);
    this.#selectionQ = backend.tensor(batchSize, actions);
    this.#learning = {
      output: this.#space.output,
      nextOutput: this.#nextSpace.output,
      selectionQ: this.#selectionSpace && head.values(batchSize, this.#selectionSpace.output, this.#selectionQ),
      selectionOutput: this.#selectionSpace?.output ?? null,
      policyQ: this.#policySpace?.output ?? null,
      fractions: this.#space.fractions ?? null,
      batch: this.#batch,
      dOutput: backend.tensor(batchSize, actions * head.atoms),
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
   * The greedy action of the network without noise. With `explore` one that may be random: by epsilon, by a softmax of
   * the values, by noise in the weights, by one member of an ensemble, whichever the settings ask for; uniformly random
   * during warm-up.
   * @param observation a value of the observation space; array-likes of numbers for a Box
   * @returns a value of the action space
   */
  act(observation: SpaceValue, options?: ActOptions): number {
    this.requireUsable("act");
    this.#encoder.encode("act", "observation", observation, this.#actRow);
    // Not rejectUnknownOptions: for-in lists the names without allocating.
    for (const name in options) if (!ACT_OPTIONS.includes(name)) rejectUnknownOptions("act", options, ACT_OPTIONS);
    const mask = options?.mask === undefined ? null : this.#readMask(options.mask);
    if (options?.explore === true && this.#explores()) return this.#actions.start + this.#randomAction(mask !== null);
    this.#acting.write(this.#actInput, this.#actRow);
    const q = this.#valuesToAct(1, options?.explore === true);
    return this.#actions.start + this.#choose(0, q, mask, options?.explore === true);
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
        this.#acting.write(this.#actInput, this.#actRow, row);
      }
      const explore = options.explore === true;
      const q = this.#valuesToAct(rows, explore);
      for (let row = 0; row < rows; row++) {
        const isRandom = explore && this.#explores();
        actions[from + row] =
          this.#actions.start + (isRandom ? this.#randomAction(false) : this.#choose(row, q, null, explore));
      }
    }
    return actions;
  }

  /** Q(observation, action) of the network that acts, one per action. */
  qValues(observation: SpaceValue): Float32Array {
    this.requireUsable("qValues");
    this.#encoder.encode("qValues", "observation", observation, this.#actRow);
    this.#acting.write(this.#actInput, this.#actRow);
    return (this.#acting.read(this.#valuesToAct(1, false)) as Float32Array).slice(0, this.#actions.n);
  }

  observe(transition: Transition): void {
    this.requireUsable("observe");
    const { terminated, truncated } = transition;
    requireDiscreteStep(transition, this.#actions);
    this.#encoder.encode("observe", "observation", transition.observation, this.#actRow);
    this.#encoder.encode("observe", "nextObservation", transition.nextObservation, this.#nextRow);
    if (this.#replay === undefined) this.#planReplay();
    this.#actionRow[0] = (transition.action as number) - this.#actions.start;
    const windows = this.#hindsight ?? this.#nStep;
    windows.add(this.#actRow, this.#actionRow, this.#nextRow, transition, this.#storeWindow);
    this.envSteps++;
    if (!terminated && !truncated) return;
    this.episodes++;
    this.#policyHead.ensemble?.draw(this.#noise);
  }

  /** `observe` for several transitions; the first that does not fit stops it, the ones before are taken in. */
  observeBatch(transitions: Iterable<Transition>): void {
    for (const transition of transitions) this.observe(transition);
  }

  update(options?: UpdateOptions): number {
    return this.makeUpdates(options, 1);
  }

  protected override updateOnce(): number {
    if (!this.#isReady()) return 0;
    this.#learnOnce();
    return 1;
  }

  #learnOnce(): void {
    const { settings } = this;
    const batch = this.#batch;
    const backend = this.#backend;
    const replay = this.#replay!;
    const online = this.#online;
    const target = this.#target;
    const learning = this.#learning;
    if (settings.replay.type !== "uniform") replay.beta = this.#valueNow(settings.replay.beta)[0];
    replay.sample(this.#sampling, settings.batchSize, batch);
    // Every pass of a noisy network has noise of its own.
    if (this.#selectionSpace !== null) {
      online.resample(this.#noise);
      const output = online.forward(batch.nextObservation, this.#selectionSpace);
      this.#head.values(settings.batchSize, output, this.#selectionQ);
    }
    target.resample(this.#noise);
    target.forward(batch.nextObservation, this.#nextSpace);
    if (this.#policySpace !== null) target.forward(batch.observation, this.#policySpace);
    online.resample(this.#noise);
    online.forward(batch.observation, this.#space);
    this.#head.learn(settings.batchSize, learning);
    online.backward(batch.observation, this.#space, learning.dOutput, this.#gradients);
    if (settings.maxGradientNorm !== null) {
      backend.vectors.clipNorm(this.#gradients, settings.maxGradientNorm, this.#norm);
    }
    this.#requireFinite();
    this.#optimizer.step(online.parameters, this.#gradients, this.#valueNow(settings.learningRate)[0]);
    replay.updatePriorities(settings.batchSize, batch, learning.absError);
    this.updates++;
    if (this.updates % settings.targetIntervalUpdates === 0) {
      backend.vectors.polyak(target.parameters, online.parameters, settings.tau);
    }
    if (backend.device === null) return;
    backend.device.submit();
    if (this.updates % RENEWAL_INTERVAL_UPDATES === 0) this.#startRenewal();
  }

  override async sync(): Promise<void> {
    this.requireUsable("sync");
    if (this.#backend.device === null) return;
    const { updates } = this;
    const { parameters } = this.#target;
    await this.#renewPolicy([parameters, ...Object.values(this.#optimizer.blocks)]);
    this.#syncedUpdates = updates;
  }

  protected override get isImmediate(): boolean {
    return this.#backend.device === null;
  }

  protected override settle(): Promise<void> | undefined {
    return this.#renewal;
  }

  /** One renewal at a time; whoever owns the loop need not wait for it. */
  #startRenewal(): void {
    if (this.#renewal !== undefined) return;
    const done = (): void => {
      this.#renewal = undefined;
    };
    this.#renewal = this.#renewPolicy([]).finally(done);
    // What went wrong shows in the next operation, too.
    this.#renewal.catch(() => {});
  }

  /** The policy becomes what the online network is now on the device; `others` come along. */
  async #renewPolicy(others: readonly Parameters[]): Promise<void> {
    const { parameters } = this.#online;
    const { updates } = this;
    const device = this.#backend.device!;
    await device.retrieve([parameters, ...others], [this.#metrics, this.#norm]);
    writeParameters(this.#acting, this.#policy.parameters, (i) => device.retrieved(parameters, i));
    this.#renewedUpdates = updates;
    this.#policy.quiet();
  }

  /** The inverse: online and target network become the policy. */
  #learnFromPolicy(): void {
    const [target, online, policy] = [this.#target, this.#online, this.#policy];
    if (policy !== online) {
      const read = (i: number) => this.#acting.readParameter(policy.parameters, i) as Float32Array;
      writeParameters(this.#backend, online.parameters, read);
    }
    this.#backend.vectors.copy(target.parameters, online.parameters);
    if (online.fixed !== undefined) this.#backend.vectors.copy(target.fixed!, online.fixed);
    this.#syncedUpdates = -1;
  }

  memory(): MemoryReport {
    const replay = this.#replay?.bytes ?? 0;
    const { capacity } = this.settings;
    const numbers = this.#online.specs.reduce((sum, spec) => sum + parameterSize(spec), 0);
    return {
      total: this.#backend.bytes + (this.isImmediate ? 0 : this.#acting.bytes),
      parameters: numbers * 4,
      replay,
      bytesPerTransition: replay / capacity,
      capacity,
    };
  }

  /** The trained network alone, named and laid out as PyTorch's nn.Sequential state_dict, as safetensors. */
  exportWeights(): Uint8Array {
    this.requireUsable("exportWeights");
    return encodeSafetensors(this.#policyTensors(), {});
  }

  /**
   * Takes over weights that PyTorch (or anything else) saved as safetensors; the target network becomes a copy.
   * @throws CheckpointError when names or shapes do not fit; nothing changes then
   */
  importWeights(bytes: Uint8Array, options: WeightImportOptions = {}): void {
    this.requireUsable("importWeights");
    const { specs, parameters, fixed } = this.#policy;
    const fixedSpecs = (fixed?.specs ?? []).map((spec) => ({ ...spec, name: FIXED + spec.name }));
    const values = matchWeights([...specs, ...fixedSpecs], readStateDict(bytes), options);
    for (const [i, value] of values.entries()) {
      if (i < specs.length) this.#acting.writeParameter(parameters, i, value);
      else this.#acting.writeParameter(fixed!, i - specs.length, value);
    }
    this.#learnFromPolicy();
  }

  protected updatesDue(): number {
    const { trainIntervalSteps, updatesPerTrain } = this.settings;
    return this.#isReady() && this.envSteps % trainIntervalSteps === 0 ? updatesPerTrain : 0;
  }

  protected mostUpdatesDue(): number {
    return this.settings.updatesPerTrain;
  }

  protected metrics(): Record<string, number> {
    const has = (this.isImmediate ? this.updates : this.#renewedUpdates) > 0;
    const clips = has && this.settings.maxGradientNorm !== null;
    return {
      loss: has ? this.#backend.latest(this.#metrics, ValueMetric.loss) : Number.NaN,
      meanQ: has ? this.#backend.latest(this.#metrics, ValueMetric.meanQ) : Number.NaN,
      gradientNorm: clips ? this.#backend.latest(this.#norm, 0) : Number.NaN,
      epsilon: this.epsilon,
      learningRate: this.learningRate,
      ...(this.settings.boltzmann === null ? {} : { temperature: scheduleValue(this.settings.boltzmann, this.#now()) }),
    };
  }

  protected trained(): Float32Array[] {
    return this.#policyTensors().map(({ data }) => data as Float32Array);
  }

  protected forgetEpisode(): void {
    this.#nStep.clear();
    this.#hindsight?.clear();
    this.#policyHead.ensemble?.draw(this.#noise);
  }

  protected release(): void {
    this.#replay = undefined;
    this.#backend.device?.release();
    this.#backend.release?.();
  }

  protected state(contents: "run" | "policy"): { tensors: CheckpointTensor[]; data: Record<string, unknown> } {
    const { settings } = this;
    const tensors = this.#policyTensors();
    if (contents === "policy") return { tensors, data: { settings } };
    if (!this.isImmediate && this.#syncedUpdates !== this.updates) {
      throw new StateError(
        `save: run expected as the device has it, got updates since the last sync (${this.updates} made). Call await agent.sync() first.`,
      );
    }
    tensors.push(...parameterTensors(this.#backend, "target.", this.#target.parameters));
    for (const [name, block] of Object.entries(this.#optimizer.blocks)) {
      tensors.push(...parameterTensors(this.#backend, `optimizer.${name}.`, block));
    }
    tensors.push(
      vectorTensor("random.exploration", "U32", this.#acting.random.read(this.#exploration)),
      vectorTensor("random.replay", "U32", this.#backend.random.read(this.#sampling)),
      vectorTensor("random.noise", "U32", this.#backend.random.read(this.#noise)),
      vectorTensor("metrics", "F32", readMetrics(this.#backend, this.#metricColumns())),
      ...windowTensors(this.#nStep),
      ...this.#episodeTensors(),
      ...replayTensors(this.#replay),
    );
    const data = {
      settings,
      optimizer: this.#optimizer.scalars(),
      replay: { size: this.#replay?.size ?? 0, position: this.#replay?.position ?? 0 },
      ...(this.#policyHead.ensemble && { member: this.#policyHead.ensemble.member }),
    };
    return { tensors, data };
  }

  /** The inverse of `state`; used by `openDeepQ`. */
  restore(checkpoint: Checkpoint): void {
    const read = (prefix: string, block: Parameters): void => {
      readParameterTensors(this.#backend, checkpoint, prefix, block);
    };
    readParameterTensors(this.#acting, checkpoint, "", this.#policy.parameters);
    if (this.#policy.fixed !== undefined) readParameterTensors(this.#acting, checkpoint, FIXED, this.#policy.fixed);
    this.#learnFromPolicy();
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
    this.#acting.random.write(this.#exploration, requireTensor(checkpoint, "random.exploration", Uint32Array, 4));
    this.#backend.random.write(this.#sampling, requireTensor(checkpoint, "random.replay", Uint32Array, 4));
    // Files of before noisy layers lack it.
    if (checkpoint.tensors.has("random.noise")) {
      this.#backend.random.write(this.#noise, requireTensor(checkpoint, "random.noise", Uint32Array, 4));
    }
    const columns = this.#metricColumns();
    writeMetrics(this.#backend, columns, requireTensor(checkpoint, "metrics", Float32Array, columns.length));
    readWindowTensors(checkpoint, this.#nStep, this.#encoder.size, this.#actions.n);
    if (this.#hindsight !== null) {
      this.#acting.random.write(this.#relabelling, requireTensor(checkpoint, "random.hindsight", Uint32Array, 4));
      readEpisodeTensors(checkpoint, this.#hindsight, this.#actions.n);
    }
    readReplayTensors(checkpoint, this.#replay!, this.#actions.n);
    if (this.#policyHead.ensemble !== undefined) {
      const member = requireCount("member", checkpoint.data.member);
      if (member >= this.#head.atoms) throw damaged("member", `one below ${this.#head.atoms}`, member);
      this.#policyHead.ensemble.member = member;
    }
    this.restoreRun(checkpoint);
  }

  #metricColumns(): MetricColumn[] {
    const [metrics, norm] = [this.#metrics, this.#norm];
    return [
      { tensor: metrics, column: ValueMetric.loss },
      { tensor: metrics, column: ValueMetric.meanQ },
      { tensor: norm, column: 0 },
      { tensor: norm, column: 1 },
    ];
  }

  /** What is trained, and what goes with it untrained. */
  #policyTensors(): CheckpointTensor[] {
    const { parameters, fixed } = this.#policy;
    const tensors = parameterTensors(this.#acting, "", parameters);
    return fixed === undefined ? tensors : [...tensors, ...parameterTensors(this.#acting, FIXED, fixed)];
  }

  #planReplay(): void {
    const { size, storage } = this.#encoder;
    const { capacity, replay, hindsight, nStep, discount } = this.settings;
    const functions = hindsight && requireGoalFunctions(this.#name, this.#goalFunctions);
    const spec = { capacity, observationSize: size, observationStorage: storage, actionSize: 1 };
    const planned =
      replay.type === "uniform"
        ? new ReplayBuffer(this.#backend, spec)
        : new PrioritizedReplay(this.#backend, spec, { ...replay, beta: 0 });
    if (functions !== null) {
      const plan = { observationSpace: this.observationSpace, actionSize: 1, nStep, discount };
      this.#hindsight = new Hindsight(this.#acting, this.#relabelling, functions, plan, hindsight!);
    }
    this.#replay = planned;
  }

  #episodeTensors(): CheckpointTensor[] {
    if (this.#hindsight === null) return [];
    const stream = vectorTensor("random.hindsight", "U32", this.#acting.random.read(this.#relabelling));
    return [stream, ...episodeTensors(this.#hindsight)];
  }

  readonly #storeWindow = (window: Window, nextObservation: Float32Array): void => {
    this.#replay!.add(window.observation, window.action, window.sums, nextObservation);
  };

  #isReady(): boolean {
    const { warmupSteps, batchSize } = this.settings;
    return this.envSteps >= warmupSteps && this.#replay !== undefined && this.#replay.size >= batchSize;
  }

  #requireFinite(): void {
    const loss = this.#backend.latest(this.#metrics, ValueMetric.loss);
    // A gradient may overflow where the loss does not; without clipping the next update's loss shows it.
    const norm = this.settings.maxGradientNorm === null ? 0 : this.#backend.latest(this.#norm, 0);
    if (loss - loss === 0 && norm - norm === 0) return;
    const [what, value] = loss - loss === 0 ? ["gradient norm", norm] : ["loss", loss];
    throw new DivergenceError(
      `${this.#name}: ${what} expected a finite number, got ${value} in update ${this.updates + 1} (environment step ${this.envSteps}). ` +
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
    this.#acting.write(this.#mask, this.#maskRow);
    return this.#mask;
  }

  /** Q of the first `rows` of the acting input; with noise where exploring calls for it. */
  #valuesToAct(rows: number, explore: boolean): Tensor {
    if (explore) this.#policy.resample(this.#noise);
    else this.#policy.quiet();
    const output = this.#policy.forward(this.#actInput, this.#actSpace, rows);
    const { ensemble } = this.#policyHead;
    if (explore && ensemble !== undefined) return ensemble.memberValues(rows, output, this.#actValues);
    return this.#policyHead.values(rows, output, this.#actValues);
  }

  /** The best action, or one drawn from the softmax of the values. */
  #choose(row: number, q: Tensor, mask: Tensor | null, explore: boolean): number {
    const { boltzmann } = this.settings;
    if (!explore || boltzmann === null) return this.#acting.rows.argmax(row, q, mask);
    return this.#acting.random.categorical(this.#exploration, row, q, this.#valueNow(boltzmann)[0], mask);
  }

  /** Whether the next action is a uniformly random one; during warm-up it always is. One draw either way. */
  #explores(): boolean {
    const draw = this.#acting.random.index(this.#exploration, DRAWS);
    if (this.envSteps < this.settings.warmupSteps) return true;
    return draw < this.#valueNow(this.settings.epsilon)[0] * DRAWS;
  }

  /** A schedule's value now, at index 0. */
  #valueNow(schedule: Schedule): Float64Array {
    writeScheduleValue(schedule, this.#now(), this.#scheduled);
    return this.#scheduled;
  }

  /** Uniform over all actions, or over those that the mask row allows. */
  #randomAction(masked: boolean): number {
    if (!masked) return this.#acting.random.index(this.#exploration, this.#actions.n);
    return allowedAction(this.#maskRow, this.#acting.random.index(this.#exploration, countAllowed(this.#maskRow)));
  }
}

/** Its members are drawn where it acts, and learned from where it learns. */
function noEnsemble(where: string, { name }: Backend): UnsupportedError {
  return new UnsupportedError(
    `${where}: ensemble expected null beside backend "${name}", got one. Leave one of them out.`,
  );
}
