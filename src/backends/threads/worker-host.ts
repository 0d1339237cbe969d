// Workers of each runtime: node:worker_threads in Node, Deno and Bun, where they do not keep a process alive; Web Workers on
// a page. The build also puts the worker's module here as text, so that it is at hand whatever bundled the library.

import text from "#team-worker";
import { DeviceError } from "../../errors.ts";
import type { Enlistment } from "./team-worker.ts";

// biome-ignore lint/suspicious/noExplicitAny: each runtime declares its own events, and all of them must fit
type Listener = (event: any) => void;

/** A worker: a `Worker` of a page or of node:worker_threads. */
export interface TeamWorker {
  postMessage(message: Enlistment): void;
  terminate(): unknown;
  unref?(): void;
  on?(type: string, listener: Listener): unknown;
  addEventListener?(type: string, listener: Listener): void;
}

type PageWorker = TeamWorker & Required<Pick<TeamWorker, "addEventListener">>;

interface Threads {
  readonly Worker: new (file: URL, options: { readonly execArgv: readonly string[] }) => TeamWorker;
}

const host = globalThis as {
  readonly process?: { getBuiltinModule?(name: string): unknown };
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly Worker?: unknown;
  readonly crossOriginIsolated?: boolean;
};

function builtin<Module>(name: string): Module | undefined {
  return host.process?.getBuiltinModule?.(name) as Module | undefined;
}

/** Returns the number of processors that this runtime may use; 1 where the runtime does not say. */
export function countProcessors(): number {
  const cores = builtin<{ availableParallelism(): number }>("node:os")?.availableParallelism();
  return cores ?? host.navigator?.hardwareConcurrency ?? 1;
}

/** Names the feature that this runtime lacks for threads; null when it lacks none. */
export function missing(): string | null {
  if (host.crossOriginIsolated === false) return "a page that is not cross-origin isolated";
  if (typeof SharedArrayBuffer !== "function") return "a runtime without SharedArrayBuffer";
  try {
    new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  } catch {
    return "a runtime without shared memory";
  }
  if (builtin("node:worker_threads") === undefined && host.Worker === undefined) return "a runtime without workers";
  return null;
}

/** Starts a worker. On a page from its file, because the page's policy may allow only files; if that fails, from its text. */
export function startWorker(): TeamWorker {
  const threads = builtin<Threads>("node:worker_threads");
  // Without the flags of the process: some of them are for programs, not for workers.
  if (threads) return new threads.Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`), { execArgv: [] });
  return orElse(
    // Bundlers for pages find the worker's file only by exactly this expression.
    () => new Worker(new URL("./team-worker.js", import.meta.url), { type: "module" }) as PageWorker,
    () => new Worker(urlOfText(), { type: "module" }) as PageWorker,
  );
}

let textUrl: string | undefined;

function urlOfText(): string {
  textUrl ??= URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  return textUrl;
}

/**
 * Returns a worker that is replaced by a second one when the first does not load; its user does not notice. The file may be
 * missing beside a module that a development server bundled, and a page may not start files of another origin.
 */
export function orElse(first: () => PageWorker, second: () => PageWorker): TeamWorker {
  let worker: PageWorker;
  try {
    worker = first();
  } catch {
    return second();
  }
  const listeners: [type: string, listener: Listener][] = [];
  let orders: Enlistment | undefined;
  let hasLoaded = false;
  worker.addEventListener("message", () => {
    hasLoaded = true;
  });
  worker.addEventListener("error", (event: Event & { readonly message?: string }) => {
    // A worker that loaded and threw later reports the reason.
    if (hasLoaded || event.message) return;
    try {
      worker = second();
    } catch {
      return;
    }
    // This listener runs before those below, which were added later.
    event.stopImmediatePropagation();
    for (const [type, listener] of listeners) worker.addEventListener(type, listener);
    if (orders !== undefined) worker.postMessage(orders);
  });
  return {
    postMessage(message) {
      orders = message;
      worker.postMessage(message);
    },
    terminate: () => worker.terminate(),
    addEventListener(type, listener) {
      listeners.push([type, listener]);
      worker.addEventListener(type, listener);
    },
  };
}

/** Calls `message` for every message of the worker, and `death` with a reason when the worker ends or fails. */
export function watch(worker: TeamWorker, message: () => void, death: (reason: string) => void): void {
  const on = worker.on === undefined ? worker.addEventListener!.bind(worker) : worker.on.bind(worker);
  on("message", message);
  on("error", (event: { readonly message?: string; preventDefault?(): void }) => {
    event.preventDefault?.();
    death(event.message ? `threw "${event.message}"` : "did not load");
  });
  on("messageerror", () => death("did not understand its orders"));
  on("exit", (code: unknown) => death(`ended with code ${code}`));
}

/** Starts a worker. @throws DeviceError when the runtime refuses */
export function start(make: () => TeamWorker): TeamWorker {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof DeviceError) throw cause;
    throw new DeviceError(`threads: worker expected to start, got ${String(cause)}. Use one thread.`, { cause });
  }
}
