import { describe, expect, test } from "vitest";
import { createBackend } from "../../src/backends/select.ts";
import type { Image } from "../../src/nn/image.ts";
import {
  DEFAULT_NETWORK,
  featureSize,
  Network,
  type NetworkKind,
  type NetworkOptions,
  networkSpecs,
} from "../../src/nn/network-options.ts";
import type { RandomStream, Tensor } from "../../src/operations/handles.ts";
import type { Activation } from "../../src/operations/layers.ts";

const BACKEND = createBackend("test");
const IMAGE: Image = { channels: 2, height: 5, width: 6, scale: 1 };

describe("parameters are named as PyTorch's nn.Sequential names them", () => {
  const names = (options: Partial<NetworkOptions>, kind: NetworkKind = {}): string[] =>
    networkSpecs(4, 2, { ...DEFAULT_NETWORK, ...options }, kind).map(({ name, shape }) => `${name} ${shape}`);

  test("Linear, ReLU, Linear", () => {
    expect(names({ hidden: [8] })).toEqual(["0.weight 8,4", "0.bias 8", "2.weight 2,8", "2.bias 2"]);
  });
  test("Linear alone", () => {
    expect(names({ hidden: [] })).toEqual(["0.weight 2,4", "0.bias 2"]);
  });
  test("Linear, LayerNorm, ReLU, Linear", () => {
    expect(names({ hidden: [8], layerNorm: true })).toEqual([
      "0.weight 8,4",
      "0.bias 8",
      "1.weight 8",
      "1.bias 8",
      "3.weight 2,8",
      "3.bias 2",
    ]);
  });
  test("Conv2d, ReLU, Conv2d, ReLU, Flatten, Linear, ReLU, Linear", () => {
    const options = {
      convolution: [
        { filters: 4, kernel: 3 },
        { filters: 5, kernel: 2, stride: 2 },
      ],
      hidden: [8],
    };
    const specs = networkSpecs(60, 2, { ...DEFAULT_NETWORK, ...options }, { image: IMAGE });
    // 3 x 4 pixels of the first layer, 1 x 2 of the second.
    expect(specs.map(({ name, shape, fileShape }) => `${name} ${shape} ${fileShape}`)).toEqual([
      "0.weight 4,18 4,2,3,3",
      "0.bias 4 undefined",
      "2.weight 5,16 5,4,2,2",
      "2.bias 5 undefined",
      "5.weight 8,10 undefined",
      "5.bias 8 undefined",
      "7.weight 2,8 undefined",
      "7.bias 2 undefined",
    ]);
  });
  test("Conv2d, LayerNorm, ReLU, Flatten, Linear", () => {
    const options = { convolution: [{ filters: 4, kernel: 3 }], hidden: [], layerNorm: true };
    const specs = networkSpecs(60, 2, { ...DEFAULT_NETWORK, ...options }, { image: IMAGE });
    expect(specs.map(({ name, shape, fileShape }) => `${name} ${shape} ${fileShape}`)).toEqual([
      "0.weight 4,18 4,2,3,3",
      "0.bias 4 undefined",
      "1.weight 48 4,3,4",
      "1.bias 48 4,3,4",
      "4.weight 2,48 undefined",
      "4.bias 2 undefined",
    ]);
  });
  test("a dueling head has one output more: value, then advantages", () => {
    expect(names({ hidden: [8] }, { dueling: true }).slice(2)).toEqual(["2.weight 3,8", "2.bias 3"]);
  });
  test("distributions have their atoms side by side", () => {
    expect(names({ hidden: [8] }, { dueling: true, atoms: 5 }).slice(2)).toEqual(["2.weight 15,8", "2.bias 15"]);
  });
  test("noisy layers have sigmas of the same shapes, after all others", () => {
    expect(names({ hidden: [] }, { sigma: 0.5 })).toEqual([
      "0.weight 2,4",
      "0.bias 2",
      "0.weight_sigma 2,4",
      "0.bias_sigma 2",
    ]);
  });
});

function build(options: Partial<NetworkOptions>, kind: NetworkKind, rows: number) {
  const network = new Network(BACKEND, 3, 2, { ...DEFAULT_NETWORK, ...options }, kind);
  network.initialize(BACKEND.random.stream(4, "init"));
  const x = BACKEND.tensor(rows, 3);
  const values = Float32Array.from({ length: rows * 3 }, (_, i) => ((i * 7) % 11) / 6 - 0.8);
  BACKEND.write(x, values);
  return { network, x, values };
}

test("a dueling output is V + A - mean(A)", () => {
  const { network, x } = build({ hidden: [5] }, { dueling: true }, 4);
  const workspace = network.workspace(4, false);
  const q = BACKEND.read(network.forward(x, workspace)) as Float32Array;
  const head = BACKEND.read(workspace.head) as Float32Array;
  for (let row = 0; row < 4; row++) {
    const [value, a, b] = head.subarray(3 * row, 3 * row + 3);
    expect(q[2 * row]).toBeCloseTo(value + a - (a + b) / 2, 6);
    expect(q[2 * row + 1]).toBeCloseTo(value + b - (a + b) / 2, 6);
  }
});

