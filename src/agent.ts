// What every agent offers, whatever its algorithm: `learn` drives an environment; `act`, `observe` and `update` serve
// callers who own their loop; `save` and the class's `load` move a run between machines.

import type { Env, SyncEnv } from "./env.ts";
import type { Space, SpaceValue } from "./space.ts";

/** One step of experience. */
export interface Transition {
  readonly observation: SpaceValue;
  readonly action: SpaceValue;
  /** Finite. */
  readonly reward: number;
  /** What the step returned: at the end of an episode its own last observation, not the next episode's first. */
  readonly nextObservation: SpaceValue;
  /** The task ended: nothing is to be gained past this step. */
  readonly terminated: boolean;
  /** The episode was cut off from outside (a time limit): values go on past this step. */
  readonly truncated: boolean;
}

/** What `act` gives: a number for Discrete, else an array of its own, or the one that it was told to write into. */
export type ActionValue = number | Float32Array;

export interface ActOptions {
  /** Act as in training, with exploration; without it the greedy action. @default false */
  readonly explore?: boolean;
  /** Discrete actions: entry i is false or 0 where action i is not allowed. MultiDiscrete: all choices' options in a row. */
  readonly mask?: ArrayLike<number | boolean> | undefined;
  /**
   * Whether the observation is the first of its episode: a policy that remembers begins anew. Others take no notice. Of
   * exploring actions an agent knows it from what it observes. @default false
   */
  readonly episodeStart?: boolean;
  /** Where an action that is no number is written, and then returned: acting allocates nothing then. [a fresh array] */
  readonly into?: Float32Array;
}

/** Options of `actBatch`. */
export interface ActBatchOptions {
  readonly explore?: boolean;
  /** One mask per observation, of agents that learn from rollouts; undefined where everything is allowed. */
  readonly masks?: ArrayLike<ArrayLike<number | boolean> | undefined>;
  /**
   * Whether observation i, the next that stream i shows, is the first of its episode: a policy that remembers, which keeps a
   * memory for every stream, begins anew there.
   */
  readonly episodeStarts?: ArrayLike<number | boolean>;
}

export interface UpdateOptions {
  /** @default 1; for agents that learn from rollouts, all of a full rollout's */
  readonly maxUpdates?: number;
  /** Stop starting updates after this time. Where clocks stand still during a request, use maxUpdates. */
  readonly budgetMs?: number;
}

/** A moment of a run, as `onProgress` sees it. NaN: not known yet. */
export interface Progress {
  readonly envSteps: number;
  /** Environment steps at which this call of `learn` ends. */
  readonly targetSteps: number;
  readonly episodes: number;
  readonly updates: number;
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly etaSeconds: number;
  /** Return of the last finished episode, and the mean of the last 100. */
  readonly lastReturn: number;
  readonly meanReturn: number;
  /** The algorithm's own numbers: loss, epsilon, meanQ, learningRate, ... */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface LearnOptions {
  /** Called about every `progressIntervalMs`, and once at the end. */
  readonly onProgress?: (progress: Progress) => void;
  /** @default 250 */
  readonly progressIntervalMs?: number;
  /** Stops the run between two steps; what was learned stays, and `learn` resolves with `stopped: "aborted"`. */
  readonly signal?: AbortSignal;
  readonly callbacks?: readonly Callback[];
  /** Time after which `learn` lets the event loop run. @default 6 */
  readonly sliceMs?: number;
}

export type LearnSyncOptions = Omit<LearnOptions, "signal" | "sliceMs">;

/** Why a run ended: all steps made, the signal, or a callback. */
export type StopReason = "completed" | "aborted" | "callback";

export interface RunSummary {
  /** Environment steps, updates and episodes of this call. */
  readonly envSteps: number;
  readonly updates: number;
  readonly episodes: number;
  readonly seconds: number;
  readonly stopped: StopReason;
  /** What a callback said when it stopped the run. */
  readonly reason?: string;
  /** Return and length of every episode that ended in this call, and the step it ended at: counted over all environments. */
  readonly episodeReturns: readonly number[];
  readonly episodeLengths: readonly number[];
  readonly episodeEnds: readonly number[];
}

export interface EvaluateOptions {
  /** @default 100 */
  readonly episodes?: number;
  /** Episode i starts from reset({ seed: seed + i }). @default 10000 */
  readonly seed?: number;
  /** Cuts episodes off: where nothing else ends them, a greedy policy may circle forever. @default 100000 */
  readonly maxEpisodeSteps?: number;
  readonly signal?: AbortSignal;
}

export interface Evaluation {
  /** Of the episode returns; std is the population standard deviation. */
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  readonly episodes: number;
  /** Environment steps that the evaluation took. */
  readonly envSteps: number;
  readonly returns: readonly number[];
  readonly lengths: readonly number[];
}

export interface SaveOptions {
  /** "run": everything, to go on bit for bit. "policy": what acting needs. @default "run" */
  readonly contents?: "run" | "policy";
}

/** Planned memory in bytes. */
export interface MemoryReport {
  readonly total: number;
  readonly parameters: number;
  readonly replay: number;
  /** Bytes per stored transition; 0 without replay. */
  readonly bytesPerTransition: number;
  readonly capacity: number;
}

export interface Agent {
  readonly algorithm: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly envSteps: number;
  readonly updates: number;
  readonly episodes: number;

