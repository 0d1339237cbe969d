// The page's side of a worker that serves agents: `connect` and the messages it sends.

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

/** Options of `connect`. */
export interface ConnectOptions {
  /** Signal that ends the wait for the worker, such as `AbortSignal.timeout(5000)`. @defaultValue no limit */
  readonly signal?: AbortSignal;
}

/** Types of options by name of algorithm, for typed calls of `create`: `connect<{ dqn: DQNOptions }>(worker)`. */
export type AlgorithmOptions = Record<string, object>;

/** A worker that serves agents, as the page sees it. Made by `connect`. */
export interface RemoteWorker<Options extends AlgorithmOptions = AlgorithmOptions> {
  /** Names of the algorithms that the worker serves. */
  readonly algorithms: readonly string[];
  /**
   * Builds an agent in the worker.
   * @param algorithm name of the algorithm, one of `algorithms`
   * @param options options of the agent. Default: none.
   * @param place argument for the worker's `env` function, such as `{ env: "CartPole-v1" }`, or an observation space and an
   *   action space. Default: `{}`.
   */
  create<Name extends keyof Options & string>(
    algorithm: Name,
    options?: Options[Name],
    place?: RemoteWorkplace,
  ): Promise<RemoteAgent>;
  /**
   * Builds an agent in the worker from a file that `save` wrote.
   * @param bytes content of the file; with the option `transfer` the bytes move to the worker, and the array is empty afterwards
   * @param place argument for the worker's `env` function, or an observation space and an action space. Default: `{}`.
   * @param options `transfer` moves the bytes instead of copying them. Default: `{ transfer: false }`.
   */
  load(bytes: Uint8Array, place?: RemoteWorkplace, options?: { readonly transfer?: boolean }): Promise<RemoteAgent>;
  /** Terminates the worker. Calls without an answer are rejected with a StateError. */
  close(): void;
}

/**
 * Connects to a worker that serves agents, and waits until the worker is ready.
 * @param worker a `Worker` of any runtime, or a MessagePort to a worker
 * @param options signal that ends the wait. Default: none.
 * @throws StateError when the worker dies before it is ready; the reason of the signal when the signal is aborted
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
    // A worker that already serves answers this message. A worker that is still loading reports itself when ready.
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
    // A view into a larger buffer is copied first, because a message carries the whole buffer.
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

  /** Ends the connection and the worker. In Node and Deno an uncaught error ends a worker; this does the same in browsers. */
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