test("fewer rows than planned give the same rows", () => {
  const { network, x } = build({ hidden: [6, 5], activation: "silu", layerNorm: true }, {}, 7);
  const all = BACKEND.read(network.forward(x, network.workspace(7, false))) as Float32Array;
  const some = BACKEND.read(network.forward(x, network.workspace(7, false), 3)) as Float32Array;
  expect(some.slice(0, 6)).toEqual(all.slice(0, 6));
});

describe("noisy layers", () => {
  const outputs = (network: Network, x: Tensor): Float32Array =>
    BACKEND.read(network.forward(x, network.workspace(4, false))) as Float32Array;

  test("start at sigma / sqrt(inputs), and compute with the means alone when quiet", () => {
    const { network, x } = build({ hidden: [5] }, { sigma: 0.5 }, 4);
    const plain = build({ hidden: [5] }, {}, 4);
    expect(outputs(network, x)).toEqual(outputs(plain.network, x));
    const sigma = BACKEND.readParameter(network.parameters, 6) as Float32Array;
    expect(sigma).toEqual(new Float32Array(10).fill(0.5 / Math.sqrt(5)));
  });

  test("give other values with every draw, the same with the same stream, and none of it stays when quiet", () => {
    const { network, x } = build({ hidden: [5] }, { sigma: 0.5 }, 4);
    const quiet = outputs(network, x);
    const draw = (stream: RandomStream): Float32Array => {
      network.resample(stream);
      return outputs(network, x);
    };
    const stream = BACKEND.random.stream(1, "noise");
    const [first, second] = [draw(stream), draw(stream)];
    expect(first).not.toEqual(quiet);
    expect(second).not.toEqual(first);
    expect(draw(BACKEND.random.stream(1, "noise"))).toEqual(first);
    network.quiet();
    expect(outputs(network, x)).toEqual(quiet);
  });
});

describe("the gradient is the slope", () => {
  /** Central differences in float32: half the digits of 2^-24 are left, times sums of a few numbers of size 1. */
  const STEP = 2 ** -8;
  const TOLERANCE = 2e-3;

  /** Parameters and inputs whose gradient is not the slope of a loss that is the sum of outputs times fixed factors. */
  function strangers(options: Partial<NetworkOptions>, kind: NetworkKind): number {
    const rows = 5;
    const { network, x, values: inputs } = build(options, kind, rows);
    const { parameters, specs } = network;
    const workspace = network.workspace(rows, true);
    const gradients = BACKEND.parameters(specs);
    const columns = workspace.output.columns;
    const factors = Float32Array.from({ length: rows * columns }, (_, i) => ((i * 5) % 7) / 3 - 1);
    const loss = (): number => {
      network.resample(BACKEND.random.stream(9, "noise"));
      const y = BACKEND.read(network.forward(x, workspace)) as Float32Array;
      return y.reduce((sum, value, i) => sum + value * factors[i], 0);
    };
    loss();
    const dOutput = BACKEND.tensor(rows, columns);
    BACKEND.write(dOutput, factors);
    const dInput = BACKEND.tensor(rows, 3);
    network.backward(x, workspace, dOutput, gradients, rows, dInput);
    let count = 0;
    const compare = (gradient: Float32Array, values: Float32Array, write: (moved: Float32Array) => void): void => {
      for (let i = 0; i < values.length; i++) {
        const at = (offset: number): number => {
          const moved = values.slice();
          moved[i] += offset;
          write(moved);
          return loss();
        };
        const slope = (at(STEP) - at(-STEP)) / (2 * STEP);
        write(values);
        if (Math.abs(slope - gradient[i]) > TOLERANCE * Math.max(1, Math.abs(slope))) count++;
      }
    };
    for (const [index] of specs.entries()) {
      const gradient = BACKEND.readParameter(gradients, index) as Float32Array;
      const values = BACKEND.readParameter(parameters, index) as Float32Array;
      compare(gradient, values, (moved) => BACKEND.writeParameter(parameters, index, moved));
    }
    compare(BACKEND.read(dInput) as Float32Array, inputs, (moved) => BACKEND.write(x, moved));
    return count;
  }

  const activations: Activation[] = ["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"];
  const cases = activations.flatMap((activation) =>
    [false, true].flatMap((layerNorm) => [false, true].map((dueling) => ({ activation, layerNorm, dueling }))),
  );
  test.each(cases)("$activation, layer norm $layerNorm, dueling $dueling", ({ activation, layerNorm, dueling }) => {
    // ReLU and ELU have a kink that a difference may step over; the smooth ones have none.
    const kinks = activation === "relu" || activation === "elu" ? 6 : 0;
    expect(strangers({ hidden: [6, 4], activation, layerNorm }, { dueling })).toBeLessThanOrEqual(kinks);
  });

  const kinds: NetworkKind[] = [
    { atoms: 3 },
    { atoms: 3, dueling: true },
    { sigma: 0.5 },
    { sigma: 0.5, atoms: 2, dueling: true },
  ];
  test.each(kinds)("%o", (kind) => {
    expect(strangers({ hidden: [6, 4], activation: "tanh" }, kind)).toBe(0);
    expect(strangers({ hidden: [6], activation: "tanh", layerNorm: true }, kind)).toBe(0);
  });
});

