// A convolutional layer: its contract over kernels, strides and a scale, and where it starts.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { Conv2d } from "../../src/nn/convolution.ts";
import { drawing } from "../../src/nn/initializer.ts";
import type { ConvolutionShape } from "../../src/operations/convolution.ts";
import { arrayOf, keepsContract, stage } from "./module-contract.ts";

const draw = drawing("pytorch-linear", 1);
const SHAPE: ConvolutionShape = { channels: 2, height: 5, width: 4, filters: 3, kernel: 2, stride: 1, scale: 1 };
const CASES: readonly [string, ConvolutionShape, "tanh" | "relu" | "silu"][] = [
  ["2 x 2", SHAPE, "tanh"],
  ["3 x 3 in steps of 2", { ...SHAPE, height: 7, width: 6, kernel: 3, stride: 2 }, "silu"],
  ["of brightnesses", { ...SHAPE, scale: 0.5 }, "tanh"],
  ["as large as the image", { ...SHAPE, height: 3, width: 3, filters: 9, kernel: 3 }, "relu"],
];

describe.each(CASES)("Conv2d, %s", (_name, shape, activation) => {
  keepsContract(new Conv2d(shape, { activation, places: 2, draw }));
});

test("has as many inputs and outputs as there are pixels, and PyTorch's shape in files", () => {
  const module = new Conv2d({ ...SHAPE, height: 7, kernel: 3, stride: 2 }, { activation: "relu", places: 2, draw });
  expect([module.inputs, module.outputs, module.places]).toEqual([2 * 7 * 4, 3 * 3 * 1, 2]);
  expect(module.specs).toEqual([
    { name: "weight", shape: [3, 18], fileShape: [3, 2, 3, 3] },
    { name: "bias", shape: [3] },
  ]);
});

test("starts by the numbers that reach an output and those that an input reaches", () => {
  const backend = new WasmBackend();
  const xavier = drawing("xavier-uniform", 1);
  const module = new Conv2d(SHAPE, { activation: "relu", places: 2, draw: xavier });
  const { weights } = stage(backend, module);
  module.initialize(backend, weights, backend.random.stream(3, "init"));
  const size = { inputs: 8, outputs: 3, fanOut: 12 };
  const { weight, bias } = xavier(backend, backend.random.stream(3, "init"), size);
  expect(arrayOf(backend, weights.block, 1)).toEqual(weight);
  expect(arrayOf(backend, weights.block, 2)).toEqual(bias);
});
