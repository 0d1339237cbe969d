// What is trained plus a fixed random function: outputs, gradients, arrays in their places.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { Dueling } from "../../src/nn/dueling.ts";
import type { Module, Pass, Site } from "../../src/nn/module.ts";
import { DEFAULT_NETWORK, feedForward, type NetworkOptions } from "../../src/nn/network-options.ts";
import { RandomPrior } from "../../src/nn/random-prior.ts";
import { tensorOf } from "../conformance/pair.ts";
import { arrayOf, blockNumbers, keepsContract, numbers, type Stage, stage } from "./module-contract.ts";

const [I, O, ROWS] = [5, 6, 4];
const X = Float32Array.from({ length: ROWS * I }, (_, i) => ((i * 7) % 11) / 6 - 0.8);

/** The two modules that a prior is made of. */
function parts(options: Partial<NetworkOptions> = {}, dueling: boolean = false): [Module, Module] {
  const settings = { ...DEFAULT_NETWORK, hidden: [7, 6], ...options };
  const behind = dueling ? [new Dueling(2, 3)] : [];
  return [feedForward(I, dueling ? 9 : O, settings, { behind }), feedForward(I, O, settings)];
}

function started(backend: Backend, module: Module, stream = backend.random.stream(4, "init")): Stage {
  const here = stage(backend, module);
  module.initialize(backend, here.weights, stream);
  return here;
}

const planOn = ({ backend, network }: Stage, site: Partial<Site> = {}): Pass =>
  network.plan({ rows: ROWS, x: tensorOf(backend, ROWS, I, X), ...site });

describe.each<[string, Partial<NetworkOptions>, boolean]>([
  ["plain", {}, false],
  ["dueling", {}, true],
  ["with layer norm and silu", { layerNorm: true, activation: "silu" }, false],
  ["linear", { hidden: [] }, false],
])("RandomPrior, %s", (_name, options, dueling) => {
  keepsContract(new RandomPrior(...parts(options, dueling), 0.5), { hasTangent: false });

  test("is what is trained plus the scaled prior, trained or not, in tensors of its own or borrowed", () => {
    const backend = new WasmBackend();
    const scale = 2.5;
    const here = started(backend, new RandomPrior(...parts(options, dueling), scale));
    // One stream draws the trained arrays, then the prior's.
    const stream = backend.random.stream(4, "init");
    const [f, p] = parts(options, dueling).map((part) =>
      numbers(backend, planOn(started(backend, part, stream)).forward()),
    );
    const expected = f.map((value, k) => value + Math.fround(scale * p[k]));
    const training = planOn(here, { gradients: backend.parameters(here.weights.block.specs) });
    for (const pass of [planOn(here), training, planOn(here, { borrow: training })]) {
      expect(numbers(backend, pass.forward())).toEqual(expected);
    }
    expect(new Set(p).size).toBeGreaterThan(O);
  });

  test("has the gradients of what is trained in its block, and no others", () => {
    const backend = new WasmBackend();
    const gradientsOf = (module: Module): number[] => {
      const here = started(backend, module);
      const gradients = backend.parameters(here.weights.block.specs);
      const pass = planOn(here, { gradients });
      pass.forward();
      backend.write(
        pass.dOutput!,
        Float32Array.from({ length: ROWS * O }, (_, k) => (k % 5) - 2),
      );
      pass.backward();
      return blockNumbers(backend, gradients);
    };
    const [trained, prior] = parts(options, dueling);
    expect(gradientsOf(new RandomPrior(trained, prior, 2.5))).toEqual(gradientsOf(trained));
  });
});

test("adds nothing without a scale", () => {
  const backend = new WasmBackend();
  const [trained, prior] = parts();
  const [whole, alone] = [new RandomPrior(trained, prior, 0), trained].map((module) => started(backend, module));
  expect(numbers(backend, planOn(whole).forward())).toEqual(numbers(backend, planOn(alone).forward()));
});

test("keeps the prior's arrays beside the trained ones, under names of their own, and leaves others' alone", () => {
  const backend = new WasmBackend();
  const [trained, prior] = parts({ hidden: [3] });
  const module = new RandomPrior(trained, prior, 1);
  expect(module.specs).toEqual(trained.specs);
  expect(module.kept.map(({ name }) => name)).toEqual([
    ...["prior.0.weight", "prior.0.bias", "prior.2.weight", "prior.2.bias"],
  ]);
  const here = stage(backend, module);
  const other = arrayOf(backend, here.weights.kept, 0);
  module.initialize(backend, here.weights, backend.random.stream(4, "init"));
  expect(arrayOf(backend, here.weights.kept, 0)).toEqual(other);
  const stream = backend.random.stream(4, "init");
  const [f, p] = [started(backend, trained, stream), started(backend, prior, stream)];
  for (let i = 1; i <= 4; i++) {
    expect(arrayOf(backend, here.weights.block, i)).toEqual(arrayOf(backend, f.weights.block, i));
    expect(arrayOf(backend, here.weights.kept, i)).toEqual(arrayOf(backend, p.weights.block, i));
  }
});

test("map replaces the trained layers and leaves the prior's", () => {
  const [trained, prior] = parts();
  const seen: Module[] = [];
  const mapped = new RandomPrior(trained, prior, 1).map((layer) => {
    seen.push(layer);
    return layer;
  });
  expect(seen).toEqual(trained.children);
  expect(mapped.kept.map(({ name }) => name)).toEqual(prior.specs.map(({ name }) => `prior.${name}`));
});
