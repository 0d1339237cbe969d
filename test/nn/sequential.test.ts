// Layers one after the other: the contract over compositions, borrowed hidden tensors, and tangents that hold weights.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { StateError } from "../../src/errors.ts";
import { Activate } from "../../src/nn/activate.ts";
import { Dense } from "../../src/nn/dense.ts";
import { Dueling } from "../../src/nn/dueling.ts";
import type { Image } from "../../src/nn/image.ts";
import { drawing } from "../../src/nn/initializer.ts";
import { layersOf } from "../../src/nn/module.ts";
import { DEFAULT_NETWORK, feedForward, type NetworkOptions } from "../../src/nn/network-options.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import type { Activation } from "../../src/operations/layers.ts";
import { expectSameBits } from "../conformance/compare.ts";
import { SEED, tensorOf } from "../conformance/pair.ts";
import { Sampler } from "../conformance/sampler.ts";
import { blockNumbers, fill, keepsContract, numbers, stage } from "./module-contract.ts";

const ROWS = 5;
const OUTPUTS = 3;
const IMAGE: Image = { channels: 2, height: 5, width: 6, scale: 1 };
const draw = drawing("pytorch-linear", 1);

function network(options: Partial<NetworkOptions>, dueling: boolean = false): Sequential {
  const image = options.convolution === undefined ? null : IMAGE;
  const behind = dueling ? [new Dueling(OUTPUTS, 1)] : [];
  const outputs = dueling ? OUTPUTS + 1 : OUTPUTS;
  return feedForward(image === null ? 4 : 60, outputs, { ...DEFAULT_NETWORK, ...options }, { image, behind });
}

const ACTIVATIONS: readonly Activation[] = ["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"];
const CASES: readonly [string, Partial<NetworkOptions>][] = [
  ...ACTIVATIONS.map((activation): [string, Partial<NetworkOptions>] => [activation, { hidden: [6, 5], activation }]),
  ["no hidden layer", { hidden: [] }],
  ["layer norm", { hidden: [6, 5], activation: "silu", layerNorm: true }],
  ["layer norm of one layer", { hidden: [7], activation: "tanh", layerNorm: true }],
  ["convolutions", { convolution: [{ filters: 3, kernel: 2 }], hidden: [5], activation: "tanh" }],
  [
    "convolutions and layer norm",
    { convolution: [{ filters: 3, kernel: 3 }], hidden: [6], activation: "gelu", layerNorm: true },
  ],
];

describe.each(CASES)("%s", (_name, options) => keepsContract(network(options)));

describe.each<[string, Partial<NetworkOptions>]>([
  ["tanh", { hidden: [6, 4], activation: "tanh" }],
  ["silu and layer norm", { hidden: [6], activation: "silu", layerNorm: true }],
])("dueling, %s", (_name, options) => {
  const module = network(options, true);
  const plain = new Sequential(module.children.slice(0, -1));
  // The dueling output has no tangent, so that only the rest of its contract is asked for; the network below it has one.
  keepsContract(plain);
  test("goes back through the dueling output as through V + A - mean(A)", () => {
    const backend = new WasmBackend();
    const sampler = new Sampler(SEED);
    const x = sampler.values(ROWS * 4);
    const slopes = sampler.values(ROWS * OUTPUTS);
    const gradientsOf = (of: Sequential, dOutput: ArrayLike<number>): number[] => {
      const { network: on, weights } = stage(backend, of);
      const gradients = backend.parameters(weights.block.specs);
      const pass = on.plan({ rows: ROWS, x: tensorOf(backend, ROWS, 4, x), gradients });
      pass.forward();
      backend.write(pass.dOutput!, dOutput);
      pass.backward();
      return blockNumbers(backend, gradients);
    };
    const ofHead = Array.from({ length: ROWS }, (_, row) => {
      const dQ = Array.from(slopes.subarray(row * OUTPUTS, (row + 1) * OUTPUTS));
      const sum = dQ.reduce((a, b) => a + b);
      return [sum, ...dQ.map((slope) => slope - sum / OUTPUTS)];
    }).flat();
    const [actual, expected] = [gradientsOf(module, slopes), gradientsOf(plain, ofHead)];
    for (const [k, value] of actual.entries()) expect(value).toBeCloseTo(expected[k], 4);
  });
});

test("sequences within sequences are one sequence", () => {
  const layers = network({ hidden: [6, 5], activation: "tanh" }).children;
  const nested = new Sequential([new Sequential(layers.slice(0, 2)), layers[2]]);
  const backend = new WasmBackend();
  const x = tensorOf(backend, 2, 4, [1, 2, -1, 0.5, 0, 1, 2, 3]);
  const [flat, deep] = [new Sequential(layers), nested].map((module) => {
    const pass = stage(backend, module).network.plan({ rows: 2, x });
    return numbers(backend, pass.forward());
  });
  expect(deep).toEqual(flat);
  expect(nested.specs.map(({ name }) => name)).toEqual([
    ...["0.0.weight", "0.0.bias", "0.2.weight", "0.2.bias"],
    ...["1.weight", "1.bias"],
  ]);
  expect(layersOf(nested, 4)).toEqual(layers.map((layer, i) => ({ layer, first: 4 + 2 * i })));
});

