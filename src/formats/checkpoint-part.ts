// An agent in a file is a record of parts. Every part checks, loads and saves itself, so that an agent needs no code of its
// own for it. All parts check before the first one loads: a file that is refused changes nothing.

import {
  type Checkpoint,
  type CheckpointTensor,
  damaged,
  requireCount,
  requireObject,
  requireTensor,
} from "./checkpoint.ts";

type Numbers = Float32Array | Float64Array | Uint32Array | Uint8Array;
type NumbersClass<T extends Numbers> = { readonly name: string; new (length: number): T };

/** Reads the parts of a checkpoint; every method throws CheckpointError for a file that does not fit. */
export class CheckpointReader {
  /** "run": everything, to go on bit for bit. "policy": what acting needs. */
  readonly contents: "run" | "policy";
  readonly #checkpoint: Pick<Checkpoint, "contents" | "data" | "tensors">;

  constructor(checkpoint: Pick<Checkpoint, "contents" | "data" | "tensors">) {
    this.contents = checkpoint.contents;
    this.#checkpoint = checkpoint;
  }

  /** The tensor's numbers, which must be of this kind and exactly as many. */
  tensor<T extends Numbers>(name: string, kind: NumbersClass<T>, length: number): T {
    return requireTensor(this.#checkpoint, name, kind, length);
  }

  has(name: string): boolean {
    return this.#checkpoint.tensors.has(name);
  }

  /** Numbers of a tensor; 0 where there is none. */
  length(name: string): number {
    return this.#checkpoint.tensors.get(name)?.data.length ?? 0;
  }

  /** A value of the algorithm's own JSON, still to be checked; undefined where there is none. */
  data(name: string): unknown {
    const { data } = this.#checkpoint;
    return Object.hasOwn(data, name) ? data[name] : undefined;
  }

  /** A whole number of at least 0 and at most `most`. */
  count(name: string, most: number = Number.MAX_SAFE_INTEGER): number {
    const value = requireCount(name, this.data(name));
    if (value > most) throw damaged(name, `at most ${most}`, value);
    return value;
  }

  object(name: string): Record<string, unknown> {
    return requireObject(name, this.data(name));
  }
}

/** Collects the parts of a checkpoint. */
export class CheckpointWriter {
  readonly contents: "run" | "policy";
  readonly tensors: CheckpointTensor[] = [];
  readonly data: Record<string, unknown> = {};

  constructor(contents: "run" | "policy") {
    this.contents = contents;
  }

  /** @param data copied by nobody: pass numbers that no later step changes @param shape [of one dimension] */
  tensor(name: string, data: Numbers, shape: readonly number[] = [data.length]): void {
    this.tensors.push({ name, dtype: dtypeOf(data), shape: [...shape], data });
  }

  /** A value of the algorithm's own JSON. */
  put(name: string, value: unknown): void {
    this.data[name] = value;
  }
}

function dtypeOf(data: Numbers): CheckpointTensor["dtype"] {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  return data instanceof Uint32Array ? "U32" : "U8";
}

export interface CheckpointPart {
  /** Checks lengths, ranges and finite numbers; changes nothing. @throws CheckpointError */
  check(from: CheckpointReader): void;
  /** Takes over what `check` accepted. Called after every part has checked, in the order of the record. */
  load(from: CheckpointReader): void;
  save(to: CheckpointWriter): void;
}

/** Several parts as one, in their order. */
export function partsTogether(parts: readonly CheckpointPart[]): CheckpointPart {
  return {
    check: (from) => {
      for (const part of parts) part.check(from);
    },
    load: (from) => {
      for (const part of parts) part.load(from);
    },
    save: (to) => {
      for (const part of parts) part.save(to);
    },
  };
}

/** x - x is 0 for finite numbers only. @throws CheckpointError */
export function requireFiniteNumbers<T extends Float32Array | Float64Array>(name: string, numbers: T): T {
  if (numbers.every((x: number) => x - x === 0)) return numbers;
  throw damaged(name, "finite numbers", numbers);
}
