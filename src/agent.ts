// The contract of all agents, whatever their algorithm: `learn` drives an environment; `act`, `observe` and `update` serve
// callers who own their loop; `save` and the class's `load` move a run between machines.

import type { Env, SyncEnv } from "./env.ts";
import type { Space, SpaceValue } from "./space.ts";

/** One step of experience: an action taken in the environment, and its result. */
export interface Transition {
  /** Observation that the action was chosen for. */
  readonly observation: SpaceValue;
  readonly action: SpaceValue;
  /** Reward of the step; a finite number. */
  readonly reward: number;
  /** Observation after the step. At the end of an episode: the last one of that episode, not the first of the next. */
  readonly nextObservation: SpaceValue;
  /** True when the step ended the task. No reward follows it. */
  readonly terminated: boolean;
  /** True when a time limit cut the episode off. The task itself goes on, so the value of the next observation still counts. */
  readonly truncated: boolean;
}

/** An action, as `act` returns it: a number for Discrete; otherwise a fresh array, or the array given as `into`. */
export type ActionValue = number | Float32Array;

/** Options of `act`. */
export interface ActOptions {
  /** True: the action with exploration, as in training. False: the greedy action. @defaultValue false */
  readonly explore?: boolean;
  /**
   * Allowed actions. Discrete: entry i is false or 0 where action i is forbidden. MultiDiscrete: one entry per option, the
   * options of all choices one after the other. @defaultValue undefined: every action is allowed
   */
  readonly mask?: ArrayLike<number | boolean> | undefined;
  /**
   * True for the first observation of an episode. A recurrent policy resets its memory then; other policies ignore the
   * option. With `explore` the agent ignores it too: `observe` already tells the agent where episodes end.
   * @defaultValue false
   */
  readonly episodeStart?: boolean;
  /**
   * Array that the action is written to and that `act` returns; `act` then allocates nothing. Only for spaces other than
   * Discrete. @defaultValue a fresh array
   */
  readonly into?: Float32Array;
}

/** Options of `actBatch`. */
export interface ActBatchOptions {
  /** True: actions with exploration, as in training. False: greedy actions. @defaultValue false */
  readonly explore?: boolean;
  /** Masks of allowed actions, one per observation (see `ActOptions.mask`); undefined where every action is allowed. */
  readonly masks?: ArrayLike<ArrayLike<number | boolean> | undefined>;
  /**
   * Entry i is true or 1 where observation i is the first of its episode. A recurrent policy keeps one memory per entry i and
   * resets that memory then. @defaultValue no observation is a first one
   */
  readonly episodeStarts?: ArrayLike<number | boolean>;
}

/** Options of `update`. */
export interface UpdateOptions {
  /** Largest number of updates. @defaultValue 1; agents that learn from rollouts: all updates of the full rollout */
  readonly maxUpdates?: number;
  /**
   * Milliseconds after which no further update starts. Some servers stop the clock during a request: use `maxUpdates` there.
   * @defaultValue no limit
   */
  readonly budgetMs?: number;
}

