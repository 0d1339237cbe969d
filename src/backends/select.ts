// What the option `backend` takes, and the only place that turns it into a backend. Backends that few agents run on are
// functions that their user imports: an agent on the default one carries no other.

import type { Backend } from "../backend.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { DeviceError, show, UnsupportedError } from "../errors.ts";
import { WasmBackend } from "./wasm/wasm-backend.ts";

/** Makes a backend for one agent. */
export interface BackendMaker {
  (): Backend;
  /** What an agent falls back to whose settings ask for what the backend lacks. [it is an error] */
  readonly otherwise?: "wasm";
}

/** "wasm", or a function that makes a backend for one agent: `reference` of `bellwether/reference`. */
export type BackendChoice = "wasm" | BackendMaker;

/** What is known of an agent when its backend is chosen. */
export interface BackendDemand {
  /** Floating-point operations of one update: 8 x weights x batch. */
  readonly updateFlops: number;
}

/**
 * What `create` takes beside: "webgpu", an error where there is none; "auto", which is "webgpu" where that pays and "wasm"
 * elsewhere; or a function that promises a choice: `webgpu` and `auto` of `bellwether/webgpu`.
 */
export type BackendSource = BackendChoice | "webgpu" | "auto" | ((demand: BackendDemand) => Promise<BackendChoice>);

/** Where an agent learns, and where it acts, which must answer at once. The same on a CPU. */
export interface Backends {
  readonly learning: Backend;
  readonly acting: Backend;
}

/**
 * @param engine the binary of the wasm backend
 * @throws RangeError for a choice that makes no backend; TypeError when a backend without an engine is given one, or when it
 *   is only promised
 */
export function createBackends(where: string, choice: BackendChoice = "wasm", engine?: EngineBinary): Backends {
  const learning = makeBackend(where, choice, engine);
  return { learning, acting: learning.device === null ? learning : new WasmBackend() };
}

/** The same for agents that learn where they act. @throws UnsupportedError for a device */
export function createBackend(where: string, choice?: BackendChoice, engine?: EngineBinary): Backend {
  const backend = makeBackend(where, choice ?? "wasm", engine);
  if (backend.device === null) return backend;
  backend.device.release();
  throw new UnsupportedError(
    `${where}: backend expected one that answers at once, got "${backend.name}". Leave it out for "wasm".`,
  );
}

function makeBackend(where: string, choice: BackendChoice, engine: EngineBinary | undefined): Backend {
  if (choice === "wasm") return new WasmBackend(engine);
  if (typeof choice !== "function") {
    const given: unknown = choice;
    const isAsync = given === "webgpu" || given === "auto";
    const advice = isAsync
      ? `It takes time to open: await ${where}.create(...).`
      : given === "reference"
        ? 'Import { reference } from "bellwether/reference" and pass that.'
        : 'Leave it out for "wasm".';
    throw new RangeError(
      `${where}: backend expected "wasm" or a function that makes one, got ${show(choice)}. ${advice}`,
    );
  }
  if (engine !== undefined) {
    throw new TypeError(
      `${where}: engine expected none for a backend other than wasm, got ${engine.name}. Leave one of them out.`,
    );
  }
  const made: Backend | Promise<unknown> = choice();
  if (!(made instanceof Promise)) return made;
  made.catch(() => {});
  throw new TypeError(
    `${where}: backend expected a function that makes one at once, got one that promises it. Use await ${where}.create(...).`,
  );
}

/** @throws DeviceError when "webgpu" is asked for and there is none */
export async function openBackend(where: string, source: BackendSource, demand: BackendDemand): Promise<BackendChoice> {
  if (source === "webgpu" || source === "auto") {
    const webGpu = await loadWebGpu(where, source);
    return webGpu === null ? "wasm" : webGpu[source](demand);
  }
  if (typeof source !== "function") return source;
  const made = (source as (demand: BackendDemand) => Backend | Promise<BackendChoice>)(demand);
  return made instanceof Promise ? made : () => made;
}

/**
 * `create`'s option `threads` as a source.
 * @throws TypeError beside a backend or an engine that knows no threads
 */
export function onThreads(
  where: string,
  threads: number | "auto",
  source: BackendSource,
  engine: EngineBinary | undefined,
): BackendSource {
  if (source !== "wasm") {
    throw new TypeError(`${where}: threads expected the backend "wasm", got ${show(source)}. Leave one of them out.`);
  }
  if (engine !== undefined) {
    throw new TypeError(
      `${where}: engine expected none beside threads, got ${engine.name}. Import { threads } from "bellwether/threads" and ` +
        "pass backend: () => threads({ threads, engine }), with the engine of bellwether/threads/relaxed.",
    );
  }
  return async (demand) => {
    const advice = `Import { threads } from "bellwether/threads" and pass backend: () => threads({ threads: ${show(threads)} }).`;
    const module = await load<ThreadsModule>(where, "threads", THREADS_MODULE, advice, threads === "auto");
    return module === null ? "wasm" : module.threads({ threads, ...demand });
  };
}

type WebGpuModule = Readonly<Record<"webgpu" | "auto", (demand: BackendDemand) => Promise<BackendChoice>>>;
interface ThreadsModule {
  threads(options: BackendDemand & { readonly threads: number | "auto" }): Promise<BackendChoice>;
}

/** In variables, so that bundlers put them in no bundle; there they are imported by whoever wants them. */
const WEBGPU_MODULE: string = "bellwether/webgpu";
const THREADS_MODULE: string = "bellwether/threads";

function loadWebGpu(where: string, source: "webgpu" | "auto"): Promise<WebGpuModule | null> {
  const advice = 'Import { webgpu } from "bellwether/webgpu" and pass backend: webgpu.';
  return load(where, 'backend "webgpu"', WEBGPU_MODULE, advice, source === "auto");
}

/** @returns null where there is no such module and that is no error */
async function load<Module>(
  where: string,
  what: string,
  name: string,
  advice: string,
  isOptional: boolean,
): Promise<Module | null> {
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
  } catch (cause) {
    if (isOptional) return null;
    throw new DeviceError(
      `${where}: ${what} expected the module ${name} beside the library, got ${String(cause)}. ${advice}`,
      { cause },
    );
  }
}
