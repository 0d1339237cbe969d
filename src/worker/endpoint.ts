// The two ends of a worker, as far as messages go. Web Workers, their global scope, MessagePorts, Deno's and Bun's
// workers are event targets; Node's `Worker` and `parentPort` are event emitters. Nothing of Node is imported.

import { show } from "../errors.ts";

// biome-ignore lint/suspicious/noExplicitAny: each runtime declares its own events, and all of them must fit
type Listener = (event: any) => void;

/** A `Worker`, the global scope inside one, `parentPort` of node:worker_threads, or a `MessagePort`. */
export interface Endpoint {
  postMessage(message: unknown, transfer?: never): void;
  /** Event targets. */
  addEventListener?(type: string, listener: Listener): void;
  removeEventListener?(type: string, listener: Listener): void;
  /** Node's event emitters. */
  on?(type: string, listener: Listener): unknown;
  off?(type: string, listener: Listener): unknown;
  /** Of a MessagePort: messages wait until it is called. */
  start?(): void;
  terminate?(): unknown;
  close?(): void;
}

export interface Listeners {
  message(data: unknown): void;
  /** The other side is gone, or has thrown an error that nobody caught. */
  death?(reason: string): void;
}

/** @throws TypeError when `value` can neither send nor receive messages */
export function requireEndpoint(where: string, value: unknown, advice: string): Endpoint {
  const endpoint = value as Endpoint | null | undefined;
  const receives = typeof endpoint?.on === "function" || typeof endpoint?.addEventListener === "function";
  if (receives && typeof endpoint.postMessage === "function") return endpoint;
  throw new TypeError(`${where}: endpoint expected postMessage and events, got ${show(value)}. ${advice}`);
}

/** @returns a function that stops listening */
export function listen(endpoint: Endpoint, listeners: Listeners): () => void {
  const { message, death } = listeners;
  const isEmitter = typeof endpoint.on === "function";
  const added: [string, Listener][] = [];
  const add = (type: string, listener: Listener): void => {
    added.push([type, listener]);
    if (isEmitter) endpoint.on!(type, listener);
    else endpoint.addEventListener!(type, listener);
  };
  if (isEmitter) add("message", (data: unknown) => message(data));
  else add("message", (event: { readonly data: unknown }) => message(event.data));
  if (death !== undefined) {
    add("error", (event: { readonly message?: string; preventDefault?(): void }) => {
      // Told to whoever waits for an answer; without this, Deno would end the page's own program too.
      event.preventDefault?.();
      const message = event.message?.trim().replace(/\.$/, "");
      death(message ? `it threw: ${message}` : "its script did not load");
    });
    add("exit", (code: unknown) => death(`it exited with code ${code}`));
    add("close", () => death("it was closed"));
  }
  endpoint.start?.();
  return () => {
    for (const [type, listener] of added) {
      if (isEmitter) endpoint.off?.(type, listener);
      else endpoint.removeEventListener?.(type, listener);
    }
  };
}
