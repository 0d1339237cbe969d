// The dueling output, for plain values and for several atoms.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { Dueling } from "../../src/nn/dueling.ts";
import { tensorOf } from "../conformance/pair.ts";
import { keepsContract, numbers, stage } from "./module-contract.ts";

describe.each([
  [2, 1],
  [5, 3],
])("Dueling of %i actions and %i atoms", (actions, atoms) => {
  keepsContract(new Dueling(actions, atoms), { hasTangent: false });
});

test("is V + A - mean(A), for every atom apart, the value's atoms first", () => {
  const backend = new WasmBackend();
  const module = new Dueling(2, 3);
  expect([module.inputs, module.outputs]).toEqual([9, 6]);
  const { network } = stage(backend, module);
  const [value, first, second] = [
    [1, 2, 3],
    [10, 20, 30],
    [4, 5, 6],
  ];
  const pass = network.plan({ rows: 1, x: tensorOf(backend, 1, 9, [...value, ...first, ...second]) });
  const means = first.map((a, n) => (a + second[n]) / 2);
  const expected = [first, second].flatMap((advantages) => advantages.map((a, n) => value[n] + a - means[n]));
  expect(Array.from(numbers(backend, pass.forward()))).toEqual(expected);
});
