// Files compared: equal bytes, or a list of the parts that differ.

import { expect } from "vitest";
import { decodeSafetensors } from "../../../src/formats/safetensors.ts";

/** Parts of a checkpoint by name: its JSON, and its tensors. */
export function partsOf(file: Uint8Array): Map<string, unknown> {
  const { metadata, tensors } = decodeSafetensors(file.slice());
  const parts = new Map<string, unknown>(Object.entries(JSON.parse(metadata.get("description") ?? "{}")));
  for (const [name, tensor] of tensors) parts.set(name, tensor);
  return parts;
}

/** Cheap where all is well: a byte by byte comparison by vitest takes long. */
export function expectSameFile(actual: Uint8Array, expected: Uint8Array, when: string = ""): void {
  if (Buffer.compare(actual, expected) === 0) return;
  expect(partsOf(actual), when).toEqual(partsOf(expected));
  expect(Buffer.from(actual).toString("base64"), when).toBe(Buffer.from(expected).toString("base64"));
}

/** Equal but for where a run stands in its environments: of a caller who owns the loop, and of `learn`. */
export function expectSameLearning(actual: Uint8Array, expected: Uint8Array, when: string = ""): void {
  const learning = (file: Uint8Array): Map<string, unknown> => {
    const parts = partsOf(file);
    parts.delete("session");
    return parts;
  };
  expect(learning(actual), when).toEqual(learning(expected));
}