describe("nested sequences", () => {
  const tanh = { activation: "tanh", places: 2, draw } as const;
  keepsContract(
    new Sequential([
      new Activate(4, "sigmoid"),
      new Sequential([new Dense(4, 5, tanh), new Dense(5, 3, tanh)]),
      new Activate(3, "elu"),
    ]),
  );
});

test("a layer without an array of its own takes its place in the names", () => {
  const layer = { activation: "identity", places: 1, draw } as const;
  const module = new Sequential([new Dense(2, 3, layer), new Activate(3, "tanh"), new Dense(3, 1, layer)]);
  expect(module.specs.map(({ name }) => name)).toEqual(["0.weight", "0.bias", "2.weight", "2.bias"]);
  expect([module.inputs, module.outputs]).toEqual([2, 1]);
});

test("initialize draws layer by layer, and map replaces every single layer", () => {
  const backend = new WasmBackend();
  const module = network({ hidden: [6, 5], layerNorm: true });
  const { weights } = stage(backend, module);
  module.initialize(backend, weights, backend.random.stream(5, "init"));
  const drawn = blockNumbers(backend, weights.block);
  const seen: object[] = [];
  const mapped = module.map((layer) => {
    seen.push(layer);
    return layer;
  });
  expect(seen).toEqual(module.children);
  const other = stage(backend, mapped);
  mapped.initialize(backend, other.weights, backend.random.stream(5, "init"));
  expect(blockNumbers(backend, other.weights.block)).toEqual(drawn);
});

describe("a pass that borrows hidden tensors", () => {
  function both() {
    const backend = new WasmBackend();
    const here = stage(backend, network({ hidden: [6, 5], activation: "silu" }));
    const gradients = backend.parameters(here.weights.block.specs);
    const [x, other] = [1, 2].map((seed) => tensorOf(backend, ROWS, 4, new Sampler(seed).values(ROWS * 4)));
    const lender = here.network.plan({ rows: ROWS, x, gradients });
    return { backend, network: here.network, gradients, lender, x, other };
  }

  test("plans no more than its own output, and computes the same", () => {
    const { backend, lender, network: on, other } = both();
    const before = backend.bytes;
    const borrower = on.plan({ rows: ROWS, x: other, borrow: lender });
    // Rows are stored in fours.
    expect(backend.bytes - before).toBeLessThanOrEqual(4 * 8 * 4 * 2);
    expect(borrower.output).not.toBe(lender.output);
    const alone = on.plan({ rows: ROWS, x: other });
    expect(numbers(backend, borrower.forward())).toEqual(numbers(backend, alone.forward()));
  });

  test("leaves the lender's gradients as they are when the lender runs forward after it", () => {
    const { backend, gradients, lender, network: on, other } = both();
    const borrower = on.plan({ rows: ROWS, x: other, borrow: lender });
    const back = (): number[] => {
      lender.forward();
      backend.write(lender.dOutput!, new Float32Array(ROWS * OUTPUTS).fill(1));
      lender.backward();
      return blockNumbers(backend, gradients);
    };
    const expected = back();
    borrower.forward();
    expectSameBits("gradients", back(), expected);
  });

  test("makes the lender's way back an error until it runs forward again, and its own when the lender does", () => {
    const { lender, network: on, other, x, gradients } = both();
    const borrower = on.plan({ rows: ROWS, x: other, gradients, borrow: lender });
    const error = new StateError(
      "backward: pass expected its own hidden tensors, got another pass's. Run forward again.",
    );
    lender.forward();
    borrower.forward();
    expect(() => lender.backward()).toThrow(error);
    lender.forward();
    lender.backward();
    expect(() => borrower.backward()).toThrow(error);
    // A pass that borrows from a borrower takes the same tensors.
    const third = on.plan({ rows: ROWS, x, borrow: borrower });
    third.forward();
    expect(() => lender.backward()).toThrow(error);
    expect(() => both().lender.backward()).toThrow(error);
  });
});

describe("a tangent", () => {
  function held() {
    const backend = new WasmBackend();
    const { network: on, sampler, weights } = stage(backend, network({ hidden: [6], activation: "tanh" }));
    const { specs } = weights.block;
    const block = () => fill(backend, backend.parameters(specs), sampler);
    const linear = backend.parameters(specs);
    backend.vectors.copy(linear, weights.block);
    const x = tensorOf(backend, ROWS, 4, sampler.values(ROWS * 4));
    const pass = on.plan({ rows: ROWS, x });
    const tangent = pass.tangent!({ direction: block(), linear, dX: null });
    return { backend, block, linear, pass, tangent, weights };
  }

  test("of an input that does not move is that of the weights alone", () => {
    const { backend, pass, tangent } = held();
    tangent.hold();
    pass.forward();
    tangent.forward();
    expect(numbers(backend, tangent.moves).every((value) => value !== 0)).toBe(true);
    expect(tangent.moves).not.toBe(pass.output);
  });

  test("moves with the weights that `linear` held last", () => {
    const { backend, block, linear, pass, tangent, weights } = held();
    tangent.hold();
    pass.forward();
    tangent.forward();
    const before = numbers(backend, tangent.moves);
    backend.vectors.copy(weights.block, block());
    tangent.forward();
    expect(numbers(backend, tangent.moves)).toEqual(before);
    pass.forward();
    backend.vectors.copy(linear, weights.block);
    tangent.hold();
    tangent.forward();
    expect(numbers(backend, tangent.moves)).not.toEqual(before);
  });
});
