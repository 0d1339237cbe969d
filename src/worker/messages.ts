// What page and worker say to each other, and how values that a message cannot carry (errors, functions) are put into it.
//
//   page -> worker                                  worker -> page
//   hello                                           ready: algorithms that are served
//   call:   id, agent, method, args                 result: id, value, counters | failure: id, error
//   abort:  id of the call                          progress: id, counters, progress     (while a `learn` runs)
//
// Every message carries TAG with the version of this protocol; whatever does not is not ours and is left alone.

import type { Progress } from "../agent.ts";
import { CheckpointError, DeviceError, DivergenceError, StateError, UnsupportedError } from "../errors.ts";
import type { Space } from "../space.ts";

export const TAG = "bellwether";
export const PROTOCOL = 1;

/** Environment steps, updates and episodes of an agent when a message left the worker. */
export type Counters = readonly [envSteps: number, updates: number, episodes: number];

export type ToWorker =
  | { readonly kind: "hello" }
  | {
      readonly kind: "call";
      readonly id: number;
      /** 0: the worker itself. */
      readonly agent: number;
      readonly method: string;
      readonly args: readonly unknown[];
      /** Whether the call's signal is aborted already. */
      readonly aborted: boolean;
    }
  | { readonly kind: "abort"; readonly id: number };

export type FromWorker =
  | { readonly kind: "ready"; readonly algorithms: readonly string[] }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown; readonly counters: Counters | undefined }
  | {
      readonly kind: "failure";
      readonly id: number;
      readonly error: PackedError;
      readonly counters: Counters | undefined;
    }
  | { readonly kind: "progress"; readonly id: number; readonly progress: Progress; readonly counters: Counters };

/** The argument of `learn`. */
export interface LearnCall {
  readonly steps: number;
  readonly wantsProgress: boolean;
  /** All but functions and the signal; unknown names too, so that the agent refuses them. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The argument of `evaluate`. */
export interface EvaluateCall {
  readonly env: unknown;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Where a remote agent works: what the served `env` function is to be given, or spaces alone. */
export type RemoteWorkplace =
  | { readonly env?: unknown }
  | { readonly observationSpace: Space; readonly actionSpace: Space };

/** What the page is told of an agent when it is built. */
export interface AgentFacts {
  readonly agent: number;
  readonly algorithm: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly counters: Counters;
}

export function tagged(message: ToWorker | FromWorker): object {
  return { [TAG]: PROTOCOL, ...message };
}

/** The message, or undefined when it is none of this protocol. */
export function untag<Message extends ToWorker | FromWorker>(data: unknown): Message | undefined {
  const isOurs = typeof data === "object" && data !== null && (data as Record<string, unknown>)[TAG] === PROTOCOL;
  return isOurs ? (data as Message) : undefined;
}

export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

const CLASSES: Readonly<Record<string, new (message: string) => Error>> = {
  TypeError,
  RangeError,
  CheckpointError,
  DivergenceError,
  StateError,
  UnsupportedError,
  DeviceError,
};

/** Structured cloning loses the class of an error of our own; this keeps its name. */
export function packError(error: unknown): PackedError {
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack };
  return { name: "Error", message: String(error), stack: undefined };
}

/** An error of the same class, name and message; its stack is the worker's. */
export function unpackError({ name, message, stack }: PackedError): Error {
  const error = new (Object.hasOwn(CLASSES, name) ? CLASSES[name] : Error)(message);
  if (error.name !== name) error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Buffers that may move instead of being copied: those of whole, unshared bytes at the top of a value. */
export function movable(value: unknown): ArrayBuffer[] {
  const isWhole = value instanceof Uint8Array && value.byteLength === value.buffer.byteLength;
  return isWhole && value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
}
