// Flatten has a place in PyTorch's names and nothing to do.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { Flatten } from "../../src/nn/flatten.ts";
import { tensorOf } from "../conformance/pair.ts";
import { keepsContract, stage } from "./module-contract.ts";

describe("Flatten", () => keepsContract(new Flatten(6)));

test("hands on the tensors that it is given, and plans none", () => {
  const backend = new WasmBackend();
  const module = new Flatten(6);
  expect([module.inputs, module.outputs, module.places, module.specs]).toEqual([6, 6, 1, []]);
  const { network } = stage(backend, module);
  const [x, dX] = [tensorOf(backend, 2, 6, new Float32Array(12)), backend.tensor(2, 6)];
  const { bytes } = backend;
  const pass = network.plan({ rows: 2, x, dX });
  expect([pass.output, pass.dOutput, pass.features]).toEqual([x, dX, x]);
  expect(pass.forward()).toBe(x);
  expect(backend.bytes).toBe(bytes);
});
