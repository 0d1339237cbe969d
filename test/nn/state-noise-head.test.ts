// Heads that explore by a function of the state: deviations of a row follow from its features.

import { expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { StateNoiseHead } from "../../src/nn/state-noise-head.ts";
import type { GaussianDistribution } from "../../src/operations/action-distribution.ts";
import { tensorOf } from "../conformance/pair.ts";
import { arrayOf, numbers } from "./module-contract.ts";

const [D, FEATURES] = [2, 3];
const Z = [1, -2, 0.5, 0, 3, 1];
const LOG_STD = [0.1, -0.2, 0.3, 0, -0.5, 0.25];

function planned(sharedDeviations: boolean) {
  const backend = new WasmBackend();
  const head = new StateNoiseHead(D, FEATURES, { logDeviation: -1, sharedDeviations, squashed: false });
  const specs = [{ name: "other", shape: [2] as const }, ...head.specs];
  const [parameters, gradients] = [backend.parameters(specs), backend.parameters(specs)];
  backend.writeParameter(parameters, 1, LOG_STD.slice(0, head.values[0].length));
  const output = backend.tensor(2, D);
  const dOutput = backend.tensor(2, D);
  const plan = head.plan(backend, { rows: 2, output, dOutput, parameters, gradients, firstSpec: 1 });
  const distribution = plan.distribution as GaussianDistribution;
  return {
    backend,
    head,
    gradients,
    output,
    dOutput,
    features: tensorOf(backend, 2, FEATURES, Z),
    ...plan,
    distribution,
  };
}

/** Of row b and dimension d, by the definition. */
function deviation(b: number, d: number, columns: number): number {
  const z = Z.slice(b * FEATURES, (b + 1) * FEATURES);
  const variance = z.reduce((sum, x, h) => sum + x * x * Math.exp(2 * LOG_STD[h * columns + (d % columns)]), 1e-6);
  return Math.log(variance) / 2;
}

test.each([
  [false, D],
  [true, 1],
])("deviations follow from the features, shared by the dimensions: %s", (sharedDeviations, columns) => {
  const { backend, head, features, distribution, output, dOutput, forward } = planned(sharedDeviations);
  expect([head.outputs, head.actionSize, head.biases]).toEqual([D, D, [0, 0]]);
  expect(head.specs).toEqual([{ name: "log_std", shape: [FEATURES, columns] }]);
  expect(head.values).toEqual([new Array(FEATURES * columns).fill(-1)]);
  forward(2, features);
  const found = numbers(backend, distribution.logDeviation);
  for (let b = 0; b < 2; b++) {
    for (let d = 0; d < D; d++) expect(found[b * D + d]).toBeCloseTo(deviation(b, d, columns), 5);
  }
  expect([distribution.deviations, distribution.mean === output, distribution.dMean === dOutput]).toEqual([
    ...["per-row", true, true],
  ]);
});

test("gradients of the deviations become those of log_std", () => {
  const { backend, features, distribution, gradients, forward, backward } = planned(false);
  forward(2, features);
  const slopes = [1, -1, 0.5, 2];
  backend.write(distribution.dLogDeviation!, slopes);
  backward(2, features);
  const found = arrayOf(backend, gradients, 1);
  for (let h = 0; h < FEATURES; h++) {
    for (let d = 0; d < D; d++) {
      let expected = 0;
      for (let b = 0; b < 2; b++) {
        const z = Z[b * FEATURES + h];
        expected += (slopes[b * D + d] * z * z * Math.exp(2 * LOG_STD[h * D + d])) / Math.exp(2 * deviation(b, d, D));
      }
      expect(found[h * D + d]).toBeCloseTo(expected, 5);
    }
  }
});

test("tells what exploration is made of", () => {
  const { noise, distribution } = planned(false);
  expect(noise?.logStd).toBe(1);
  expect(noise?.logDeviation).toBe(distribution.logDeviation);
});
