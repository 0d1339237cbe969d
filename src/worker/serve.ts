// The worker's side: agents that a page controls by messages. The worker answers messages even while an agent learns, because
// `learn` lets the event loop run every few milliseconds.

import type { Agent, Callback, EvaluateOptions, LearnOptions } from "../agent.ts";
import type { Env } from "../env.ts";
import { CheckpointError, nearestName, rejectUnknownOptions, StateError, show } from "../errors.ts";
import { decodeCheckpoint } from "../formats/checkpoint.ts";
import type { Workplace } from "../workplace.ts";
import { type Endpoint, listen, requireEndpoint } from "./endpoint.ts";
import {
  type AgentFacts,
  type Counters,
  type EvaluateCall,
  type FromWorker,
  type LearnCall,
  movable,
  packError,
  type RemoteWorkplace,
  type ToWorker,
  tagged,
  untag,
} from "./messages.ts";

/** A class of agents that a worker can serve: `DQN`, `QLearning`, or your own class. */
export interface AgentClass {
  new (workplace: Workplace, options?: never): Agent;
  /** Builds an agent from a checkpoint file. */
  load(bytes: Uint8Array, options: { readonly env?: Workplace }): Agent;
}

/** Options of `serve`. */
export interface ServeOptions {
  /** Classes of agents by the algorithm's name: `{ dqn: DQN, "q-learning": QLearning }`. */
  readonly agents: Readonly<Record<string, AgentClass>>;
  /**
   * Builds an environment, for training and for each evaluation. The argument is the value that the page passed as `env`.
   * Check it like any data from outside. Without this function an agent knows its spaces only, and cannot learn or evaluate
   * in the worker.
   * @defaultValue none
   */
  readonly env?: (choice: unknown) => Env;
  /** Returns the callbacks of a `learn` call: checkpoints, logs, evaluations, early stopping. @defaultValue none */
  readonly callbacks?: () => readonly Callback[];
}

type Call = ToWorker & { readonly kind: "call" };

interface Served {
  readonly agent: Agent;
  readonly choice: unknown;
}

/** Methods of an agent that a page can call by name. `learn`, `evaluate` and `dispose` are handled apart. */
const METHODS = [
  "act",
  "actBatch",
  "qValues",
  "observe",
  "observeBatch",
  "update",
  "save",
  "weightsSha256",
  "hasFiniteWeights",
  "memory",
  "exportWeights",
  "importWeights",
];

/**
 * Serves agents to the other end of this worker, which uses `connect`. Call this function inside the worker.
 * @param options classes of agents, environments and callbacks
 * @param endpoint `parentPort` in node:worker_threads, or a MessagePort. Default: the worker's global scope.
 * @returns a function that stops serving; running `learn` and `evaluate` calls continue to their end
 * @throws TypeError for bad options, or when `endpoint` cannot exchange messages
 * @throws RangeError for an unknown option
 */
export function serve(options: ServeOptions, endpoint: Endpoint = globalThis as unknown as Endpoint): () => void {
  rejectUnknownOptions("serve", options, ["agents", "env", "callbacks"]);
  const isPage = endpoint === (globalThis as unknown) && "document" in globalThis;
  const port = requireEndpoint(
    "serve",
    isPage ? undefined : endpoint,
    "Call it inside a worker; in node:worker_threads pass parentPort.",
  );
  return new Server(options, port).start();
}

class Server {
  readonly #options: ServeOptions;
  readonly #port: Endpoint;
  readonly #agents = new Map<number, Served>();
  readonly #running = new Map<number, AbortController>();
  #lastAgent = 0;

  constructor(options: ServeOptions, port: Endpoint) {
    this.#options = options;
    this.#port = port;
    if (typeof options.agents !== "object" || options.agents === null) {
      throw new TypeError(
        `serve: agents expected classes by name, got ${show(options.agents)}. For example { dqn: DQN }.`,
      );
    }
    for (const [name, kind] of Object.entries(options.agents)) {
      if (typeof kind !== "function" || typeof kind.load !== "function") {
        throw new TypeError(`serve: agents.${name} expected a class with load, got ${show(kind)}. Pass DQN itself.`);
      }
    }
    for (const name of ["env", "callbacks"] as const) {
      const value = options[name];
      if (value !== undefined && typeof value !== "function") {
        throw new TypeError(`serve: ${name} expected a function, got ${show(value)}. It is called when one is needed.`);
      }
    }
  }

  start(): () => void {
    const stop = listen(this.#port, { message: (data) => this.#receive(data) });
    this.#greet();
    return stop;
  }

  #greet(): void {
    this.#send({ kind: "ready", algorithms: Object.keys(this.#options.agents) });
  }

