// The messages between page and worker, and the packing of values that a message cannot carry (errors).
//
//   page -> worker                                  worker -> page
//   hello                                           ready: names of the served algorithms
//   call:   id, agent, method, args                 result: id, value, counters | failure: id, error
//   abort:  id of the call                          progress: id, counters, progress     (while a `learn` runs)
//
// Every message carries TAG with the version of this protocol. Other messages are ignored.

import type { Progress } from "../agent.ts";
import { CheckpointError, DeviceError, DivergenceError, StateError, UnsupportedError } from "../errors.ts";
import type { Space } from "../space.ts";

/** Key that marks messages of this protocol. */
export const TAG = "bellwether";
/** Version of this protocol. */
export const PROTOCOL = 1;

/** Environment steps, updates and episodes of an agent when a message left the worker. */
export type Counters = readonly [envSteps: number, updates: number, episodes: number];

/** Messages from the page to the worker. */
export type ToWorker =
  | { readonly kind: "hello" }
  | {
      readonly kind: "call";
      readonly id: number;
      /** Number of the agent; 0 is the worker itself. */
      readonly agent: number;
      readonly method: string;
      readonly args: readonly unknown[];
      /** True when the signal of the call is already aborted. */
      readonly aborted: boolean;
    }
  | { readonly kind: "abort"; readonly id: number };

/** Messages from the worker to the page. */
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
  /** Environment steps to learn. */
  readonly steps: number;
  /** True when the page wants progress messages. */
  readonly wantsProgress: boolean;
  /** All options except functions and the signal. Unknown options are sent too: the agent refuses them. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The argument of `evaluate`. */
export interface EvaluateCall {
  /** Argument for the worker's `env` function; undefined: the environment of training. */
  readonly env: unknown;
  /** All options except the signal. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Environment or spaces of a remote agent: an argument for the worker's `env` function, or two spaces. */
export type RemoteWorkplace =
  | { readonly env?: unknown }
  | { readonly observationSpace: Space; readonly actionSpace: Space };

/** Facts that the page gets about a new agent. */
export interface AgentFacts {
  /** Number of the agent in its worker, from 1 on. */
  readonly agent: number;
  /** Name of the algorithm, such as "dqn". */
  readonly algorithm: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Options of the agent, with presets and defaults filled in. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly counters: Counters;
}

/** Returns the message with its tag. */
export function tagged(message: ToWorker | FromWorker): object {
  return { [TAG]: PROTOCOL, ...message };
}

/** Returns the message, or undefined for data that is no message of this protocol. */
export function untag<Message extends ToWorker | FromWorker>(data: unknown): Message | undefined {
  const isOurs = typeof data === "object" && data !== null && (data as Record<string, unknown>)[TAG] === PROTOCOL;
  return isOurs ? (data as Message) : undefined;
}

/** An error as data that a message can carry. */
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

/** Packs an error. Structured cloning would lose the class of this library's errors; the packed name keeps it. */
export function packError(error: unknown): PackedError {
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack };
  return { name: "Error", message: String(error), stack: undefined };
}

/** Returns an error of the same class, name and message, with the stack of the worker. */
export function unpackError({ name, message, stack }: PackedError): Error {
  const error = new (Object.hasOwn(CLASSES, name) ? CLASSES[name] : Error)(message);
  if (error.name !== name) error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Returns the buffers of a value that a message can move instead of copying: a Uint8Array that fills its unshared buffer. */
export function movable(value: unknown): ArrayBuffer[] {
  const isWhole = value instanceof Uint8Array && value.byteLength === value.buffer.byteLength;
  return isWhole && value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
}
