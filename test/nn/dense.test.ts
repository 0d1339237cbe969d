// A dense layer, alone in every activation that its kernel knows.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { Dense } from "../../src/nn/dense.ts";
import { drawing } from "../../src/nn/initializer.ts";
import type { Activation } from "../../src/operations/layers.ts";
import { tensorOf } from "../conformance/pair.ts";
import { arrayOf, keepsContract, numbers, stage } from "./module-contract.ts";

const draw = drawing("pytorch-linear", 1);
const ACTIVATIONS: readonly Activation[] = ["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"];

describe.each(ACTIVATIONS)("Dense, %s", (activation) => {
  keepsContract(new Dense(5, 9, { activation, places: 2, draw }));
});

test("computes W x + b in the numbers that PyTorch's nn.Linear has", () => {
  const backend = new WasmBackend();
  const module = new Dense(2, 3, { activation: "identity", places: 1, draw });
  expect(module.specs).toEqual([
    { name: "weight", shape: [3, 2] },
    { name: "bias", shape: [3] },
  ]);
  const { network, weights } = stage(backend, module);
  backend.writeParameter(weights.block, weights.first, [1, 2, 3, 4, 5, 6]);
  backend.writeParameter(weights.block, weights.first + 1, [0.5, -0.5, 1]);
  const pass = network.plan({ rows: 2, x: tensorOf(backend, 2, 2, [1, 1, 2, -1]) });
  expect(Array.from(numbers(backend, pass.forward()))).toEqual([3.5, 6.5, 12, 0.5, 1.5, 5]);
  expect(pass.features).toBe(pass.x);
});

test("draws its weight, then its bias, and no other array", () => {
  const backend = new WasmBackend();
  const module = new Dense(4, 3, { activation: "relu", places: 2, draw });
  const { weights } = stage(backend, module);
  const [before, behind] = [0, 3].map((i) => arrayOf(backend, weights.block, i));
  module.initialize(backend, weights, backend.random.stream(2, "init"));
  const { weight, bias } = draw(backend, backend.random.stream(2, "init"), { inputs: 4, outputs: 3 });
  expect([1, 2].map((i) => arrayOf(backend, weights.block, i))).toEqual([weight, bias]);
  expect([0, 3].map((i) => arrayOf(backend, weights.block, i))).toEqual([before, behind]);
});

test("is replaced as a whole where a map is over single layers", () => {
  const module = new Dense(4, 3, { activation: "relu", places: 2, draw });
  const other = new Dense(4, 3, { activation: "tanh", places: 2, draw });
  expect(
    module.map((layer) => {
      expect(layer).toBe(module);
      return other;
    }),
  ).toBe(other);
});

test("a borrowing pass computes in the lender's tensors", () => {
  const backend = new WasmBackend();
  const { network } = stage(backend, new Dense(2, 3, { activation: "silu", places: 2, draw }));
  const x = tensorOf(backend, 4, 2, [1, 2, 3, 4, 5, 6, 7, 8]);
  const lender = network.plan({ rows: 4, x });
  const bytes = backend.bytes;
  const borrower = network.plan({ rows: 4, x, borrow: lender });
  expect(borrower.output).toBe(lender.output);
  expect(backend.bytes).toBe(bytes);
});