/** State of a run, as `onProgress` receives it. NaN stands for a number that is not known yet. */
export interface Progress {
  /** Environment steps of the agent so far, earlier calls of `learn` included. */
  readonly envSteps: number;
  /** Value of `envSteps` at which this call of `learn` ends. */
  readonly targetSteps: number;
  /** Episodes of the agent that have ended so far. */
  readonly episodes: number;
  /** Updates of the agent so far. */
  readonly updates: number;
  /** Seconds since this call of `learn` began. */
  readonly seconds: number;
  /** Environment steps per second, averaged over this call of `learn`. */
  readonly stepsPerSecond: number;
  /** Expected seconds until this call of `learn` ends. */
  readonly etaSeconds: number;
  /** Return of the latest finished episode. */
  readonly lastReturn: number;
  /** Mean return of the last 100 finished episodes. */
  readonly meanReturn: number;
  /** Numbers of the algorithm: loss, epsilon, meanQ, learningRate, ... */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Options of `learn`. */
export interface LearnOptions {
  /** Function that is called about every `progressIntervalMs`, and once at the end. */
  readonly onProgress?: (progress: Progress) => void;
  /** Milliseconds between two calls of `onProgress`. @defaultValue 250 */
  readonly progressIntervalMs?: number;
  /** Signal that stops the run between two steps. The agent keeps its learning; `learn` resolves with `stopped: "aborted"`. */
  readonly signal?: AbortSignal;
  /** Callbacks of the run, called in this order. @defaultValue none */
  readonly callbacks?: readonly Callback[];
  /** Milliseconds after which `learn` lets the event loop run. @defaultValue 6 */
  readonly sliceMs?: number;
}

/** Options of `learnSync`, which never yields to the event loop. */
export type LearnSyncOptions = Omit<LearnOptions, "signal" | "sliceMs">;

/** Reason why a run ended. "completed": all steps were made. "aborted": the signal. "callback": a callback called `stop`. */
export type StopReason = "completed" | "aborted" | "callback";

/** Result of one call of `learn`. */
export interface RunSummary {
  /** Environment steps of this call. */
  readonly envSteps: number;
  /** Updates of this call. */
  readonly updates: number;
  /** Episodes that ended in this call. */
  readonly episodes: number;
  /** Duration of this call in seconds. */
  readonly seconds: number;
  readonly stopped: StopReason;
  /** Text that a callback passed to `stop`; absent when no callback stopped the run. */
  readonly reason?: string;
  /** Return of every episode that ended in this call, in the order of their ends. */
  readonly episodeReturns: readonly number[];
  /** Length of each of these episodes in steps. */
  readonly episodeLengths: readonly number[];
  /** Value of the agent's `envSteps`, which counts the steps of all environments, at the end of each of these episodes. */
  readonly episodeEnds: readonly number[];
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Number of episodes. @defaultValue 100 */
  readonly episodes?: number;
  /** Seed of the first episode: episode i starts from `reset({ seed: seed + i })`. @defaultValue 10000 */
  readonly seed?: number;
  /**
   * Steps after which an episode is cut off. Without a limit, a greedy policy that goes in circles would never end.
   * @defaultValue 100000
   */
  readonly maxEpisodeSteps?: number;
  /** Signal that stops the evaluation: the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Result of an evaluation: episode returns and their statistics. */
export interface Evaluation {
  /** Mean of the episode returns. */
  readonly mean: number;
  /** Population standard deviation of the episode returns. */
  readonly std: number;
  /** Smallest episode return. */
  readonly min: number;
  /** Largest episode return. */
  readonly max: number;
  /** Number of episodes. */
  readonly episodes: number;
  /** Environment steps of all episodes together. */
  readonly envSteps: number;
  /** Return of every episode, in order. */
  readonly returns: readonly number[];
  /** Length of every episode in steps, in order. */
  readonly lengths: readonly number[];
}

/** Options of `save`. */
export interface SaveOptions {
  /**
   * Contents of the file. "run": everything, so that a loaded agent continues bit for bit. "policy": only what acting needs.
   * @defaultValue "run"
   */
  readonly contents?: "run" | "policy";
}

/** Memory that an agent has reserved, in bytes. */
export interface MemoryReport {
  /** All reserved memory. */
  readonly total: number;
  /** Memory of the trained numbers: weights or tables. */
  readonly parameters: number;
  /** Memory of the replay memory; 0 without replay. */
  readonly replay: number;
  /** Bytes per stored transition; 0 without replay. */
  readonly bytesPerTransition: number;
  /** Transitions that the replay memory can hold; 0 without replay. */
  readonly capacity: number;
}

/** Methods and properties that every agent has, whatever its algorithm. */
export interface Agent {
  /** Name of the algorithm, such as "dqn". */
  readonly algorithm: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Environment steps so far. Steps of a loaded run count too. */
  readonly envSteps: number;
  /** Updates so far. */
  readonly updates: number;
  /** Episodes that have ended so far. */
  readonly episodes: number;