test("convolutional layers without an image are refused", () => {
  const options = { ...DEFAULT_NETWORK, convolution: [{ filters: 4, kernel: 3 }] };
  expect(() => networkSpecs(60, 2, options)).toThrow(
    "network: kind.image expected an image for 1 convolutional layers, got null. Pass imageOf(...).",
  );
});

test("of a noisy network of images the dense layers are noisy, the convolutions are not", () => {
  const options: NetworkOptions = { ...DEFAULT_NETWORK, convolution: [{ filters: 4, kernel: 3 }], hidden: [6] };
  const network = new Network(BACKEND, 60, 2, options, { image: IMAGE, sigma: 0.5 });
  network.initialize(BACKEND.random.stream(4, "init"));
  const sigmas = network.specs.flatMap(({ name }, i) => {
    if (!name.endsWith("_sigma")) return [];
    const values = BACKEND.readParameter(network.parameters, i) as Float32Array;
    return [`${name} ${values.every((value) => value === 0) ? "quiet" : "noisy"}`];
  });
  expect(sigmas).toEqual([
    "0.weight_sigma quiet",
    "0.bias_sigma quiet",
    "3.weight_sigma noisy",
    "3.bias_sigma noisy",
    "5.weight_sigma noisy",
    "5.bias_sigma noisy",
  ]);
  const x = BACKEND.tensor(1, 60);
  BACKEND.write(x, new Float32Array(60).fill(0.5));
  const workspace = network.workspace(1, true);
  const features = (): Float32Array => {
    network.forward(x, workspace);
    return BACKEND.read(workspace.layers[0].y) as Float32Array;
  };
  const [quiet, q] = [features(), BACKEND.read(workspace.output) as Float32Array];
  network.resample(BACKEND.random.stream(4, "noise"));
  expect(features()).toEqual(quiet);
  expect(BACKEND.read(workspace.output)).not.toEqual(q);

  const gradients = BACKEND.parameters(network.specs);
  const dOutput = BACKEND.tensor(1, 2);
  BACKEND.write(dOutput, [1, -2]);
  network.backward(x, workspace, dOutput, gradients);
  const gradient = (name: string): Float32Array =>
    BACKEND.readParameter(
      gradients,
      network.specs.findIndex((spec) => spec.name === name),
    ) as Float32Array;
  expect(gradient("0.weight_sigma").every((value) => value === 0)).toBe(true);
  expect(gradient("0.weight").some((value) => value !== 0)).toBe(true);
  expect(gradient("3.weight_sigma").some((value) => value !== 0)).toBe(true);
});

test("bytes are brightnesses to the first layer, and to the first layer only", () => {
  const options: NetworkOptions = {
    ...DEFAULT_NETWORK,
    convolution: [
      { filters: 4, kernel: 3 },
      { filters: 4, kernel: 2 },
    ],
  };
  const bytes = Float32Array.from({ length: 60 }, (_, i) => (i * 37) % 256);
  const [ofBytes, ofBrightness] = [
    [1 / 255, bytes],
    [1, bytes.map((value) => value * Math.fround(1 / 255))],
  ].map(([scale, values]) => {
    const network = new Network(BACKEND, 60, 2, options, { image: { ...IMAGE, scale: scale as number } });
    network.initialize(BACKEND.random.stream(4, "init"));
    const x = BACKEND.tensor(1, 60);
    BACKEND.write(x, values as Float32Array);
    return BACKEND.read(network.forward(x, network.workspace(1, false)));
  });
  expect(ofBytes).toEqual(ofBrightness);
});

test.each([
  [[], [], 60],
  [[], [8, 5], 5],
  [[{ filters: 4, kernel: 3 }], [], 48],
  [[{ filters: 4, kernel: 3 }], [7], 7],
])("the output layer of convolutions %o and hidden layers %o sees so many numbers", (convolution, hidden, size) => {
  const options = { ...DEFAULT_NETWORK, convolution, hidden };
  expect(featureSize(60, options, { image: IMAGE })).toBe(size);
  const network = new Network(BACKEND, 60, 2, options, { image: IMAGE });
  const x = BACKEND.tensor(1, 60);
  expect(network.features(x, network.workspace(1, false)).columns).toBe(size);
});
