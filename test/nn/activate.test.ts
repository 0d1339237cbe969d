// An activation as a layer of its own. Its contract is over those that get their slope from the output alone or from x.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { Activate } from "../../src/nn/activate.ts";
import type { Activation } from "../../src/operations/layers.ts";
import { tensorOf } from "../conformance/pair.ts";
import { keepsContract, numbers, stage } from "./module-contract.ts";

const ACTIVATIONS: readonly Activation[] = ["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"];

describe.each(ACTIVATIONS)("Activate, %s", (activation) => keepsContract(new Activate(7, activation)));

test("applies its function to every number, and has no weights", () => {
  const backend = new WasmBackend();
  const module = new Activate(3, "relu");
  expect([module.specs, module.kept, module.places]).toEqual([[], [], 1]);
  const { network } = stage(backend, module);
  const pass = network.plan({ rows: 1, x: tensorOf(backend, 1, 3, [-1, 0.5, 2]) });
  expect(Array.from(numbers(backend, pass.forward()))).toEqual([0, 0.5, 2]);
});

test("goes back in the place of the input's gradient", () => {
  const backend = new WasmBackend();
  const { network } = stage(backend, new Activate(3, "relu"));
  const dX = backend.tensor(1, 3);
  const pass = network.plan({ rows: 1, x: tensorOf(backend, 1, 3, [-1, 0.5, 2]), dX });
  expect(pass.dOutput).toBe(dX);
  pass.forward();
  backend.write(dX, [5, 6, 7]);
  pass.backward();
  expect(Array.from(numbers(backend, dX))).toEqual([0, 6, 7]);
});
