// The page's side of a worker that serves agents.

import { rejectUnknownOptions, StateError, show } from "../errors.ts";
import { type Endpoint, listen, requireEndpoint } from "./endpoint.ts";
import {
  type AgentFacts,
  type FromWorker,
  movable,
  type RemoteWorkplace,
  type ToWorker,
  tagged,
  unpackError,
  untag,
} from "./messages.ts";
import { type CallOptions, RemoteAgent, type RemoteCalls } from "./remote-agent.ts";

export interface ConnectOptions {
  /** Gives up waiting for the worker: `AbortSignal.timeout(5000)`. */
  readonly signal?: AbortSignal;
}

/** Names of the served algorithms and the type of their options, where known: `connect<{ dqn: DQNOptions }>(worker)`. */
export type AlgorithmOptions = Record<string, object>;

/** A worker that serves agents. */
export interface RemoteWorker<Options extends AlgorithmOptions = AlgorithmOptions> {
  /** Names for `create`. */
  readonly algorithms: readonly string[];
  /**
   * Builds an agent in the worker.
   * @param place what the worker's `env` function is to be given, `{ env: "CartPole-v1" }`, or spaces alone
   */
  create<Name extends keyof Options & string>(
    algorithm: Name,
    options?: Options[Name],
    place?: RemoteWorkplace,
  ): Promise<RemoteAgent>;
  /**
   * Builds the agent that `save` wrote.
   * @param bytes copied, unless `transfer` hands them over: they are empty then
   */
  load(bytes: Uint8Array, place?: RemoteWorkplace, options?: { readonly transfer?: boolean }): Promise<RemoteAgent>;
  /** Ends the worker and all that it does; calls that wait are rejected. */
  close(): void;
}

/**
 * Waits until the worker serves agents.
 * @param worker a `Worker` of any runtime, or a MessagePort to one
 * @throws StateError when the worker dies before; the signal's reason
 */
export async function connect<Options extends AlgorithmOptions = AlgorithmOptions>(
  worker: Endpoint,
  options: ConnectOptions = {},
): Promise<RemoteWorker<Options>> {
  rejectUnknownOptions("connect", options, ["signal"]);
  const port = requireEndpoint("connect", worker, "Pass a Worker or a MessagePort.");
  options.signal?.throwIfAborted();
  const connection = new Connection(port);
  await connection.ready(options.signal);
  return connection as RemoteWorker<Options>;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  readonly options: CallOptions;
  readonly stopListening: () => void;
}

class Connection implements RemoteWorker, RemoteCalls {
  algorithms: readonly string[] = [];
  readonly #port: Endpoint;
  readonly #pending = new Map<number, Pending>();
  readonly #stop: () => void;
  readonly #greeted: Promise<void>;
  #greet: () => void = () => {};
  #refuse: (error: unknown) => void = () => {};
  #lastId = 0;
  #death: string | undefined;

  constructor(port: Endpoint) {
    this.#port = port;
    this.#greeted = new Promise((resolve, reject) => {
      this.#greet = resolve;
      this.#refuse = reject;
    });
    this.#stop = listen(port, {
      message: (data) => this.#receive(data),
      death: (reason) => this.#die(reason),
    });
    // A worker that serves already answers; one that is still loading says so by itself.
    this.#send({ kind: "hello" });
  }

  async ready(signal: AbortSignal | undefined): Promise<void> {
    const giveUp = (): void => {
      this.#stop();
      this.#refuse(signal!.reason);
    };
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      await this.#greeted;
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  async create(algorithm: string, options: object = {}, place: RemoteWorkplace = {}): Promise<RemoteAgent> {
    return new RemoteAgent(this, (await this.call(0, "create", [algorithm, options, place])) as AgentFacts);
  }

  async load(
    bytes: Uint8Array,
    place: RemoteWorkplace = {},
    options: { readonly transfer?: boolean } = {},
  ): Promise<RemoteAgent> {
    rejectUnknownOptions("load", options, ["transfer"]);
    if (!(bytes instanceof Uint8Array)) {
      throw new TypeError(`load: bytes expected a Uint8Array, got ${show(bytes)}. Read the file first.`);
    }
    // A view into a larger buffer would take all of the buffer along.
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    const transfer = options.transfer === true ? movable(own) : [];
    return new RemoteAgent(this, (await this.call(0, "load", [own, place], { transfer })) as AgentFacts);
  }

  close(): void {
    if (this.#death === undefined) this.#die("it was closed");
  }

  call(agent: number, method: string, args: readonly unknown[], options: CallOptions = {}): Promise<unknown> {
    const { signal, transfer } = options;
    return new Promise((resolve, reject) => {
      if (this.#death !== undefined) throw this.#gone(method);
      const id = ++this.#lastId;
      this.#send({ kind: "call", id, agent, method, args, aborted: signal?.aborted === true }, transfer);
      const abort = (): void => this.#send({ kind: "abort", id });
      const stopListening = (): void => signal?.removeEventListener("abort", abort);
      this.#pending.set(id, { resolve, reject, options, stopListening });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  #receive(data: unknown): void {
    const message = untag<FromWorker>(data);
    if (message === undefined) return;
    if (message.kind === "ready") {
      this.algorithms = message.algorithms;
      this.#greet();
      return;
    }
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    const { options, resolve, reject, stopListening } = pending;
    if (message.counters !== undefined) options.onCounters?.(message.counters);
    if (message.kind === "progress") {
      options.onProgress?.(message.progress);
      return;
    }
    this.#pending.delete(message.id);
    stopListening();
    if (message.kind === "result") resolve(message.value);
    else if (message.error.name === "AbortError" && options.signal?.aborted) reject(options.signal.reason);
    else reject(unpackError(message.error));
  }

  /** An error that nobody caught ends a worker in Node and Deno; the same is made true of browsers. */
  #die(reason: string): void {
    this.#death = reason;
    this.#stop();
    this.#refuse(this.#gone("connect"));
    for (const { reject, stopListening } of this.#pending.values()) {
      stopListening();
      reject(this.#gone("call"));
    }
    this.#pending.clear();
    if (this.#port.terminate !== undefined) this.#port.terminate();
    else this.#port.close?.();
  }

  #gone(where: string): StateError {
    return new StateError(
      `${where}: worker expected to be alive, got one that is gone: ${this.#death}. Start a new one.`,
    );
  }

  #send(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(tagged(message), transfer as never);
  }
}
