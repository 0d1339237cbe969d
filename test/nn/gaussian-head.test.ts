// Gaussian heads: means from the network, deviations from it too, or from a vector of their own.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { GaussianHead, type GaussianSettings } from "../../src/nn/gaussian-head.ts";
import type { GaussianDistribution } from "../../src/operations/action-distribution.ts";
import { tensorOf } from "../conformance/pair.ts";
import { arrayOf, numbers } from "./module-contract.ts";

const D = 3;

function planned(settings: Partial<GaussianSettings>) {
  const backend = new WasmBackend();
  const head = new GaussianHead(D, { logDeviation: -0.5, stateDependent: false, squashed: false, ...settings });
  const specs = [{ name: "other", shape: [2] as const }, ...head.specs];
  const [parameters, gradients, direction] = [0, 1, 2].map(() => backend.parameters(specs));
  const values = Float32Array.from({ length: 2 * head.outputs }, (_, k) => k + 1);
  const output = tensorOf(backend, 2, head.outputs, values);
  const dOutput = backend.tensor(2, head.outputs);
  const plan = head.plan(backend, { rows: 2, output, dOutput, parameters, gradients, firstSpec: 1 });
  const features = backend.tensor(2, 1);
  return { backend, head, parameters, gradients, direction, output, dOutput, features, ...plan } as const;
}

const gaussian = ({ distribution }: ReturnType<typeof planned>): GaussianDistribution =>
  distribution as GaussianDistribution;

describe("deviations of their own", () => {
  test("are a vector beside the network, named log_std, shared by all rows", () => {
    const here = planned({});
    const { backend, head, parameters, gradients, output, dOutput } = here;
    expect([head.outputs, head.actionSize, head.specs]).toEqual([D, D, [{ name: "log_std", shape: [D] }]]);
    expect([head.values, head.biases]).toEqual([[[-0.5, -0.5, -0.5]], [0, 0, 0]]);
    const { deviations, mean, dMean, logDeviation, dLogDeviation } = gaussian(here);
    expect([deviations, mean === output, dMean === dOutput]).toEqual(["shared", true, true]);
    backend.writeParameter(parameters, 1, [1, 2, 3]);
    expect(Array.from(numbers(backend, logDeviation))).toEqual([1, 2, 3]);
    backend.write(dLogDeviation!, [4, 5, 6]);
    expect(Array.from(arrayOf(backend, gradients, 1))).toEqual([4, 5, 6]);
  });

  test("move as the direction says", () => {
    const here = planned({});
    here.backend.writeParameter(here.direction, 1, [7, 8, 9]);
    here.planTangent(here.direction)(2, here.features);
    expect(Array.from(numbers(here.backend, gaussian(here).dLogDeviation!))).toEqual([7, 8, 9]);
  });
});

describe("deviations of the network", () => {
  test("are outputs behind the means, and start by their biases", () => {
    const here = planned({ stateDependent: true });
    const { backend, head, features } = here;
    expect([head.outputs, head.actionSize, head.specs, head.values]).toEqual([2 * D, D, [], []]);
    expect(head.biases).toEqual([0, 0, 0, -0.5, -0.5, -0.5]);
    here.forward(2, features);
    const { deviations, mean, logDeviation } = gaussian(here);
    expect(deviations).toBe("per-row");
    expect(Array.from(numbers(backend, mean))).toEqual([1, 2, 3, 7, 8, 9]);
    expect(Array.from(numbers(backend, logDeviation))).toEqual([4, 5, 6, 10, 11, 12]);
  });

  test("give their gradients back in the same order, and take changes likewise", () => {
    const here = planned({ stateDependent: true });
    const { backend, dOutput, features } = here;
    const { dMean, dLogDeviation } = gaussian(here);
    backend.write(dMean!, [1, 2, 3, 4, 5, 6]);
    backend.write(dLogDeviation!, [10, 20, 30, 40, 50, 60]);
    here.backward(2, features);
    expect(Array.from(numbers(backend, dOutput))).toEqual([1, 2, 3, 10, 20, 30, 4, 5, 6, 40, 50, 60]);
    backend.write(dOutput, [-1, -2, -3, -4, -5, -6, 0, 0, 0, 0, 0, 0]);
    here.planTangent(here.direction)(1, features);
    expect(Array.from(numbers(backend, dMean!))).toEqual([-1, -2, -3, 4, 5, 6]);
    expect(Array.from(numbers(backend, dLogDeviation!))).toEqual([-4, -5, -6, 40, 50, 60]);
  });
});

test("squashing is the distribution's business", () => {
  expect(gaussian(planned({ squashed: true })).squashed).toBe(true);
  expect(gaussian(planned({})).squashed).toBe(false);
});
