// How agents are made otherwise than by `new`: from files, and on backends that take time to open.

import { type BackendChoice, type BackendSource, onThreads, openBackend } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { CheckpointError, rejectUnknownOptions, show, UnsupportedError } from "../errors.ts";
import { type Checkpoint, damaged, decodeCheckpoint, requireObject } from "../formats/checkpoint.ts";
import type { Workplace } from "../workplace.ts";
import type { About } from "./about.ts";
import { LOADING, type Loading, requireKinds } from "./context.ts";
import { readOptions } from "./options.ts";
import type { RunOptions, RunSettings } from "./run-options.ts";

interface Restorable {
  restore(checkpoint: Checkpoint): void;
}

interface LoadedClass<Loaded> {
  readonly about: About;
  new (workplace: Workplace, options: never): Loaded;
}

export interface LoadOptions {
  /** What to go on in: an environment, or as many stepped together as the run had; without it the agent acts and observes. */
  readonly env?: Workplace;
  readonly backend?: BackendChoice;
  readonly engine?: EngineBinary;
}

/** Options of `new`, and backends that are promised. */
export type CreateOptions<Options extends object = object> = Omit<Options, "backend"> & {
  /** "wasm", "webgpu", "auto", or what `bellwether/webgpu` gives. [wasm] */
  readonly backend?: BackendSource;
  /** Threads that share an update's large operations, or "auto": as `threads` of `bellwether/threads` takes it. [1, without it] */
  readonly threads?: number | "auto";
};

/**
 * The `load` of a class. Settings and spaces are checked before anything is planned, and models check their sizes: a hostile file
 * must not decide what is allocated.
 */
export function loadAgent<Loaded extends Restorable>(
  agentClass: LoadedClass<Loaded>,
  bytes: Uint8Array,
  options: LoadOptions,
): Loaded {
  const { about } = agentClass;
  const where = `${about.name}.load`;
  rejectUnknownOptions(where, options, ["env", "backend", "engine"]);
  const checkpoint = decodeCheckpoint(bytes);
  requireSame(where, about.algorithm, checkpoint, options.env);
  const { observationSpace, actionSpace } = checkpoint;
  const workplace = options.env ?? { observationSpace, actionSpace };
  const settings = savedSettings(where, about, checkpoint, workplace);
  const { backend, engine } = options;
  const loading: Loading = { checkpoint, taken: false };
  const given = {
    ...settings,
    preset: false,
    ...(backend === undefined ? {} : { backend }),
    ...(engine === undefined ? {} : { engine }),
    [LOADING]: loading,
  };
  let agent: Loaded;
  try {
    agent = new agentClass(workplace, given as never);
  } catch (error) {
    // The settings are valid, here too, so what is left is a plan that no memory can hold; or the caller's engine.
    if (error instanceof RangeError && backend === undefined) {
      throw damaged("settings", "a plan that fits", error.message);
    }
    throw error;
  }
  if (!loading.taken) {
    throw new TypeError(
      `${where}: constructor expected to hand its options on, got other ones. Spread them: super(workplace, { ...options }).`,
    );
  }
  agent.restore(checkpoint);
  return agent;
}

/** @throws CheckpointError for a file of another algorithm, or saved in other spaces than the environment's */
function requireSame(where: string, algorithm: string, checkpoint: Checkpoint, env: Workplace | undefined): void {
  if (checkpoint.algorithm !== algorithm) {
    throw new CheckpointError(
      `${where}: algorithm expected "${algorithm}", got ${show(checkpoint.algorithm)}. Load it with its own class.`,
    );
  }
  for (const space of ["observationSpace", "actionSpace"] as const) {
    if (env !== undefined && JSON.stringify(env[space]) !== JSON.stringify(checkpoint[space])) {
      throw new CheckpointError(
        `${where}: ${space} expected the saved ${checkpoint[space].kind} space, got another ${env[space].kind} one. Pass the environment that the agent was trained in.`,
      );
    }
  }
}

/** @throws CheckpointError when the file's settings are none, or a run was saved in another number of environments */
function savedSettings(where: string, about: About, checkpoint: Checkpoint, workplace: Workplace): object {
  const { observationSpace, actionSpace } = checkpoint;
  let settings: RunSettings;
  try {
    const saved = requireObject("settings", checkpoint.data.settings);
    // What it runs on is the caller's business: an engine in a file would be code.
    rejectUnknownOptions(about.name, saved, Object.keys(about.fields));
    requireKinds(about, workplace);
    settings = readOptions(
      about,
      { ...goalFunctions(workplace), observationSpace, actionSpace },
      {
        ...saved,
        preset: false,
      },
    ) as RunSettings;
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw damaged("settings", "valid options", (error as Error).message);
  }
  if (!("step" in workplace)) return settings;
  const { environments, ...others } = settings;
  const own = (readOptions(about, workplace, { ...others, preset: false }) as RunSettings).environments;
  if (checkpoint.contents === "run" && own !== environments) {
    throw new CheckpointError(
      `${where}: environments expected ${environments} as the run was saved, got ${own}. Pass ${environments === 1 ? "a single environment" : `a vector environment of ${environments}`}.`,
    );
  }
  return others;
}

function goalFunctions(workplace: Workplace): object {
  const { computeReward, computeTerminated, spec } = workplace as Partial<
    Record<"computeReward" | "computeTerminated" | "spec", unknown>
  >;
  return { computeReward, computeTerminated, spec };
}

/** The `create` of a class. */
export async function createAgent<Made extends { sync(): Promise<void> }, Options extends object>(
  agentClass: { readonly about: About; new (workplace: Workplace, options?: Options): Made },
  workplace: Workplace,
  options: CreateOptions<Options>,
): Promise<Made> {
  const { about } = agentClass;
  const { backend = "wasm", threads, ...rest } = options as CreateOptions<RunOptions>;
  // Before anything is opened, so that a wrong option is told first.
  requireKinds(about, workplace);
  const settings = readOptions(about, workplace, rest);
  const { name: where } = about;
  const source = threads === undefined ? backend : onThreads(where, threads, backend, rest.engine);
  const updateFlops = about.updateFlops?.(where, workplace, settings) ?? 0;
  const choice = await openBackend(where, source, { updateFlops });
  const make = (chosen: BackendChoice): Made =>
    new agentClass(workplace, { ...rest, backend: chosen } as RunOptions as Options);
  const agent = makeOn(choice, make);
  await agent.sync();
  return agent;
}

/** An agent on the backend, or on what it falls back to where the agent's settings ask for what it lacks. */
function makeOn<Made>(backend: BackendChoice, make: (backend: BackendChoice) => Made): Made {
  try {
    return make(backend);
  } catch (error) {
    if (!(error instanceof UnsupportedError) || backend === "wasm" || backend.otherwise === undefined) throw error;
    return make(backend.otherwise);
  }
}
