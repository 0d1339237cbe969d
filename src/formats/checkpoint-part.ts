// Checkpoints consist of parts. Every part checks, loads and saves itself, so that an agent needs no code for this. All parts
// check the file before the first part loads: a refused file changes nothing.

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

/** Reads values of a checkpoint. Methods that check a value throw CheckpointError when the file does not fit. */
export class CheckpointReader {
  /** "run": the whole state, to continue training bit for bit. "policy": only the state that acting needs. */
  readonly contents: "run" | "policy";
  readonly #checkpoint: Pick<Checkpoint, "contents" | "data" | "tensors">;

  /** @param checkpoint the decoded file */
  constructor(checkpoint: Pick<Checkpoint, "contents" | "data" | "tensors">) {
    this.contents = checkpoint.contents;
    this.#checkpoint = checkpoint;
  }

  /** Returns the numbers of a tensor. @throws CheckpointError unless the tensor has this array type and this length */
  tensor<T extends Numbers>(name: string, kind: NumbersClass<T>, length: number): T {
    return requireTensor(this.#checkpoint, name, kind, length);
  }

  /** True when the checkpoint has a tensor of this name. */
  has(name: string): boolean {
    return this.#checkpoint.tensors.has(name);
  }

  /** Returns the number of elements of a tensor; 0 for a missing tensor. */
  length(name: string): number {
    return this.#checkpoint.tensors.get(name)?.data.length ?? 0;
  }

  /** Returns an unchecked value of the algorithm's own JSON data; undefined for a missing value. */
  data(name: string): unknown {
    const { data } = this.#checkpoint;
    return Object.hasOwn(data, name) ? data[name] : undefined;
  }

  /**
   * Returns an integer of the algorithm's own JSON data.
   * @param most largest legal value. Default: 2^53 - 1.
   * @throws CheckpointError unless the value is an integer in 0 .. `most`
   */
  count(name: string, most: number = Number.MAX_SAFE_INTEGER): number {
    const value = requireCount(name, this.data(name));
    if (value > most) throw damaged(name, `at most ${most}`, value);
    return value;
  }

  /** Returns an object of the algorithm's own JSON data. @throws CheckpointError unless the value is an object */
  object(name: string): Record<string, unknown> {
    return requireObject(name, this.data(name));
  }
}

/** Collects the values of a checkpoint that is being saved. */
export class CheckpointWriter {
  /** "run": the whole state, to continue training bit for bit. "policy": only the state that acting needs. */
  readonly contents: "run" | "policy";
  /** Tensors so far, in the order of the calls. */
  readonly tensors: CheckpointTensor[] = [];
  /** The algorithm's own JSON data so far, by name. */
  readonly data: Record<string, unknown> = {};

  /** @param contents amount of state to save */
  constructor(contents: "run" | "policy") {
    this.contents = contents;
  }

  /**
   * Adds a tensor.
   * @param data  numbers, not copied: pass an array that later steps do not change
   * @param shape shape of the tensor. Default: one dimension.
   */
  tensor(name: string, data: Numbers, shape: readonly number[] = [data.length]): void {
    this.tensors.push({ name, dtype: dtypeOf(data), shape: [...shape], data });
  }

  /** Adds a value to the algorithm's own JSON data. */
  put(name: string, value: unknown): void {
    this.data[name] = value;
  }
}

function dtypeOf(data: Numbers): CheckpointTensor["dtype"] {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  return data instanceof Uint32Array ? "U32" : "U8";
}

/** A part of an agent that checks, loads and saves itself. */
export interface CheckpointPart {
  /** Checks lengths, ranges and finite numbers; changes nothing. @throws CheckpointError for a file that does not fit */
  check(from: CheckpointReader): void;
  /** Restores values that `check` accepted. Called after all parts have checked, in the order of the parts. */
  load(from: CheckpointReader): void;
  /** Adds the values of this part to the checkpoint. */
  save(to: CheckpointWriter): void;
}

/** Combines several parts into one part. They check, load and save in the given order. */
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

/** Returns the numbers when all are finite (x - x is 0 for finite numbers only). @throws CheckpointError otherwise */
export function requireFiniteNumbers<T extends Float32Array | Float64Array>(name: string, numbers: T): T {
  if (numbers.every((x: number) => x - x === 0)) return numbers;
  throw damaged(name, "finite numbers", numbers);
}
