// Other ways than `new` to make agents: from files, and on backends that take time to open.

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

/** Options of `load`. */
export interface LoadOptions {
  /**
   * Environment to continue in; a run needs as many environments as it was saved with. Without this option the agent acts,
   * observes and updates, but cannot `learn`.
   */
  readonly env?: Workplace;
  /** "wasm", or a function that makes a backend. @defaultValue "wasm" */
  readonly backend?: BackendChoice;
  /** Engine binary of the wasm backend. @defaultValue the strict binary */
  readonly engine?: EngineBinary;
}

/** Options of `create`: those of `new`, with backends that take time to open. */
export type CreateOptions<Options extends object = object> = Omit<Options, "backend"> & {
  /** "wasm", "webgpu", "auto", or the backend that `bellwether/webgpu` provides. @defaultValue "wasm" */
  readonly backend?: BackendSource;
  /**
   * Number of threads that share the large operations of an update, or "auto"; see `threads` of `bellwether/threads`.
   * @defaultValue one thread, without `bellwether/threads`
   */
  readonly threads?: number | "auto";
};

/**
 * Implements `load` of every class. A hostile file must not decide the size of allocations: settings and spaces are checked
 * before anything is planned, and models check their sizes.
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
    // The settings are valid, so that the error means a plan too large for memory, or a problem of the caller's engine.
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

/** Checks algorithm and spaces. @throws CheckpointError when they differ from those of the class and the environment */
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

/** Reads the file's settings. @throws CheckpointError when they are invalid, or the run had another number of environments */
function savedSettings(where: string, about: About, checkpoint: Checkpoint, workplace: Workplace): object {
  const { observationSpace, actionSpace } = checkpoint;
  let settings: RunSettings;
  try {
    const saved = requireObject("settings", checkpoint.data.settings);
    // The caller alone chooses backend and engine: an engine in a file would be code.
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

/** Implements `create` of every class. */
export async function createAgent<Made extends { sync(): Promise<void> }, Options extends object>(
  agentClass: { readonly about: About; new (workplace: Workplace, options?: Options): Made },
  workplace: Workplace,
  options: CreateOptions<Options>,
): Promise<Made> {
  const { about } = agentClass;
  const { backend = "wasm", threads, ...rest } = options as CreateOptions<RunOptions>;
  // Checked before anything is opened, so that a wrong option is reported first.
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

/** Makes an agent on the backend, or on its fallback if the backend lacks an operation that the settings need. */
function makeOn<Made>(backend: BackendChoice, make: (backend: BackendChoice) => Made): Made {
  try {
    return make(backend);
  } catch (error) {
    if (!(error instanceof UnsupportedError) || backend === "wasm" || backend.otherwise === undefined) throw error;
    return make(backend.otherwise);
  }
}