  /**
   * Chooses an action for one observation.
   * @throws TypeError or RangeError when the observation or the mask does not fit; nothing changes then
   */
  act(observation: SpaceValue, options?: ActOptions): ActionValue;
  /** Stores one step of experience. @throws TypeError or RangeError when a part does not fit; nothing changes then */
  observe(transition: Transition): void;
  /** Learns from the stored experience. @returns the number of updates made; 0 while there is too little experience */
  update(options?: UpdateOptions): number;

  /**
   * Trains in the agent's environment for `steps` more environment steps, and yields to the event loop meanwhile. In a vector
   * environment all environments step together, so that a few more steps may be made.
   */
  learn(steps: number, options?: LearnOptions): Promise<RunSummary>;
  /** Trains as `learn` does, without yielding. @throws TypeError when the environment answers with promises */
  learnSync(steps: number, options?: LearnSyncOptions): RunSummary;
  /**
   * Plays greedy episodes in an environment that is made for this call and closed at its end. The run of training does not
   * change.
   */
  evaluate(makeEnv: () => Env, options?: EvaluateOptions): Promise<Evaluation>;
  /** Evaluates as `evaluate` does, without yielding. @throws TypeError when the environment answers with promises */
  evaluateSync(makeEnv: () => SyncEnv, options?: Omit<EvaluateOptions, "signal">): Evaluation;

  /**
   * Copies the weights from the device (a GPU) that the agent learns on, so that `act`, `save` and `evaluateSync` use them. On
   * a CPU it resolves at once. `learn`, `evaluate` and `weightsSha256` call it themselves.
   */
  sync(): Promise<void>;
  /** Writes one safetensors file. @throws StateError for a whole run when the device made updates since the last `sync` */
  save(options?: SaveOptions): Uint8Array;
  /** SHA-256, in hex, of the trained weights in canonical [out, in] layout. */
  weightsSha256(): Promise<string>;
  /** False when training has produced NaN or infinite weights. */
  hasFiniteWeights(): boolean;
  /** Reports the memory that the agent has reserved. */
  memory(): MemoryReport;
  /** Releases the engine's memory. Any later call throws StateError. */
  dispose(): void;
}

// --- callbacks: objects that watch a run and may stop it ----------------------------------------------------------------

/** State of a run, as the hooks of a callback receive it. Every hook gets the same object: copy the numbers to keep them. */
export interface RunView {
  /** Agent that learns. */
  readonly agent: Agent;
  /** True when `learnSync` drives the run. Hooks must not return a promise then. */
  readonly isSync: boolean;
  /** Environment steps of the agent so far. */
  readonly envSteps: number;
  /**
   * Episodes of the agent that have ended so far. When one step of a vector environment ends several episodes, each
   * `onEpisodeEnd` counts up to the episode that it reports.
   */
  readonly episodes: number;
  /** Updates of the agent so far. */
  readonly updates: number;
  /** Seconds since this call of `learn` began. */
  readonly seconds: number;
  /** Return of the episode that just ended (in `onEpisodeEnd`), otherwise of the latest one. NaN before the first. */
  readonly lastReturn: number;
  /** Length in steps of that episode; 0 before the first. */
  readonly lastLength: number;
  /** Mean return of the last 100 finished episodes; NaN before the first. */
  readonly meanReturn: number;
  /** Returns the numbers of the algorithm (loss, epsilon, ...). */
  metrics(): Readonly<Record<string, number>>;
  /** Ends the run after this step. The summary holds `reason`. */
  stop(reason: string): void;
}

type Hook = (run: RunView) => void | Promise<void>;

/** An object whose hooks are called during a run. Hooks may return a promise, except in `learnSync`. */
export interface Callback {
  /** Name of the callback for error messages. */
  readonly name: string;
  /**
   * Interval of `onStep` in environment steps. `onStep` is called when the agent's step count reaches or passes a multiple of
   * this number: a vector environment makes several steps at a time. One step causes at most one call. @defaultValue 1
   */
  readonly everySteps?: number;
  /** Called before the first step. */
  onStart?: Hook;
  /** Called after a step and its updates; see `everySteps`. */
  onStep?: Hook;
  /** Called once for every episode that ended. */
  onEpisodeEnd?: Hook;
  /** Called after the last step. */
  onEnd?: Hook;
}
