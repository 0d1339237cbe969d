// What parts of a checkpoint wrote, read back without a file between, and its numbers changed at will.

import { type CheckpointPart, CheckpointReader, CheckpointWriter } from "../../src/formats/checkpoint-part.ts";
import type { Tensor } from "../../src/formats/safetensors.ts";

type Numbers = Tensor["data"];

interface Changes {
  /** Tensors that take the place of others; undefined: taken out. */
  readonly tensors?: Readonly<Record<string, Numbers | undefined>>;
  /** JSON values likewise. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export function readerOf(writer: CheckpointWriter, { tensors = {}, data = {} }: Changes = {}): CheckpointReader {
  const all = new Map<string, Tensor>(writer.tensors.map(({ name, ...tensor }) => [name, tensor]));
  for (const [name, numbers] of Object.entries(tensors)) {
    if (numbers === undefined) all.delete(name);
    else all.set(name, { dtype: dtypeOf(numbers), shape: [numbers.length], data: numbers });
  }
  // JSON, as a file has it.
  const json = JSON.parse(JSON.stringify({ ...writer.data, ...data }));
  return new CheckpointReader({ contents: writer.contents, data: json, tensors: all });
}

/** What a part writes. */
export function written(part: CheckpointPart, contents: "run" | "policy" = "run"): CheckpointWriter {
  const writer = new CheckpointWriter(contents);
  part.save(writer);
  return writer;
}

/** Another part takes over what one wrote, after it checked it. */
export function handOver(from: CheckpointPart, to: CheckpointPart, contents: "run" | "policy" = "run"): void {
  const reader = readerOf(written(from, contents));
  to.check(reader);
  to.load(reader);
}

/** All that a part writes, as plain values to compare. */
export function contentsOf(part: CheckpointPart, contents: "run" | "policy" = "run"): Record<string, unknown> {
  const { tensors, data } = written(part, contents);
  return {
    ...data,
    ...Object.fromEntries(tensors.map(({ name, data: numbers }) => [name, Array.from(numbers as ArrayLike<number>)])),
  };
}

function dtypeOf(numbers: Numbers): Tensor["dtype"] {
  if (numbers instanceof Float32Array) return "F32";
  if (numbers instanceof Float64Array) return "F64";
  return numbers instanceof Uint32Array ? "U32" : "U8";
}
