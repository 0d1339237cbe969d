// Networks as options describe them: names and shapes, images, and what is refused. That their gradients are slopes is tested in
// sequential.test.ts and noisy.test.ts.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { Dueling } from "../../src/nn/dueling.ts";
import type { Image } from "../../src/nn/image.ts";
import { drawing, HIDDEN_GAIN } from "../../src/nn/initializer.ts";
import {
  checkNetworkOptions,
  DEFAULT_NETWORK,
  featureSize,
  feedForward,
  hiddenLayers,
  type NetworkOptions,
} from "../../src/nn/network-options.ts";
import type { ParameterSpec } from "../../src/operations/handles.ts";
import { tensorOf } from "../conformance/pair.ts";
import { arrayOf, numbers, stage } from "./module-contract.ts";

const IMAGE: Image = { channels: 2, height: 5, width: 6, scale: 1 };

const listed = (specs: readonly ParameterSpec[]): string[] =>
  specs.map(({ name, shape, fileShape }) => `${name} ${shape}${fileShape === undefined ? "" : ` ${fileShape}`}`);

describe("parameters are named as PyTorch's nn.Sequential names them", () => {
  const names = (options: Partial<NetworkOptions>, image: Image | null = null): string[] =>
    listed(feedForward(image === null ? 4 : 60, 2, { ...DEFAULT_NETWORK, ...options }, { image }).specs);

  test("Linear, ReLU, Linear", () => {
    expect(names({ hidden: [8] })).toEqual(["0.weight 8,4", "0.bias 8", "2.weight 2,8", "2.bias 2"]);
  });

  test("Linear alone", () => {
    expect(names({ hidden: [] })).toEqual(["0.weight 2,4", "0.bias 2"]);
  });

  test("Linear, LayerNorm, ReLU, Linear", () => {
    expect(names({ hidden: [8], layerNorm: true })).toEqual([
      ...["0.weight 8,4", "0.bias 8", "1.weight 8", "1.bias 8"],
      ...["3.weight 2,8", "3.bias 2"],
    ]);
  });

  test("Conv2d, ReLU, Conv2d, ReLU, Flatten, Linear, ReLU, Linear", () => {
    const convolution = [
      { filters: 4, kernel: 3 },
      { filters: 5, kernel: 2, stride: 2 },
    ];
    // 3 x 4 pixels of the first layer, 1 x 2 of the second.
    expect(names({ convolution, hidden: [8] }, IMAGE)).toEqual([
      ...["0.weight 4,18 4,2,3,3", "0.bias 4", "2.weight 5,16 5,4,2,2", "2.bias 5"],
      ...["5.weight 8,10", "5.bias 8", "7.weight 2,8", "7.bias 2"],
    ]);
  });

  test("Conv2d, LayerNorm, ReLU, Flatten, Linear", () => {
    expect(names({ convolution: [{ filters: 4, kernel: 3 }], hidden: [], layerNorm: true }, IMAGE)).toEqual([
      ...["0.weight 4,18 4,2,3,3", "0.bias 4", "1.weight 48 4,3,4", "1.bias 48 4,3,4"],
      ...["4.weight 2,48", "4.bias 2"],
    ]);
  });

  test("what stands behind the last layer has no array of its own", () => {
    const options = { ...DEFAULT_NETWORK, hidden: [8] };
    const module = feedForward(4, 3, options, { behind: [new Dueling(2, 1)] });
    expect(listed(module.specs).slice(2)).toEqual(["2.weight 3,8", "2.bias 3"]);
    expect(module.outputs).toBe(2);
  });
});

