// Message ends of workers, in all runtimes. Web Workers, their global scope, MessagePorts, and workers of Deno and Bun are event
// targets. Node's `Worker` and `parentPort` are event emitters. This file imports nothing from Node.

import { show } from "../errors.ts";

// biome-ignore lint/suspicious/noExplicitAny: each runtime declares its own events, and all of them must fit
type Listener = (event: any) => void;

/** One end of a connection: a `Worker`, a worker's global scope, `parentPort` of node:worker_threads, or a `MessagePort`. */
export interface Endpoint {
  /** Sends a message to the other end. */
  postMessage(message: unknown, transfer?: never): void;
  /** Adds a listener, in event targets. */
  addEventListener?(type: string, listener: Listener): void;
  /** Removes a listener, in event targets. */
  removeEventListener?(type: string, listener: Listener): void;
  /** Adds a listener, in Node's event emitters. */
  on?(type: string, listener: Listener): unknown;
  /** Removes a listener, in Node's event emitters. */
  off?(type: string, listener: Listener): unknown;
  /** Starts the delivery of messages, in a MessagePort. */
  start?(): void;
  /** Terminates the worker, in a `Worker`. */
  terminate?(): unknown;
  /** Closes the connection, in a MessagePort. */
  close?(): void;
}

/** Functions that `listen` calls. */
export interface Listeners {
  /** Called with each message. */
  message(data: unknown): void;
  /** Called when the other end is gone or has thrown an uncaught error. */
  death?(reason: string): void;
}

/** Returns `value` as an endpoint. @throws TypeError when `value` cannot send and receive messages */
export function requireEndpoint(where: string, value: unknown, advice: string): Endpoint {
  const endpoint = value as Endpoint | null | undefined;
  const receives = typeof endpoint?.on === "function" || typeof endpoint?.addEventListener === "function";
  if (receives && typeof endpoint.postMessage === "function") return endpoint;
  throw new TypeError(`${where}: endpoint expected postMessage and events, got ${show(value)}. ${advice}`);
}

/** Starts listening. @returns a function that stops listening */
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
      // Waiting calls are rejected with this error. Without preventDefault, Deno would also end the page's own program.
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
