// Noisy layers: the contract with noise drawn anew before every pass, where they start, and what is noisy.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { Dueling } from "../../src/nn/dueling.ts";
import type { Image } from "../../src/nn/image.ts";
import type { Network } from "../../src/nn/module.ts";
import { DEFAULT_NETWORK, feedForward, type NetworkOptions } from "../../src/nn/network-options.ts";
import { Noisy } from "../../src/nn/noisy.ts";
import type { RandomStream } from "../../src/operations/handles.ts";
import { tensorOf } from "../conformance/pair.ts";
import { arrayOf, keepsContract, numbers, type Stage, stage } from "./module-contract.ts";

const IMAGE: Image = { channels: 2, height: 5, width: 6, scale: 1 };

function noisy(options: Partial<NetworkOptions>, dueling: boolean = false, image: Image | null = null): Noisy {
  const settings = { ...DEFAULT_NETWORK, ...options };
  const behind = dueling ? [new Dueling(2, 2)] : [];
  return new Noisy(feedForward(image === null ? 3 : 60, dueling ? 6 : 2, settings, { image, behind }), 0.5);
}

const TRAITS = { isAlone: true, hasTangent: false };
describe.each<[string, Partial<NetworkOptions>, boolean]>([
  ["plain", { hidden: [6, 4], activation: "tanh" }, false],
  ["dueling", { hidden: [6, 4], activation: "tanh" }, true],
  ["with layer norm", { hidden: [6], activation: "silu", layerNorm: true }, true],
])("Noisy, %s", (_name, options, dueling) => keepsContract(noisy(options, dueling), TRAITS));

describe("Noisy, of images", () => {
  const options = { convolution: [{ filters: 2, kernel: 3 }], hidden: [5], activation: "tanh" } as const;
  keepsContract(noisy(options, false, IMAGE), TRAITS);
});

function started(module: Noisy): Stage {
  const here = stage(new WasmBackend(), module, true);
  // As a block is at first.
  here.backend.vectors.combine(here.weights.block, 0, here.weights.block, 0);
  module.initialize(here.backend, here.weights, here.backend.random.stream(4, "init"));
  here.network.withoutNoise?.();
  return here;
}

const X = Float32Array.from({ length: 12 }, (_, i) => ((i * 7) % 11) / 6 - 0.8);

function outputs({ backend, module }: Stage, network: Network): Float32Array {
  const rows = 4;
  return numbers(backend, network.plan({ rows, x: tensorOf(backend, rows, module.inputs, X) }).forward());
}

test("has sigmas of the same shapes after all other arrays", () => {
  expect(noisy({ hidden: [] }).specs.map(({ name, shape }) => `${name} ${shape}`)).toEqual([
    "0.weight 2,3",
    "0.bias 2",
    "0.weight_sigma 2,3",
    "0.bias_sigma 2",
  ]);
});

test("starts at sigma / sqrt(inputs), and computes with the means alone without noise", () => {
  const here = started(noisy({ hidden: [5] }));
  const plain = stage(here.backend, feedForward(3, 2, { ...DEFAULT_NETWORK, hidden: [5] }), true);
  plain.module.initialize(here.backend, plain.weights, here.backend.random.stream(4, "init"));
  expect(outputs(here, here.network)).toEqual(outputs(plain, plain.network));
  expect(arrayOf(here.backend, here.weights.block, 6)).toEqual(new Float32Array(10).fill(0.5 / Math.sqrt(5)));
  expect(arrayOf(here.backend, here.weights.block, 5)).toEqual(new Float32Array(5).fill(0.5 / Math.sqrt(3)));
});

test("gives other values with every draw, the same with the same stream, and none of the noise stays", () => {
  const here = started(noisy({ hidden: [5] }));
  const { network, backend } = here;
  const quiet = outputs(here, network);
  const drawn = (stream: RandomStream): Float32Array => {
    network.resample!(stream);
    return outputs(here, network);
  };
  const stream = backend.random.stream(1, "noise");
  const [first, second] = [drawn(stream), drawn(stream)];
  expect(first).not.toEqual(quiet);
  expect(second).not.toEqual(first);
  expect(drawn(backend.random.stream(1, "noise"))).toEqual(first);
  network.withoutNoise!();
  expect(outputs(here, network)).toEqual(quiet);
});