  #receive(data: unknown): void {
    const message = untag<ToWorker>(data);
    if (message === undefined) return;
    if (message.kind === "hello") this.#greet();
    else if (message.kind === "abort") this.#running.get(message.id)?.abort();
    else if (message.kind === "call" && Number.isSafeInteger(message.id)) void this.#answer(message);
  }

  async #answer(call: Call): Promise<void> {
    const { id } = call;
    try {
      const value = await this.#call(call);
      this.#send({ kind: "result", id, value, counters: this.#counters(call.agent) }, movable(value));
    } catch (error) {
      this.#send({ kind: "failure", id, error: packError(error), counters: this.#counters(call.agent) });
    } finally {
      this.#running.delete(id);
    }
  }

  #call(call: Call): unknown {
    const { agent: number, method } = call;
    const { args } = call;
    if (!Array.isArray(args)) {
      throw new TypeError(`serve: args expected an array, got ${show(args)}. Use the same version on both sides.`);
    }
    if (number === 0) {
      if (method === "create") return this.#create(args[0], args[1], args[2]);
      if (method === "load") return this.#load(args[0], args[1]);
      throw unknownMethod(method, ["create", "load"]);
    }
    const served = this.#agents.get(number);
    if (served === undefined) {
      throw new StateError(`${method}: agent expected to be in use, got one that was disposed of. Build a new one.`);
    }
    const { agent } = served;
    if (method === "learn") return this.#learn(call, agent);
    if (method === "evaluate") return this.#evaluate(call, served);
    if (method === "dispose") {
      agent.dispose();
      this.#agents.delete(number);
      return undefined;
    }
    if (!METHODS.includes(method)) throw unknownMethod(method, [...METHODS, "learn", "evaluate", "dispose"]);
    const own = (agent as unknown as Record<string, unknown>)[method];
    if (typeof own === "function") return own.apply(agent, args);
    throw new TypeError(`${method}: agent expected one that has it, got a ${agent.algorithm} agent. Leave it out.`);
  }

  #create(algorithm: unknown, options: unknown, place: unknown): AgentFacts {
    const { choice, workplace } = this.#workplace("create", place as RemoteWorkplace | undefined);
    const { agents } = this.#options;
    if (typeof algorithm !== "string" || !Object.hasOwn(agents, algorithm)) {
      const near = nearestName(String(algorithm), Object.keys(agents));
      const advice = near ? `Did you mean ${near}?` : "Serve it, or choose one of these.";
      throw new RangeError(
        `create: algorithm expected one of ${Object.keys(agents).join(", ")}, got ${show(algorithm)}. ${advice}`,
      );
    }
    if (workplace === undefined) {
      throw new TypeError(
        "create: workplace expected spaces or a served env, got neither. Give serve an env function.",
      );
    }
    return this.#keep(new agents[algorithm](workplace, (options ?? {}) as never), choice);
  }

  #load(bytes: unknown, place: unknown): AgentFacts {
    const { choice, workplace } = this.#workplace("load", place as RemoteWorkplace | undefined);
    const { algorithm } = decodeCheckpoint(bytes as Uint8Array);
    const { agents } = this.#options;
    if (!Object.hasOwn(agents, algorithm)) {
      throw new CheckpointError(
        `load: algorithm expected one of ${Object.keys(agents).join(", ")}, got ${show(algorithm)}. Serve it.`,
      );
    }
    const options = workplace === undefined ? {} : { env: workplace };
    return this.#keep(agents[algorithm].load(bytes as Uint8Array, options), choice);
  }

  #workplace(where: string, place: RemoteWorkplace = {}): { choice: unknown; workplace: Workplace | undefined } {
    rejectUnknownOptions(where, place, ["env", "observationSpace", "actionSpace"]);
    if ("observationSpace" in place) return { choice: undefined, workplace: place };
    const { env } = this.#options;
    return { choice: place.env, workplace: env?.(place.env) };
  }

  #keep(agent: Agent, choice: unknown): AgentFacts {
    this.#agents.set(++this.#lastAgent, { agent, choice });
    const { algorithm, observationSpace, actionSpace } = agent;
    const { settings = {} } = agent as { readonly settings?: Readonly<Record<string, unknown>> };
    const counters = countersOf(agent);
    return { agent: this.#lastAgent, algorithm, observationSpace, actionSpace, settings, counters };
  }

  #learn(call: Call, agent: Agent): Promise<unknown> {
    const { id } = call;
    const { steps, wantsProgress, options } = call.args[0] as LearnCall;
    const callbacks = this.#options.callbacks?.();
    const learnOptions: LearnOptions = {
      ...options,
      signal: this.#abortable(call),
      ...(callbacks === undefined ? {} : { callbacks }),
      ...(wantsProgress && {
        onProgress: (progress) => this.#send({ kind: "progress", id, progress, counters: countersOf(agent) }),
      }),
    };
    return agent.learn(steps, learnOptions);
  }

  #evaluate(call: Call, { agent, choice }: Served): Promise<unknown> {
    const { env } = this.#options;
    if (env === undefined) {
      throw new StateError("evaluate: worker expected to serve environments, got none. Give serve an env function.");
    }
    const { env: other = choice, options } = call.args[0] as EvaluateCall;
    const evaluateOptions: EvaluateOptions = { ...options, signal: this.#abortable(call) };
    return agent.evaluate(() => env(other), evaluateOptions);
  }

  #abortable({ id, aborted }: Call): AbortSignal {
    const controller = new AbortController();
    if (aborted) controller.abort();
    this.#running.set(id, controller);
    return controller.signal;
  }

  #counters(number: number): Counters | undefined {
    const agent = this.#agents.get(number)?.agent;
    return agent && countersOf(agent);
  }

  #send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(tagged(message), transfer as never);
  }
}

function countersOf(agent: Agent): Counters {
  return [agent.envSteps, agent.updates, agent.episodes];
}

function unknownMethod(method: unknown, known: readonly string[]): RangeError {
  return new RangeError(
    `serve: method expected one of ${known.join(", ")}, got ${show(method)}. Use the same version on both sides.`,
  );
}
