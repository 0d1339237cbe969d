// Workers as each runtime has them: node:worker_threads in Node, Deno and Bun, where they do not keep a process alive, Web
// Workers on a page. The build puts the worker's module here as text, too: whatever bundled the library, that is at hand.

import text from "#team-worker";
import { DeviceError } from "../../errors.ts";
import type { Enlistment } from "./team-worker.ts";

// biome-ignore lint/suspicious/noExplicitAny: each runtime declares its own events, and all of them must fit
type Listener = (event: any) => void;

/** A `Worker` of a page, or of node:worker_threads. */
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

/** Processors that this runtime may use; 1 where it does not say. */
export function countProcessors(): number {
  const cores = builtin<{ availableParallelism(): number }>("node:os")?.availableParallelism();
  return cores ?? host.navigator?.hardwareConcurrency ?? 1;
}

/** What is missing for threads, or null. */
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

/** On a page from its file, where a policy of its contents may allow files alone, or else from its text. */
export function startWorker(): TeamWorker {
  const threads = builtin<Threads>("node:worker_threads");
  // Without the flags of its process: some are for programs, not for workers.
  if (threads) return new threads.Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`), { execArgv: [] });
  return orElse(
    // In this form, to the letter, bundlers for pages find the worker's file.
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
 * A worker, or a second one where the first does not load; whoever uses it does not notice. Nothing lies beside a module that
 * a development server bundled anew, and a page may not start files of another origin.
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
    // What loaded, and threw then, says what.
    if (hasLoaded || event.message) return;
    try {
      worker = second();
    } catch {
      return;
    }
    // Before the listeners below, which were added later.
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

/** Tells of the worker's messages and of its death. */
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

/** @throws DeviceError when the runtime refuses to start one */
export function start(make: () => TeamWorker): TeamWorker {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof DeviceError) throw cause;
    throw new DeviceError(`threads: worker expected to start, got ${String(cause)}. Use one thread.`, { cause });
  }
}
