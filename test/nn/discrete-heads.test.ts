// Heads whose logits are the network's outputs themselves.

import { expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { BernoulliPolicyHead, CategoricalPolicyHead } from "../../src/nn/discrete-heads.ts";
import type { PolicyHead } from "../../src/nn/policy-head.ts";
import { numbers } from "./module-contract.ts";

function planned(head: PolicyHead, trains: boolean) {
  const backend = new WasmBackend();
  const output = backend.tensor(2, head.outputs);
  const dOutput = trains ? backend.tensor(2, head.outputs) : null;
  const parameters = backend.parameters([]);
  const gradients = trains ? backend.parameters([]) : null;
  const plan = head.plan(backend, { rows: 2, output, dOutput, parameters, gradients, firstSpec: 0 });
  return { backend, output, dOutput, ...plan };
}

test.each([
  [new CategoricalPolicyHead([4]), 4, 1],
  [new CategoricalPolicyHead([2, 3]), 5, 2],
  [new BernoulliPolicyHead(3), 3, 3],
])("%o has so many outputs and numbers per action, and trains nothing beside the network", (head, outputs, size) => {
  expect([head.outputs, head.actionSize, head.specs, head.values]).toEqual([outputs, size, [], []]);
  expect(head.biases).toEqual(new Array(outputs).fill(0));
});

test("logits and their gradient are the network's own tensors", () => {
  for (const head of [new CategoricalPolicyHead([2, 3]), new BernoulliPolicyHead(3)]) {
    for (const trains of [true, false]) {
      const { distribution, output, dOutput, noise } = planned(head, trains);
      if (distribution.family === "gaussian") throw new Error("expected logits");
      expect([distribution.logits, distribution.dLogits, noise]).toEqual([output, dOutput, null]);
      expect(distribution.logits).toBe(output);
    }
  }
});

test("choices say how many logits each has, and nothing is masked at first", () => {
  const { backend, distribution } = planned(new CategoricalPolicyHead([2, 3]), true);
  if (distribution.family !== "categorical") throw new Error("expected a categorical distribution");
  expect(Array.from(numbers(backend, distribution.choices))).toEqual([2, 3]);
  expect(distribution.mask).toBe(null);
});
