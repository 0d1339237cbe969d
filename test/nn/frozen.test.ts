// A module whose weights stand elsewhere: nothing of it is trained, and gradients pass through.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { Dense } from "../../src/nn/dense.ts";
import { frozen } from "../../src/nn/frozen.ts";
import { drawing } from "../../src/nn/initializer.ts";
import type { Module } from "../../src/nn/module.ts";
import { DEFAULT_NETWORK, feedForward } from "../../src/nn/network-options.ts";
import { Noisy } from "../../src/nn/noisy.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { expectSameBits } from "../conformance/compare.ts";
import { SEED, tensorOf } from "../conformance/pair.ts";
import { Sampler } from "../conformance/sampler.ts";
import { blockNumbers, keepsContract, numbers, stage } from "./module-contract.ts";

const tanh = { activation: "tanh", places: 2, draw: drawing("pytorch-linear", 1) } as const;
const inner = (): Module => feedForward(4, 3, { ...DEFAULT_NETWORK, hidden: [5], activation: "silu" });
const frozenOn = (backend: Backend): Module => frozen(inner(), stage(backend, inner()).weights);

describe("a frozen network", () => keepsContract(frozenOn));

describe("a frozen network between layers that are trained", () => {
  keepsContract((backend) => new Sequential([new Dense(6, 4, tanh), frozenOn(backend), new Dense(3, 2, tanh)]));
});

test("has no arrays, in a block or in a file, and draws no first weights", () => {
  const backend = new WasmBackend();
  const elsewhere = stage(backend, inner());
  const module = frozen(elsewhere.module, elsewhere.weights);
  expect([module.inputs, module.outputs, module.specs, module.kept]).toEqual([4, 3, [], []]);
  const before = blockNumbers(backend, elsewhere.weights.block);
  const { weights } = stage(backend, module);
  const stream = backend.random.stream(1, "init");
  const state = backend.random.read(stream);
  module.initialize(backend, weights, stream);
  expect(backend.random.read(stream)).toEqual(state);
  expect(blockNumbers(backend, elsewhere.weights.block)).toEqual(before);
});

test("computes what the module computes, and gives its input the same gradient", () => {
  const backend = new WasmBackend();
  const elsewhere = stage(backend, inner());
  const here = stage(backend, frozen(elsewhere.module, elsewhere.weights));
  const sampler = new Sampler(SEED);
  const [x, slopes] = [tensorOf(backend, 5, 4, sampler.values(20)), sampler.values(15)];
  const gradients = backend.parameters(elsewhere.weights.block.specs);
  const [trained, fixed] = [elsewhere, here].map(({ network }) => {
    const dX = backend.tensor(5, 4);
    const pass = network.plan({ rows: 5, x, gradients, dX });
    const output = numbers(backend, pass.forward());
    backend.write(pass.dOutput!, slopes);
    const before = blockNumbers(backend, gradients);
    pass.backward();
    const touched = blockNumbers(backend, gradients).some((value, k) => value !== before[k]);
    return { output, dX: numbers(backend, dX), touched };
  });
  expectSameBits("output", fixed.output, trained.output);
  expectSameBits("dX", fixed.dX, trained.dX);
  expect([trained.touched, fixed.touched]).toEqual([true, false]);
});

test("plans no way back where nobody needs one, gradients of others or not", () => {
  const backend = new WasmBackend();
  const { network, weights } = stage(backend, new Sequential([frozenOn(backend), new Dense(3, 2, tanh)]));
  const gradients = backend.parameters(weights.block.specs);
  const x = tensorOf(backend, 2, 4, [1, 2, 3, 4, 5, 6, 7, 8]);
  const pass = network.plan({ rows: 2, x, gradients });
  pass.forward();
  backend.write(pass.dOutput!, [1, 1, 1, 1]);
  pass.backward();
  const alone = stage(backend, frozenOn(backend)).network.plan({ rows: 2, x, gradients });
  expect(alone.dOutput).toBe(null);
});

test("follows the weights that it stands on", () => {
  const backend = new WasmBackend();
  const elsewhere = stage(backend, inner());
  const { network } = stage(backend, frozen(elsewhere.module, elsewhere.weights));
  const pass = network.plan({ rows: 1, x: tensorOf(backend, 1, 4, [1, 2, 3, 4]) });
  const before = numbers(backend, pass.forward());
  elsewhere.module.initialize(backend, elsewhere.weights, backend.random.stream(8, "init"));
  expect(numbers(backend, pass.forward())).not.toEqual(before);
});

test("is noisy where the module is, and only there", () => {
  const backend = new WasmBackend();
  const noisy = stage(backend, new Noisy(inner(), 0.5), true);
  const { network } = stage(backend, frozen(noisy.module, noisy.weights));
  network.withoutNoise!();
  const pass = network.plan({ rows: 1, x: tensorOf(backend, 1, 4, [1, 2, 3, 4]) });
  const quiet = numbers(backend, pass.forward());
  network.resample!(backend.random.stream(3, "noise"));
  expect(numbers(backend, pass.forward())).not.toEqual(quiet);
  network.withoutNoise!();
  expect(numbers(backend, pass.forward())).toEqual(quiet);
  expect(stage(backend, frozenOn(backend)).network).not.toHaveProperty("resample");
});

test("is one layer to a map", () => {
  const backend = new WasmBackend();
  const module = frozenOn(backend);
  const seen: Module[] = [];
  expect(
    module.map((layer) => {
      seen.push(layer);
      return layer;
    }),
  ).toBe(module);
  expect(seen).toEqual([module]);
});