test("hidden layers are drawn with their gain, the last one with 1 or as it is told", () => {
  const backend = new WasmBackend();
  const options: NetworkOptions = { ...DEFAULT_NETWORK, hidden: [5], initializer: "orthogonal" };
  const drawn = (module: ReturnType<typeof feedForward>): Float32Array[] => {
    const { weights } = stage(backend, module, true);
    module.initialize(backend, weights, backend.random.stream(4, "init"));
    return [0, 2].map((i) => arrayOf(backend, weights.block, i));
  };
  const stream = backend.random.stream(4, "init");
  const hidden = drawing("orthogonal", HIDDEN_GAIN)(backend, stream, { inputs: 3, outputs: 5 });
  const last = drawing("orthogonal", 1)(backend, stream, { inputs: 5, outputs: 2 });
  expect(drawn(feedForward(3, 2, options))).toEqual([hidden.weight, last.weight]);
  const zeros = new Float32Array(10);
  const draw = () => ({ weight: zeros, bias: new Float32Array(2) });
  expect(drawn(feedForward(3, 2, options, { draw }))).toEqual([hidden.weight, zeros]);
});

test.each([hiddenLayers, (inputs: number, options: NetworkOptions) => feedForward(inputs, 2, options)])(
  "convolutional layers without an image are refused",
  (build) => {
    const options = { ...DEFAULT_NETWORK, convolution: [{ filters: 4, kernel: 3 }] };
    expect(() => build(60, options)).toThrow(
      new RangeError("network: image expected one for 1 convolutional layers, got null. Pass imageOf(...)."),
    );
  },
);

test("bytes are brightnesses to the first layer, and to the first layer only", () => {
  const backend = new WasmBackend();
  const options: NetworkOptions = {
    ...DEFAULT_NETWORK,
    convolution: [
      { filters: 4, kernel: 3 },
      { filters: 4, kernel: 2 },
    ],
  };
  const bytes = Float32Array.from({ length: 60 }, (_, i) => (i * 37) % 256);
  const of = (scale: number, values: Float32Array): Float32Array => {
    const module = feedForward(60, 2, options, { image: { ...IMAGE, scale } });
    const { network, weights } = stage(backend, module);
    module.initialize(backend, weights, backend.random.stream(4, "init"));
    return numbers(backend, network.plan({ rows: 1, x: tensorOf(backend, 1, 60, values) }).forward());
  };
  const brightnesses = bytes.map((value) => value * Math.fround(1 / 255));
  expect(of(1 / 255, bytes)).toEqual(of(1, brightnesses));
});

test.each([
  [[], [], 60],
  [[], [8, 5], 5],
  [[{ filters: 4, kernel: 3 }], [], 48],
  [[{ filters: 4, kernel: 3 }], [7], 7],
])("the output layer of convolutions %o and hidden layers %o sees so many numbers", (convolution, hidden, size) => {
  const backend = new WasmBackend();
  const options = { ...DEFAULT_NETWORK, convolution, hidden };
  expect(featureSize(60, options, IMAGE)).toBe(size);
  const { network } = stage(backend, feedForward(60, 2, options, { image: IMAGE }));
  const pass = network.plan({ rows: 1, x: backend.tensor(1, 60) });
  expect(pass.features.columns).toBe(size);
});

test.each<[object, ErrorConstructor, string]>([
  [{ hiden: [4] }, RangeError, 'PPO: network: option expected a known name, got "hiden". Did you mean hidden?'],
  [{ hidden: 64 }, TypeError, "PPO: network.hidden expected a list of layer widths, got 64. Use for example [64, 64]."],
  [
    { hidden: [64, 0] },
    RangeError,
    "PPO: network.hidden expected an integer at least 1 and at most 65536, got 0. Use for example [64, 64].",
  ],
  [
    { activation: "swish" },
    RangeError,
    'PPO: network.activation expected one of identity, relu, tanh, silu, gelu, elu, sigmoid, got "swish". Choose one.',
  ],
  [
    { initializer: "zeros" },
    RangeError,
    'PPO: network.initializer expected one of pytorch-linear, kaiming-uniform, xavier-uniform, orthogonal, got "zeros". Choose one.',
  ],
  [{ layerNorm: 1 }, TypeError, "PPO: network.layerNorm expected true or false, got 1. Set network.layerNorm."],
])("%o is refused", (given, kind, message) => {
  const options = { ...DEFAULT_NETWORK, ...given } as NetworkOptions;
  expect(() => checkNetworkOptions("PPO", options)).toThrow(kind);
  expect(() => checkNetworkOptions("PPO", options)).toThrow(message);
});
