// An agent that lives in a worker. It has the methods of an agent, but each returns a promise.

import type {
  ActBatchOptions,
  ActionValue,
  ActOptions,
  EvaluateOptions,
  Evaluation,
  LearnOptions,
  MemoryReport,
  Progress,
  RunSummary,
  SaveOptions,
  Transition,
  UpdateOptions,
} from "../agent.ts";
import type { Space, SpaceValue } from "../space.ts";
import type { AgentFacts, Counters, EvaluateCall, LearnCall } from "./messages.ts";

/** Options of `learn` in a worker. Callbacks are functions and cannot be sent: `serve` sets them in the worker. */
export type RemoteLearnOptions = Omit<LearnOptions, "callbacks">;

/** Options of `evaluate` in a worker. */
export interface RemoteEvaluateOptions extends EvaluateOptions {
  /** Argument for the worker's `env` function. @defaultValue the argument for training */
  readonly env?: unknown;
}

/** Options of one call to the worker. */
export interface CallOptions {
  /** Signal that aborts the call. */
  readonly signal?: AbortSignal | undefined;
  /** Buffers that move to the worker instead of being copied. */
  readonly transfer?: readonly ArrayBuffer[];
  /** Called with each progress message. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called with the counters of each message about the agent. */
  readonly onCounters?: (counters: Counters) => void;
}

/** The part of a connection that an agent uses. */
export interface RemoteCalls {
  /** Calls a method of an agent in the worker. @param agent number of the agent; 0 is the worker itself */
  call(agent: number, method: string, args: readonly unknown[], options?: CallOptions): Promise<unknown>;
}

/**
 * An agent that lives in a worker. It has the methods of an agent, but each returns a promise. Made by `create` or `load` of a
 * RemoteWorker. A call is rejected with the error that the agent in the worker throws, and with a StateError when the worker is
 * gone.
 */
export class RemoteAgent {
  /** Name of the algorithm, such as "dqn". */
  readonly algorithm: string;
  /** Space of the observations. */
  readonly observationSpace: Space;
  /** Space of the actions. */
  readonly actionSpace: Space;
  /** The options of the agent, with presets and defaults filled in. */
  readonly settings: Readonly<Record<string, unknown>>;
  #counters: Counters;
  readonly #number: number;
  readonly #calls: RemoteCalls;
  readonly #onCounters = (counters: Counters): void => {
    this.#counters = counters;
  };

  /** @param calls the connection, made by `connect` @param facts facts about the agent, sent by the worker */
  constructor(calls: RemoteCalls, facts: AgentFacts) {
    this.#calls = calls;
    this.#number = facts.agent;
    this.algorithm = facts.algorithm;
    this.observationSpace = facts.observationSpace;
    this.actionSpace = facts.actionSpace;
    this.settings = facts.settings;
    this.#counters = facts.counters;
  }

  /** Environment steps of training. All counters are those of the worker's last message about this agent. */
  get envSteps(): number {
    return this.#counters[0];
  }

  /** Updates of the weights. */
  get updates(): number {
    return this.#counters[1];
  }

  /** Finished training episodes. */
  get episodes(): number {
    return this.#counters[2];
  }

  /**
   * Trains for `steps` environment steps in the worker's environment. Abort the signal to pause: the agent keeps what it has
   * learned, and the next `learn` continues.
   */
  learn(steps: number, options: RemoteLearnOptions = {}): Promise<RunSummary> {
    const { signal, onProgress, ...rest } = options;
    const call: LearnCall = { steps, wantsProgress: onProgress !== undefined, options: rest };
    return this.#call("learn", [call], { signal, onProgress });
  }

  /** Plays evaluation episodes in a new environment of the worker, without learning. */
  evaluate(options: RemoteEvaluateOptions = {}): Promise<Evaluation> {
    const { signal, env, ...rest } = options;
    const call: EvaluateCall = { env, options: rest };
    return this.#call("evaluate", [call], { signal });
  }

  /** Chooses an action: a number in a Discrete action space, otherwise a new Float32Array. */
  act<Action extends ActionValue = number>(observation: SpaceValue, options?: ActOptions): Promise<Action> {
    return this.#call("act", [observation, options]);
  }

  /** Chooses one action per observation. */
  actBatch<Actions extends Int32Array | Float32Array = Int32Array>(
    observations: readonly SpaceValue[],
    options?: ActBatchOptions,
  ): Promise<Actions> {
    return this.#call("actBatch", [observations, options]);
  }

  /** Returns the value of each action for one observation. Only agents with action values have this method. */
  qValues(observation: SpaceValue): Promise<Float32Array | Float64Array> {
    return this.#call("qValues", [observation]);
  }

  /** Adds one transition to the experience of the agent. */
  observe(transition: Transition): Promise<void> {
    return this.#call("observe", [transition]);
  }

  /** Adds several transitions to the experience of the agent: all of them, or none after an error. */
  observeBatch(transitions: readonly Transition[]): Promise<void> {
    return this.#call("observeBatch", [transitions]);
  }

  /** Makes updates from the experience so far. @returns the number of updates made */
  update(options?: UpdateOptions): Promise<number> {
    return this.#call("update", [options]);
  }

  /** Returns the agent as the bytes of a checkpoint file. */
  save(options?: SaveOptions): Promise<Uint8Array> {
    return this.#call("save", [options]);
  }

  /** Returns the SHA-256 of all weights, in hex. */
  weightsSha256(): Promise<string> {
    return this.#call("weightsSha256", []);
  }

  /** Returns true when all weights are finite numbers. */
  hasFiniteWeights(): Promise<boolean> {
    return this.#call("hasFiniteWeights", []);
  }

  /** Returns the memory that the agent uses. */
  memory(): Promise<MemoryReport> {
    return this.#call("memory", []);
  }

  /** Returns the weights as the bytes of a safetensors file. */
  exportWeights(): Promise<Uint8Array> {
    return this.#call("exportWeights", []);
  }

  /** Replaces the weights by those of a safetensors file. */
  importWeights(bytes: Uint8Array, options?: object): Promise<void> {
    return this.#call("importWeights", [bytes, options]);
  }

  /** Frees the memory of the agent in the worker. The agent cannot be used afterwards. */
  dispose(): Promise<void> {
    return this.#call("dispose", []);
  }

  #call<Result>(method: string, args: readonly unknown[], options: CallOptions = {}): Promise<Result> {
    return this.#calls.call(this.#number, method, args, {
      ...options,
      onCounters: this.#onCounters,
    }) as Promise<Result>;
  }
}
