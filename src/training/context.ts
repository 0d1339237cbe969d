// Context that every part of an agent is built from: settings, spaces, backends, random streams, counters, and the file that the
// agent is loaded from. An algorithm's constructor opens a context and plans its parts with it.

import type { Backend } from "../backend.ts";
import type { BackendChoice, Backends, MakeBackends } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { show } from "../errors.ts";
import { ActionEncoder, requireActionSpace } from "../experience/action-encoder.ts";
import { type Encoder, ObservationEncoder } from "../experience/observation-encoder.ts";
import { type Checkpoint, damaged } from "../formats/checkpoint.ts";
import { type CheckpointPart, CheckpointReader, type CheckpointWriter } from "../formats/checkpoint-part.ts";
import { Metrics } from "../nn/metrics.ts";
import type { ModelPlace } from "../nn/model.ts";
import type { RandomStream } from "../operations/handles.ts";
import type { Space } from "../space.ts";
import type { Workplace } from "../workplace.ts";
import type { About, DescribedClass } from "./about.ts";
import { readOptions } from "./options.ts";
import type { RunSettings } from "./run-options.ts";
import { type Schedule, writeScheduleValue } from "./schedule.ts";

/** Smallest capacity of the acting rows. Larger batches of observations are acted on in parts. */
const ACT_ROWS = 64;

/** Counters of a run so far. */
export interface RunCounters {
  /** Environment steps, summed over all environments. */
  envSteps: number;
  /** Updates of the weights. */
  updates: number;
  /** Episodes that ended. */
  episodes: number;
}

/** Name of a random stream: the purpose that numbers are drawn for. */
export type Purpose = "init" | "exploration" | "replay" | "noise" | "hindsight" | "minibatches" | (string & {});

/** Streams on the acting backend; all others are on the learning backend. */
const ACTING: readonly Purpose[] = ["init", "exploration", "hindsight"];

/** A file for a new agent: `load` passes it to the constructor inside the options. */
export interface Loading {
  readonly checkpoint: Checkpoint;
  /** True when a constructor has taken the file. */
  taken: boolean;
}

/** Key of a file inside the options. A symbol survives a subclass that spreads the options, and callers cannot write it. */
export const LOADING: unique symbol = Symbol("loading");

/** Settings, spaces, backends, streams and counters that the parts of an agent share. */
export class AgentContext<Settings extends RunSettings = RunSettings> implements ModelPlace {
  /** Name of the class, for error messages. */
  readonly name: string;
  /** Description of the algorithm. */
  readonly about: About;
  /** Environments or spaces of the agent. */
  readonly workplace: Workplace;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** All options with their defaults filled in. */
  readonly settings: Settings;
  /** Encoder of observations as the numbers that networks read. */
  readonly encoder: Encoder;
  /** Encoder of actions. */
  readonly actions: ActionEncoder;
  /** Number of environments that are stepped together. */
  readonly environments: number;
  /** Largest number of rows that are acted on together. */
  readonly actRows: number;
  /** Backend that learns. */
  readonly backend: Backend;
  /** Backend that acts: the same one, unless a device learns. */
  readonly acting: Backend;
  /** Steps, updates and episodes so far. */
  readonly counters: RunCounters = { envSteps: 0, updates: 0, episodes: 0 };
  /** The algorithm's own numbers, for progress, logs and files. */
  readonly metrics: Metrics;
  /** File that the agent is loaded from; null for a new agent. */
  readonly file: CheckpointReader | null;
  /** Random streams of the agent. */
  readonly streams: Streams;
  readonly #position: { envSteps: number; episodes: number; readonly totalSteps: number };
  /** Schedules write their value here, since a number returned from a call may be a heap object. */
  readonly #scheduled = new Float64Array(1);

  constructor(opened: Opened<Settings>) {
    const { about, workplace, settings, backends, encoder, loading } = opened;
    this.name = about.name;
    this.about = about;
    this.workplace = workplace;
    this.observationSpace = workplace.observationSpace;
    this.actionSpace = workplace.actionSpace;
    this.settings = settings;
    this.encoder = encoder;
    this.actions = new ActionEncoder(requireActionSpace(about.name, workplace.actionSpace));
    this.environments = settings.environments;
    this.actRows = Math.max(ACT_ROWS, settings.environments);
    this.backend = backends.learning;
    this.acting = backends.acting;
    this.metrics = new Metrics(this.backend, this.name, this.counters);
    this.file = loading === undefined ? null : new CheckpointReader(loading.checkpoint);
    this.streams = new Streams(this.backend, this.acting, settings.seed);
    this.#position = { envSteps: 0, episodes: 0, totalSteps: settings.totalSteps };
  }

  /** True for an agent from a policy file. Such an agent acts, and plans its learner only when it first learns. */
  get isPolicy(): boolean {
    return this.file?.contents === "policy";
  }

  /** Returns the agent's random stream for a purpose. Equal purposes have the same stream. */
  stream(purpose: Purpose): RandomStream {
    return this.streams.get(purpose);
  }

  /** Returns the current value of a schedule. */
  now(schedule: Schedule): number {
    return this.nowAt(schedule)[0];
  }

