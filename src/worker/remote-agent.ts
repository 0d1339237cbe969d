// An agent that lives in a worker: the calls of an agent, each answered by a promise.

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

/** Callbacks are functions and stay in the worker: see `serve`. */
export type RemoteLearnOptions = Omit<LearnOptions, "callbacks">;

export interface RemoteEvaluateOptions extends EvaluateOptions {
  /** What the worker's `env` function is to be given. [as for training] */
  readonly env?: unknown;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly transfer?: readonly ArrayBuffer[];
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onCounters?: (counters: Counters) => void;
}

/** The connection, as an agent sees it. */
export interface RemoteCalls {
  call(agent: number, method: string, args: readonly unknown[], options?: CallOptions): Promise<unknown>;
}

export class RemoteAgent {
  readonly algorithm: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** The options in force, presets and defaults included. */
  readonly settings: Readonly<Record<string, unknown>>;
  #counters: Counters;
  readonly #number: number;
  readonly #calls: RemoteCalls;
  readonly #onCounters = (counters: Counters): void => {
    this.#counters = counters;
  };

  /** @param calls made by `connect` */
  constructor(calls: RemoteCalls, facts: AgentFacts) {
    this.#calls = calls;
    this.#number = facts.agent;
    this.algorithm = facts.algorithm;
    this.observationSpace = facts.observationSpace;
    this.actionSpace = facts.actionSpace;
    this.settings = facts.settings;
    this.#counters = facts.counters;
  }

  /** Counters are as of the worker's last message about this agent. */
  get envSteps(): number {
    return this.#counters[0];
  }

  get updates(): number {
    return this.#counters[1];
  }

  get episodes(): number {
    return this.#counters[2];
  }

  /** Abort the signal to pause: what was learned stays, and another `learn` goes on from there. */
  learn(steps: number, options: RemoteLearnOptions = {}): Promise<RunSummary> {
    const { signal, onProgress, ...rest } = options;
    const call: LearnCall = { steps, wantsProgress: onProgress !== undefined, options: rest };
    return this.#call("learn", [call], { signal, onProgress });
  }

  evaluate(options: RemoteEvaluateOptions = {}): Promise<Evaluation> {
    const { signal, env, ...rest } = options;
    const call: EvaluateCall = { env, options: rest };
    return this.#call("evaluate", [call], { signal });
  }

  /** A number for Discrete actions, else a Float32Array of its own. */
  act<Action extends ActionValue = number>(observation: SpaceValue, options?: ActOptions): Promise<Action> {
    return this.#call("act", [observation, options]);
  }

  actBatch<Actions extends Int32Array | Float32Array = Int32Array>(
    observations: readonly SpaceValue[],
    options?: ActBatchOptions,
  ): Promise<Actions> {
    return this.#call("actBatch", [observations, options]);
  }

  qValues(observation: SpaceValue): Promise<Float32Array | Float64Array> {
    return this.#call("qValues", [observation]);
  }

  observe(transition: Transition): Promise<void> {
    return this.#call("observe", [transition]);
  }

  observeBatch(transitions: readonly Transition[]): Promise<void> {
    return this.#call("observeBatch", [transitions]);
  }

  update(options?: UpdateOptions): Promise<number> {
    return this.#call("update", [options]);
  }

  save(options?: SaveOptions): Promise<Uint8Array> {
    return this.#call("save", [options]);
  }

  weightsSha256(): Promise<string> {
    return this.#call("weightsSha256", []);
  }

  hasFiniteWeights(): Promise<boolean> {
    return this.#call("hasFiniteWeights", []);
  }

  memory(): Promise<MemoryReport> {
    return this.#call("memory", []);
  }

  exportWeights(): Promise<Uint8Array> {
    return this.#call("exportWeights", []);
  }

  importWeights(bytes: Uint8Array, options?: object): Promise<void> {
    return this.#call("importWeights", [bytes, options]);
  }

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