  /** @throws TypeError or RangeError when the observation or mask does not fit; nothing changes then */
  act(observation: SpaceValue, options?: ActOptions): ActionValue;
  /** Takes in one step of experience. @throws TypeError or RangeError when a part does not fit; nothing changes then */
  observe(transition: Transition): void;
  /** Learns from what was observed. @returns how many updates were made; 0 while there is too little experience */
  update(options?: UpdateOptions): number;

  /**
   * Interacts with the agent's environment for `steps` more steps, yielding to the event loop. Environments stepped together
   * make whole steps, so that there may be a few more.
   */
  learn(steps: number, options?: LearnOptions): Promise<RunSummary>;
  /** The same without yielding. @throws TypeError when the environment answers with promises */
  learnSync(steps: number, options?: LearnSyncOptions): RunSummary;
  /** Greedy episodes in an environment of their own; training is not disturbed. */
  evaluate(makeEnv: () => Env, options?: EvaluateOptions): Promise<Evaluation>;
  evaluateSync(makeEnv: () => SyncEnv, options?: Omit<EvaluateOptions, "signal">): Evaluation;

  /**
   * Where the agent learns on a device: brings what it learned here, so that acting, saving and evaluating see it. On a CPU
   * there is nothing to wait for. `learn`, `evaluate` and `weightsSha256` do it themselves.
   */
  sync(): Promise<void>;
  /** One safetensors file. @throws StateError for a run on a device that was updated since `sync` */
  save(options?: SaveOptions): Uint8Array;
  /** SHA-256, in hex, of the trained numbers in canonical [out, in] layout. */
  weightsSha256(): Promise<string>;
  /** False when training has produced NaN or infinite weights. */
  hasFiniteWeights(): boolean;
  memory(): MemoryReport;
  /** Lets go of the engine's memory; any later call throws StateError. */
  dispose(): void;
}

// --- callbacks: what may look at a run while it goes, and stop it -------------------------------------------------------

/** What a callback is told. The same object is passed each time: copy what is to be kept. */
export interface RunView {
  readonly agent: Agent;
  /** Whether `learnSync` drives the run: hooks must answer at once then. */
  readonly isSync: boolean;
  readonly envSteps: number;
  /** In `onEpisodeEnd` up to the one that is told, of several that ended in one step of a vector environment. */
  readonly episodes: number;
  readonly updates: number;
  /** Seconds since this call of `learn` began. */
  readonly seconds: number;
  /** Of the last finished episode, in `onEpisodeEnd` of the one that is told; NaN before the first. */
  readonly lastReturn: number;
  readonly lastLength: number;
  /** Mean return of the last 100 finished episodes; NaN before the first. */
  readonly meanReturn: number;
  /** The algorithm's own numbers (loss, epsilon, ...). */
  metrics(): Readonly<Record<string, number>>;
  /** Ends the run after this step. */
  stop(reason: string): void;
}

type Hook = (run: RunView) => void | Promise<void>;

/** All hooks may return a promise; in `learnSync` that is an error. */
export interface Callback {
  readonly name: string;
  /**
   * `onStep` is called when a step brings the agent's step count to a multiple of this, or past one: environments stepped
   * together make several steps at a time. Once a step at most. @default 1
   */
  readonly everySteps?: number;
  onStart?: Hook;
  onStep?: Hook;
  onEpisodeEnd?: Hook;
  onEnd?: Hook;
}
