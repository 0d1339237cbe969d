// Blocks of parameters in files: canonical layout, shapes as PyTorch has them, one tensor an array.

import { expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { CheckpointError } from "../../src/errors.ts";
import { CheckpointWriter } from "../../src/formats/checkpoint-part.ts";
import {
  checkParameters,
  loadParameters,
  parameterSize,
  saveParameters,
  shapeInFile,
} from "../../src/nn/parameter-tensors.ts";
import type { ParameterSpec } from "../../src/operations/handles.ts";
import { readerOf } from "../formats/written.ts";
import { arrayOf } from "./module-contract.ts";

const SPECS: readonly ParameterSpec[] = [
  { name: "0.weight", shape: [2, 4], fileShape: [2, 1, 2, 2] },
  { name: "0.bias", shape: [3] },
];
const WEIGHT = [1, 2, 3, 4, 5, 6, 7, 8];
const BIAS = [9, 10, 11];

function saved() {
  const backend = new WasmBackend();
  const block = backend.parameters(SPECS);
  for (const [i, values] of [WEIGHT, BIAS].entries()) backend.writeParameter(block, i, values);
  const writer = new CheckpointWriter("policy");
  saveParameters(writer, "target.", backend, block);
  return { backend, writer };
}

test("an array is a matrix or a vector of so many numbers, in files of its own shape", () => {
  expect(SPECS.map(parameterSize)).toEqual([8, 3]);
  expect(SPECS.map(shapeInFile)).toEqual([[2, 1, 2, 2], [3]]);
});

test("arrays are saved row by row under their prefix, and loaded into another block as they were", () => {
  const { backend, writer } = saved();
  expect(writer.tensors).toEqual([
    { name: "target.0.weight", dtype: "F32", shape: [2, 1, 2, 2], data: Float32Array.from(WEIGHT) },
    { name: "target.0.bias", dtype: "F32", shape: [3], data: Float32Array.from(BIAS) },
  ]);
  const block = backend.parameters(SPECS);
  const reader = readerOf(writer);
  checkParameters(reader, "target.", SPECS);
  loadParameters(reader, "target.", backend, block);
  expect([0, 1].map((i) => Array.from(arrayOf(backend, block, i)))).toEqual([WEIGHT, BIAS]);
});

test("an array that is missing or of another size is refused by its name", () => {
  const reader = readerOf(saved().writer);
  expect(() => checkParameters(reader, "", SPECS)).toThrow(
    new CheckpointError(
      "load: tensor 0.weight expected to be there, got undefined. The file is damaged or not what it claims to be.",
    ),
  );
  expect(() => checkParameters(reader, "target.", [{ name: "0.bias", shape: [4] }])).toThrow(
    new CheckpointError(
      "load: tensor target.0.bias expected 4 numbers, got 3. The file is damaged or not what it claims to be.",
    ),
  );
});