  /**
   * Returns the current value of a schedule at index 0 of an array, which allocates nothing; a returned number may be a heap
   * object.
   */
  nowAt(schedule: Schedule): Float64Array {
    const position = this.#position;
    position.envSteps = this.counters.envSteps;
    position.episodes = this.counters.episodes;
    writeScheduleValue(schedule, position, this.#scheduled);
    return this.#scheduled;
  }
}

interface Opened<Settings> {
  readonly about: About;
  readonly workplace: Workplace;
  readonly settings: Settings;
  readonly backends: Backends;
  readonly encoder: Encoder;
  readonly loading: Loading | undefined;
}

/** Options of a constructor: the caller's, and during `load` a file. */
export interface ConstructorOptions {
  readonly preset?: string | false;
  readonly backend?: BackendChoice;
  readonly engine?: EngineBinary;
  readonly [LOADING]?: Loading;
}

/**
 * Opens a context: reads the options of a class of agents, and makes backends. Constructors call `open` or `openOnDevices` (open.ts).
 * @param agentClass `new.target` of the constructor, so that a subclass is opened as itself
 * @param createEncoder makes the encoder of observations. Default: numbers for networks, rescaled if the settings say so.
 * @throws TypeError or RangeError when an option is unknown or out of range, or does not fit the spaces
 */
export function openOn<Settings extends RunSettings>(
  makeBackends: MakeBackends,
  agentClass: DescribedClass,
  workplace: Workplace,
  options: object,
  createEncoder: (where: string, space: Space, settings: Settings) => Encoder = encoderFor,
): AgentContext<Settings> {
  const { about } = agentClass;
  const { [LOADING]: loading, backend, engine } = options as ConstructorOptions;
  if (loading !== undefined) loading.taken = true;
  const { name } = about;
  requireKinds(about, workplace);
  const settings = readOptions(about, workplace, options) as Settings;
  const encoder = createEncoder(name, workplace.observationSpace, settings);
  const backends = makeBackends(name, backend, engine);
  return new AgentContext({ about, workplace, settings, backends, encoder, loading });
}

function encoderFor(where: string, space: Space, settings: object): Encoder {
  const { rescaleObservations = false } = settings as { readonly rescaleObservations?: boolean };
  return new ObservationEncoder(where, space, rescaleObservations);
}

/** Checks the kinds of the spaces. @throws TypeError when the algorithm does not accept the action or observation space */
export function requireKinds({ name, actions, observations }: About, workplace: Workplace): void {
  const { actionSpace, observationSpace }: Partial<Workplace> = workplace ?? {};
  if (actionSpace === undefined || observationSpace === undefined) {
    throw new TypeError(
      `${name}: workplace expected an environment or { observationSpace, actionSpace }, got ${show(workplace)}. Pass one.`,
    );
  }
  const { kind } = actionSpace;
  if (!(actions as readonly string[]).includes(kind)) {
    const isNumbered = actions.length === 1 && actions[0] === "discrete";
    const advice = isNumbered
      ? `${name} chooses among numbered actions.`
      : "Wrap the environment so that it takes one of them.";
    throw new TypeError(`${name}: actionSpace expected ${listed(actions)}, got ${kind}. ${advice}`);
  }
  if (observations === undefined || observations.includes(observationSpace.kind)) return;
  throw new TypeError(
    `${name}: observationSpace expected ${listed(observations)}, got ${observationSpace.kind}. Use an agent with a network, or wrap the environment.`,
  );
}

function listed(kinds: readonly string[]): string {
  return kinds.length < 2 ? kinds.join() : `${kinds.slice(0, -1).join(", ")} or ${kinds[kinds.length - 1]}`;
}

/** Random streams of an agent, one per purpose. A run's file contains all streams except that of initial weights. */
export class Streams implements CheckpointPart {
  readonly #backend: Backend;
  readonly #acting: Backend;
  readonly #seed: number;
  readonly #streams = new Map<Purpose, { readonly backend: Backend; readonly stream: RandomStream }>();

  constructor(backend: Backend, acting: Backend, seed: number) {
    this.#backend = backend;
    this.#acting = acting;
    this.#seed = seed;
  }

  get(purpose: Purpose): RandomStream {
    const known = this.#streams.get(purpose);
    if (known !== undefined) return known.stream;
    const backend = ACTING.includes(purpose) ? this.#acting : this.#backend;
    const stream = backend.random.stream(this.#seed, purpose);
    this.#streams.set(purpose, { backend, stream });
    return stream;
  }

  check(from: CheckpointReader): void {
    for (const [name] of this.#kept(from)) {
      const words = from.tensor(name, Uint32Array, 4);
      // xoshiro never reaches this state and never leaves it: draws with rejection would never end.
      if (words.every((word) => word === 0)) throw damaged(`tensor ${name}`, "a word above 0", words);
    }
  }

  load(from: CheckpointReader): void {
    for (const [name, { backend, stream }] of this.#kept(from)) {
      backend.random.write(stream, from.tensor(name, Uint32Array, 4));
    }
  }

  save(to: CheckpointWriter): void {
    if (to.contents !== "run") return;
    for (const [purpose, { backend, stream }] of this.#streams) {
      if (purpose !== "init") to.tensor(`random.${purpose}`, backend.random.read(stream));
    }
  }

  /** Returns the streams that a run's file must contain. The oldest files have no noise stream. */
  #kept(from: CheckpointReader): [string, { readonly backend: Backend; readonly stream: RandomStream }][] {
    if (from.contents !== "run") return [];
    return [...this.#streams]
      .filter(([purpose]) => purpose !== "init" && (purpose !== "noise" || from.has("random.noise")))
      .map(([purpose, kept]) => [`random.${purpose}`, kept]);
  }
}