test("computes with weights as they are when noise is drawn or left out, not with later ones", () => {
  const here = started(noisy({ hidden: [5] }));
  const { backend, network, weights } = here;
  const before = outputs(here, network);
  backend.writeParameter(weights.block, 3, [10, -10]);
  expect(outputs(here, network)).toEqual(before);
  network.withoutNoise!();
  expect(outputs(here, network)[0]).toBeGreaterThan(before[0] + 5);
});

test("two networks on the same weights have noise of their own", () => {
  const here = started(noisy({ hidden: [5] }));
  const other = here.module.on(here.backend, here.weights);
  other.withoutNoise!();
  const quiet = outputs(here, other);
  here.network.resample!(here.backend.random.stream(1, "noise"));
  expect(outputs(here, other)).toEqual(quiet);
  expect(outputs(here, here.network)).not.toEqual(quiet);
});

test("of images the dense layers are noisy, the convolutions are not", () => {
  const here = started(noisy({ convolution: [{ filters: 4, kernel: 3 }], hidden: [6] }, false, IMAGE));
  const { backend, module, network, weights } = here;
  const sigmas = module.specs.flatMap(({ name }, i) => {
    if (!name.endsWith("_sigma")) return [];
    const isQuiet = arrayOf(backend, weights.block, i).every((value) => value === 0);
    return [`${name} ${isQuiet ? "quiet" : "noisy"}`];
  });
  expect(sigmas).toEqual([
    ...["0.weight_sigma quiet", "0.bias_sigma quiet"],
    ...["3.weight_sigma noisy", "3.bias_sigma noisy"],
    ...["5.weight_sigma noisy", "5.bias_sigma noisy"],
  ]);

  const gradients = backend.parameters(module.specs);
  const x = tensorOf(backend, 1, 60, new Float32Array(60).fill(0.5));
  const pass = network.plan({ rows: 1, x, gradients });
  const quiet = numbers(backend, pass.forward());
  network.resample!(backend.random.stream(4, "noise"));
  expect(numbers(backend, pass.forward())).not.toEqual(quiet);
  backend.write(pass.dOutput!, [1, -2]);
  pass.backward();
  const gradient = (name: string): Float32Array =>
    arrayOf(
      backend,
      gradients,
      module.specs.findIndex((spec) => spec.name === name),
    );
  expect(gradient("0.weight_sigma").every((value) => value === 0)).toBe(true);
  expect(gradient("0.weight").some((value) => value !== 0)).toBe(true);
  expect(gradient("3.weight_sigma").some((value) => value !== 0)).toBe(true);
});

test("borrows the hidden tensors of a pass with other noise", () => {
  const here = started(noisy({ hidden: [5, 4] }));
  const { backend, network, weights } = here;
  const target = here.module.on(backend, weights);
  target.resample!(backend.random.stream(2, "noise"));
  const x = tensorOf(backend, 4, 3, X);
  const lender = network.plan({ rows: 4, x, gradients: backend.parameters(here.module.specs) });
  const expected = numbers(backend, target.plan({ rows: 4, x }).forward());
  const { bytes } = backend;
  const borrower = target.plan({ rows: 4, x, borrow: lender });
  expect(backend.bytes - bytes).toBeLessThanOrEqual(4 * 8 * 4);
  expect(numbers(backend, borrower.forward())).toEqual(expected);
});

test("map replaces the layers within, and keeps sigma's start", () => {
  const module = noisy({ hidden: [5] });
  const mapped = module.map((layer) => layer) as Noisy;
  expect(mapped.specs).toEqual(module.specs);
  const [here, there] = [started(module), started(mapped)];
  for (const [i] of module.specs.entries()) {
    expect(arrayOf(there.backend, there.weights.block, i)).toEqual(arrayOf(here.backend, here.weights.block, i));
  }
});
