// Workers as each runtime has them: node:worker_threads in Node, Deno and Bun, where they do not keep a process alive, Web
// Workers on a page.

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

/** Starts team-worker.js, which lies beside this file. @throws DeviceError in a bundle, beside which nothing lies */
export function startWorker(): TeamWorker {
  const threads = builtin<Threads>("node:worker_threads");
  // In this form, to the letter, bundlers for pages find the worker's file.
  if (!threads) return new Worker(new URL("./team-worker.js", import.meta.url), { type: "module" }) as TeamWorker;
  const file = import.meta.url.replace(/worker-host(?=\.\w+$)/, "team-worker");
  // Else the program itself would run as the worker, and start workers.
  if (file === import.meta.url) {
    throw new DeviceError(
      "threads: worker expected in a file beside the library, got a bundle. Bundle bellwether/threads/worker as a file of " +
        "its own and pass { worker: () => new Worker(...) }.",
    );
  }
  // Without the flags of its process: some are for programs, not for workers.
  return new threads.Worker(new URL(file), { execArgv: [] });
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
