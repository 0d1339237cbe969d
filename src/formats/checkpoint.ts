// The checkpoint of an agent: one safetensors file. Tensors hold the numbers. The metadata describe them:
//
//   format "bellwether", formatVersion "1", algorithm, contents "run" | "policy",
//   description: JSON of observationSpace, actionSpace, counters, session (a run's place in its environment) and data
//   (the algorithm's own options and state)
//
// JSON has no infinities: infinite bounds of a Box are written as the strings "Infinity" and "-Infinity".

import { CheckpointError, show } from "../errors.ts";
import { box, dict, discrete, multiBinary, multiDiscrete, type Space } from "../space.ts";
import { decodeSafetensors, encodeSafetensors, type NamedTensor, type Tensor } from "./safetensors.ts";

/** Version of the format that this library writes. Newer versions are refused. */
export const FORMAT_VERSION = 1;

/** A tensor of a checkpoint, with its name. */
export type CheckpointTensor = NamedTensor;

/** Counters of an agent when it was saved. */
export interface Counters {
  /** Environment steps. */
  readonly envSteps: number;
  /** Updates of the weights. */
  readonly updates: number;
  /** Finished episodes. */
  readonly episodes: number;
}

/** The content of a checkpoint that is being written. */
export interface CheckpointContent {
  /** Name of the algorithm, such as "dqn". */
  readonly algorithm: string;
  /** "run": the whole state, to continue training. "policy": only the state that acting needs. */
  readonly contents: "run" | "policy";
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly counters: Counters;
  /** The run's place in its environment, as JSON data; undefined in a policy. */
  readonly session: unknown;
  /** The algorithm's own options and state, as JSON data. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly tensors: readonly CheckpointTensor[];
}

/** A decoded checkpoint, with its tensors by name. `requireTensor` checks and returns a tensor. */
export interface Checkpoint extends Omit<CheckpointContent, "tensors"> {
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** Encodes a checkpoint as the bytes of a safetensors file. */
export function encodeCheckpoint(content: CheckpointContent): Uint8Array {
  const { observationSpace, actionSpace, counters, session, data } = content;
  const description = JSON.stringify({ observationSpace, actionSpace, counters, session, data }, (_, value) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
  return encodeSafetensors(content.tensors, {
    format: "bellwether",
    formatVersion: String(FORMAT_VERSION),
    algorithm: content.algorithm,
    contents: content.contents,
    description,
  });
}

/**
 * Decodes a checkpoint.
 * @throws TypeError when `bytes` is no Uint8Array; CheckpointError for bytes that are no checkpoint of this library, or a
 *   checkpoint of a newer format
 */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  if (!(bytes instanceof Uint8Array))
    throw new TypeError(`load: bytes expected a Uint8Array, got ${show(bytes)}. Read the file first.`);
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata.get("format") !== "bellwether") {
    throw new CheckpointError(
      `load: file expected a bellwether checkpoint, got safetensors of another origin (format ${show(metadata.get("format"))}). Use importWeights for plain weights.`,
    );
  }
  const version = metadata.get("formatVersion");
  if (version !== String(FORMAT_VERSION)) {
    throw new CheckpointError(
      `load: formatVersion expected ${FORMAT_VERSION}, got ${show(version)}. Load it with the version of the library that wrote it.`,
    );
  }
  const contents = metadata.get("contents");
  if (contents !== "run" && contents !== "policy") throw damaged("contents", '"run" or "policy"', contents);
  let description: Record<string, unknown>;
  try {
    description = requireObject("description", JSON.parse(metadata.get("description") ?? "null"));
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw damaged("description", "JSON", metadata.get("description"));
  }
  const counters = requireObject("counters", description.counters);
  return {
    algorithm: metadata.get("algorithm") ?? "",
    contents,
    observationSpace: readSpace("observationSpace", description.observationSpace),
    actionSpace: readSpace("actionSpace", description.actionSpace),
    counters: {
      envSteps: requireCount("counters.envSteps", counters.envSteps),
      updates: requireCount("counters.updates", counters.updates),
      episodes: requireCount("counters.episodes", counters.episodes),
    },
    session: contents === "run" ? requireObject("session", description.session) : undefined,
    data: requireObject("data", description.data),
    tensors,
  };
}

/** Returns the numbers of a tensor. @throws CheckpointError unless the tensor has this array type and this length */
export function requireTensor<T extends Float32Array | Float64Array | Uint32Array | Uint8Array>(
  checkpoint: { readonly tensors: ReadonlyMap<string, Tensor> },
  name: string,
  kind: { readonly name: string; new (length: number): T },
  length: number,
): T {
  const tensor = checkpoint.tensors.get(name);
  if (tensor === undefined) throw damaged(`tensor ${name}`, "to be there", undefined);
  if (!(tensor.data instanceof kind)) throw damaged(`tensor ${name}`, kind.name, tensor.dtype);
  if (tensor.data.length !== length) throw damaged(`tensor ${name}`, `${length} numbers`, tensor.data.length);
  return tensor.data as T;
}

/** Returns the value when it is an integer at least 0. @throws CheckpointError otherwise */
export function requireCount(what: string, value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw damaged(what, "a count", value);
  return value as number;
}

/** Returns the value when it is a JSON object. @throws CheckpointError otherwise */
export function requireObject(what: string, value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw damaged(what, "an object", value);
  return value as Record<string, unknown>;
}

/** Returns the error for a damaged file. */
export function damaged(what: string, expected: string, value: unknown): CheckpointError {
  return new CheckpointError(
    `load: ${what} expected ${expected}, got ${show(value)}. The file is damaged or not what it claims to be.`,
  );
}

function readSpace(what: string, value: unknown, depth: number = 0): Space {
  const json = requireObject(what, value);
  const numbers = (field: unknown): number[] => {
    if (!Array.isArray(field)) throw damaged(what, "a list of numbers", field);
    return field.map(Number);
  };
  try {
    switch (json.kind) {
      case "discrete":
        return discrete(json.n as number, json.start as number);
      case "box": {
        const dtype = json.dtype === "uint8" ? "uint8" : "float32";
        return box(numbers(json.low), numbers(json.high), numbers(json.shape), dtype);
      }
      case "multi-discrete":
        return multiDiscrete(numbers(json.nvec));
      case "multi-binary":
        return multiBinary(json.n as number);
      case "dict": {
        if (depth > 8) throw damaged(what, "at most 8 levels", depth);
        const parts = Object.entries(requireObject(what, json.spaces));
        return dict(
          Object.fromEntries(parts.map(([name, part]) => [name, readSpace(`${what}.${name}`, part, depth + 1)])),
        );
      }
    }
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw damaged(what, "a valid space", value);
  }
  throw damaged(what, "a known kind of space", json.kind);
}

/** Returns the SHA-256 of all bytes, one view after the other, in hex. Uses Web Crypto; browsers need a secure context. */
export async function sha256Hex(views: readonly ArrayBufferView[]): Promise<string> {
  const bytes = new Uint8Array(views.reduce((sum, view) => sum + view.byteLength, 0));
  let offset = 0;
  for (const view of views) {
    bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), offset);
    offset += view.byteLength;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
