// Layer normalisation: its contract over odd widths, the formula, and its shape in files.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { LayerNorm } from "../../src/nn/layer-norm.ts";
import { tensorOf } from "../conformance/pair.ts";
import { arrayOf, keepsContract, numbers, stage } from "./module-contract.ts";

describe.each([3, 9])("LayerNorm of %i", (units) => keepsContract(new LayerNorm(units)));

test("gives every row mean 0 and variance 1 at the start", () => {
  const backend = new WasmBackend();
  const module = new LayerNorm(4);
  const { network, weights } = stage(backend, module);
  module.initialize(backend, weights);
  expect(Array.from(arrayOf(backend, weights.block, 1))).toEqual([1, 1, 1, 1]);
  expect(Array.from(arrayOf(backend, weights.block, 2))).toEqual([0, 0, 0, 0]);
  const pass = network.plan({ rows: 2, x: tensorOf(backend, 2, 4, [1, 2, 3, 4, -10, 0, 10, 30]) });
  const y = numbers(backend, pass.forward());
  for (const row of [y.slice(0, 4), y.slice(4)]) {
    expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 5);
    // Epsilon takes a hundred-thousandth.
    expect(row.reduce((sum, value) => sum + value * value, 0) / 4).toBeCloseTo(1, 4);
  }
});

test("is written in files in the shape of the image that it is over", () => {
  expect(new LayerNorm(12, [3, 2, 2]).specs).toEqual([
    { name: "weight", shape: [12], fileShape: [3, 2, 2] },
    { name: "bias", shape: [12], fileShape: [3, 2, 2] },
  ]);
  expect(new LayerNorm(12).specs[0]).toEqual({ name: "weight", shape: [12] });
});
