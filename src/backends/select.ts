// The values of the option `backend`, and the only place that turns them into a backend. Less common backends are functions
// that the user imports, so that an agent on the default backend does not carry the code of the others.

import type { Backend } from "../backend.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { DeviceError, show, UnsupportedError } from "../errors.ts";
import { WasmValueBackend } from "./wasm/value-backend.ts";
import { WasmBackend } from "./wasm/wasm-backend.ts";

/** A function that makes a backend for one agent. */
export interface BackendMaker {
  (): Backend;
  /** Backend for agents whose settings ask for something that this backend lacks. @defaultValue such settings are an error */
  readonly otherwise?: "wasm";
}

/** "wasm", or a function that makes a backend for one agent, such as `reference` of `bellwether/reference`. */
export type BackendChoice = "wasm" | BackendMaker;

/** Facts about an agent that decide which backend pays. */
export interface BackendDemand {
  /** Floating-point operations of one update: 8 x weights x batch. */
  readonly updateFlops: number;
}

/**
 * Values of the option `backend` of `create`, in addition to those of a constructor:
 * - "webgpu": the GPU; an error where there is none.
 * - "auto": "webgpu" where that pays, else "wasm".
 * - a function that promises a choice, such as `webgpu` and `auto` of `bellwether/webgpu`.
 */
export type BackendSource = BackendChoice | "webgpu" | "auto" | ((demand: BackendDemand) => Promise<BackendChoice>);

/** The two backends of an agent. On a CPU they are the same. */
export interface Backends {
  /** Backend that the agent learns on. */
  readonly learning: Backend;
  /** Backend that the agent acts on; it returns numbers, never promises. */
  readonly acting: Backend;
}

/** A function that makes the backends of an agent from its options `backend` and `engine`. */
export type MakeBackends = (where: string, choice?: BackendChoice, engine?: EngineBinary) => Backends;

/**
 * Makes the backends of an agent that learns values from a replay, on a device where one is chosen.
 * @param engine the binary of the wasm backend
 * @throws RangeError for a choice that makes no backend; TypeError for an engine beside a backend other than wasm, or for a
 *   function that promises a backend
 */
export function createValueBackends(where: string, choice?: BackendChoice, engine?: EngineBinary): Backends {
  const learning = makeBackend(where, choice, engine, () => new WasmValueBackend(engine));
  return { learning, acting: learning.device === null ? learning : new WasmValueBackend() };
}

/** Makes the backends of an agent that acts on the backend it learns on. @throws UnsupportedError for a device */
export function createHostBackends(where: string, choice?: BackendChoice, engine?: EngineBinary): Backends {
  const backend = createBackend(where, choice, engine);
  return { learning: backend, acting: backend };
}

/** Makes a backend with all operations, on the host. @throws UnsupportedError for a device */
export function createBackend(where: string, choice?: BackendChoice, engine?: EngineBinary): Backend {
  const backend = makeBackend(where, choice, engine, () => new WasmBackend(engine));
  if (backend.device === null) return backend;
  backend.device.release();
  throw new UnsupportedError(
    `${where}: backend expected one that answers at once, got "${backend.name}". Leave it out for "wasm".`,
  );
}

function makeBackend(
  where: string,
  choice: BackendChoice = "wasm",
  engine: EngineBinary | undefined,
  makeWasm: () => Backend,
): Backend {
  if (choice === "wasm") return makeWasm();
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

/** Turns an option of `create` into one of a constructor. @throws DeviceError for "webgpu" where there is none */
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
 * Turns the option `threads` of `create` into a value of the option `backend`.
 * @throws TypeError for threads beside another backend, or beside an engine
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

/** Names in variables, so that bundlers leave these modules out. In a bundle the user imports the modules. */
const WEBGPU_MODULE: string = "bellwether/webgpu";
const THREADS_MODULE: string = "bellwether/threads";

function loadWebGpu(where: string, source: "webgpu" | "auto"): Promise<WebGpuModule | null> {
  const advice = 'Import { webgpu } from "bellwether/webgpu" and pass backend: webgpu.';
  return load(where, 'backend "webgpu"', WEBGPU_MODULE, advice, source === "auto");
}

/** Imports a module. @returns null when the module is missing and optional */
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
