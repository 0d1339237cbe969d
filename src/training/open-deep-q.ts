// How agents of the family are made otherwise than by `new`: from files, and on backends that take time to open.

import { type BackendChoice, type BackendSource, onThreads, openBackend } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { CheckpointError, rejectUnknownOptions, UnsupportedError } from "../errors.ts";
import { damaged } from "../formats/checkpoint.ts";
import type { DeepQAgent } from "./deep-q-agent.ts";
import {
  type DeepQOptions,
  type DeepQSettings,
  type DeepQVariant,
  readSettings,
  SETTING_NAMES,
} from "./deep-q-options.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { parameterSize, requireParameterTensors } from "./parameter-tensors.ts";
import type { Workplace } from "./trainable-agent.ts";
import { requireDiscrete } from "./transition-check.ts";

/** Calls an algorithm's constructor. */
type Construct<Made> = (workplace: Workplace, options: DeepQOptions, isPolicy: boolean) => Made;

export interface LoadOptions {
  /** The environment to go on in; without it the agent acts, observes and updates. */
  readonly env?: Workplace;
  readonly backend?: BackendChoice;
  readonly engine?: EngineBinary;
}

/** The `load` of an algorithm of the family. */
export function openDeepQ<Loaded extends DeepQAgent>(
  variant: DeepQVariant,
  bytes: Uint8Array,
  options: LoadOptions,
  create: Construct<Loaded>,
): Loaded {
  const where = `${variant.name}.load`;
  rejectUnknownOptions(where, options, ["env", "backend", "engine"]);
  const { checkpoint, workplace, settings: saved } = openCheckpoint(where, variant.algorithm, bytes, options.env);
  // Sizes are checked against the file before anything is planned: a hostile file must not decide what is allocated.
  let settings: DeepQSettings;
  try {
    // What it runs on is the caller's business: an engine in a file would be code.
    rejectUnknownOptions(variant.name, saved, SETTING_NAMES);
    settings = readSettings(variant, workplace, { ...saved, preset: false });
    const { observationSpace } = workplace;
    const actions = requireDiscrete(variant.name, workplace).n;
    const plan = { where: variant.name, observationSpace, actions, settings };
    requireParameterTensors(checkpoint, variant.networks.specs(plan));
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw damaged("settings", "valid options", (error as Error).message);
  }
  const { backend, engine } = options;
  let agent: Loaded;
  try {
    const given: DeepQOptions = {
      ...settings,
      preset: false,
      ...(backend === undefined ? {} : { backend }),
      ...(engine === undefined ? {} : { engine }),
    };
    agent = create(workplace, given, checkpoint.contents === "policy");
  } catch (error) {
    // The settings are valid, so what is left is a replay that no WebAssembly memory can hold; or the caller's engine.
    if (error instanceof RangeError && backend === undefined)
      throw damaged("settings", "a plan that fits", error.message);
    throw error;
  }
  agent.restore(checkpoint);
  return agent;
}

/** Options of `new`, and backends that are promised. */
export type CreateOptions = Omit<DeepQOptions, "backend"> & {
  /** "wasm", "webgpu", "auto", or what `bellwether/webgpu` gives. [wasm] */
  readonly backend?: BackendSource;
  /** Threads that share an update's large operations, or "auto": as `threads` of `bellwether/threads` takes it. [1, without it] */
  readonly threads?: number | "auto";
};

/** The `create` of an algorithm of the family. */
export async function createDeepQ<Created extends DeepQAgent>(
  variant: DeepQVariant,
  workplace: Workplace,
  options: CreateOptions,
  create: Construct<Created>,
): Promise<Created> {
  const { backend = "wasm", threads, ...rest } = options;
  // Before anything is opened, so that a wrong option is told first.
  const settings = readSettings(variant, workplace, rest);
  const { name: where } = variant;
  const { observationSpace } = workplace;
  const plan = { where, observationSpace, actions: requireDiscrete(where, workplace).n, settings };
  const weights = variant.networks.specs(plan).reduce((sum, spec) => sum + parameterSize(spec), 0);
  const source = threads === undefined ? backend : onThreads(where, threads, backend, rest.engine);
  const choice = await openBackend(where, source, { updateFlops: 8 * weights * settings.batchSize });
  const agent = createWith(choice, (chosen) => create(workplace, { ...rest, backend: chosen }, false));
  await agent.sync();
  return agent;
}

/** An agent on the backend, or on what it falls back to where the agent's settings ask for what it lacks. */
function createWith<Created>(backend: BackendChoice, create: (backend: BackendChoice) => Created): Created {
  try {
    return create(backend);
  } catch (error) {
    if (!(error instanceof UnsupportedError) || backend === "wasm" || backend.otherwise === undefined) throw error;
    return create(backend.otherwise);
  }
}
