// Convolutional layers: equal bits on every backend, for every shape of image and kernel, and their gradients. What PyTorch
// computed is in pytorch.test.ts.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { type ConvolutionShape, convolutionOutput } from "../../src/operations/convolution.ts";
import type { ParameterSpec } from "../../src/operations/handles.ts";
import type { Activation } from "../../src/operations/layers.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, expectSameBits, now } from "./compare.ts";
import { output, Pair, parametersOf, plannedRows, readAll, SEED, SENTINEL, size, tensorOf } from "./pair.ts";
import { Sampler, type Wildness } from "./sampler.ts";

const ACTIVATIONS: readonly Activation[] = ["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"];

function specsOf({ channels, filters, kernel }: ConvolutionShape): ParameterSpec[] {
  return [
    { name: "before", shape: [3] },
    { name: "weight", shape: [filters, channels * kernel * kernel] },
    { name: "bias", shape: [filters] },
    { name: "after", shape: [5] },
  ];
}

/** Forward and backward of one layer between parameters and rows that are not its own; all that it may have touched. */
function bothPasses(shape: ConvolutionShape, activation: Activation, B: number, sampler: Sampler, wildness: Wildness) {
  const specs = specsOf(shape);
  const { height, width } = convolutionOutput(shape);
  const [inputs, outputs] = [shape.channels * shape.height * shape.width, shape.filters * height * width];
  const rows = plannedRows(B, sampler);
  const weights = specs.map((spec) => sampler.values(size(spec), wildness));
  const images = sampler.values(rows * inputs, wildness);
  const slopes = sampler.values(rows * outputs, wildness);
  const wantsInputs = sampler.next() < 0.8;
  return (backend: Backend) => {
    const layer = backend.convolution.plan(shape);
    // A larger layer beside it: both work in the same memory.
    backend.convolution.plan({ ...shape, height: shape.height + 3, filters: shape.filters + 3 });
    const parameters = parametersOf(backend, specs, weights);
    const filled = specs.map((spec) => new Float32Array(size(spec)).fill(SENTINEL));
    const gradients = parametersOf(backend, specs, filled);
    const x = tensorOf(backend, rows, inputs, images);
    const dy = tensorOf(backend, rows, outputs, slopes);
    const [y, z, dx] = [outputs, outputs, inputs].map((columns) => output(backend, rows, columns));
    backend.convolution.forward(B, layer, x, parameters, 1, 2, activation, y, z);
    const first = now(backend.read(y));
    backend.convolution.backward(
      B,
      layer,
      x,
      y,
      z,
      dy,
      parameters,
      1,
      2,
      activation,
      gradients,
      wantsInputs ? dx : null,
    );
    backend.convolution.forward(B, layer, x, parameters, 1, 2, activation, y, z);
    return {
      y: first,
      again: now(backend.read(y)),
      z: now(backend.read(z)),
      dy: now(backend.read(dy)),
      dx: now(backend.read(dx)),
      x: now(backend.read(x)),
      ...readAll(backend, "gradient", gradients),
      ...readAll(backend, "parameter", parameters),
    };
  };
}

function describeShape({ channels, height, width, filters, kernel, stride, scale }: ConvolutionShape): string {
  return `${channels} x ${height} x ${width}, ${filters} filters ${kernel} x ${kernel}, stride ${stride}, scale ${scale}`;
}

describe.each(BACKENDS.slice(1))("$name equals the reference bit for bit", ({ create }) => {
  test.each([1, 2, 3, 5])("in images of every size, kernel %i", (kernel) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create);
    for (const channels of [1, 3, 4]) {
      for (const [height, width] of [
        [kernel, kernel],
        [5, 8],
        [7, 6],
        [10, 10],
        [9, 12],
      ] as const) {
        for (const stride of [1, 2, 3]) {
          const filters = sampler.pick([1, 2, 3, 4, 5, 8, 9, 12, 16, 20]);
          const shape = { channels, height, width, filters, kernel, stride, scale: sampler.pick([1, 1, 1 / 255]) };
          const B = sampler.pick([1, 2, 7]);
          const activation = sampler.pick(ACTIVATIONS);
          const what = `${describeShape(shape)}, ${B} rows, ${activation}`;
          pair.agree(what, bothPasses(shape, activation, B, sampler, "ordinary"));
        }
      }
    }
  });

  test("in a batch of the MinAtar network, one to 32 rows", () => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create);
    const shape = { channels: 4, height: 10, width: 10, filters: 16, kernel: 3, stride: 1, scale: 1 };
    for (const B of [1, 2, 7, 32]) pair.agree(`${B} rows`, bothPasses(shape, "relu", B, sampler, "ordinary"));
  });

  test.each<Wildness>(["finite", "wild"])("in %s numbers, with every activation", (wildness) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create);
    for (const activation of ACTIVATIONS) {
      for (const filters of [3, 4, 16]) {
        const shape = { channels: 2, height: 6, width: 7, filters, kernel: 3, stride: sampler.pick([1, 2]), scale: 1 };
        pair.agree(
          `${describeShape(shape)}, ${activation}`,
          bothPasses(shape, activation, sampler.pick([1, 3]), sampler, wildness),
        );
      }
    }
  });
});

describe.each(BACKENDS)("$name", ({ create }) => {
  test("a layer whose kernel covers the image is a dense layer", () => {
    const backend = create();
    const sampler = new Sampler(SEED);
    const shape = { channels: 3, height: 4, width: 4, filters: 9, kernel: 4, stride: 1, scale: 1 };
    const specs = specsOf(shape);
    const [inputs, B] = [48, 5];
    const parameters = parametersOf(
      backend,
      specs,
      specs.map((spec) => sampler.values(size(spec))),
    );
    const x = tensorOf(backend, B, inputs, sampler.values(B * inputs));
    const [convolved, dense] = [0, 1].map(() => backend.tensor(B, 9));
    backend.convolution.forward(B, backend.convolution.plan(shape), x, parameters, 1, 2, "tanh", convolved, null);
    backend.layers.denseForward(B, x, parameters, 1, 2, "tanh", dense, null);
    expectSameBits("y", now(backend.read(convolved)), now(backend.read(dense)));
  });

  // Central differences of L = sum of c y with h = 2^-7, as in gradients.test.ts; its tolerance holds for the sums here.
  test.each([
    { channels: 2, height: 5, width: 6, filters: 3, kernel: 3, stride: 1, scale: 1 },
    { channels: 3, height: 6, width: 5, filters: 9, kernel: 2, stride: 2, scale: 1 },
    { channels: 1, height: 4, width: 7, filters: 4, kernel: 3, stride: 3, scale: 0.5 },
  ])("gradients equal difference quotients: $channels x $height x $width, stride $stride", (shape) => {
    const backend = create();
    const sampler = new Sampler(SEED);
    const B = 2;
    const specs = specsOf(shape).slice(1, 3);
    const layer = backend.convolution.plan(shape);
    const inputs = shape.channels * shape.height * shape.width;
    const weight = sampler.values(size(specs[0])).map((w) => w / 4);
    const bias = sampler.values(shape.filters);
    const image = sampler.values(B * inputs);
    const c = sampler.values(B * layer.outputs);
    const [parameters, gradients] = [0, 1].map(() => backend.parameters(specs));
    const [x, dx] = [0, 1].map(() => backend.tensor(B, inputs));
    const [y, dy] = [0, 1].map(() => backend.tensor(B, layer.outputs));
    const loss = (images: Float32Array, weights: Float32Array, biases: Float32Array): number => {
      backend.write(x, images);
      backend.writeParameter(parameters, 0, weights);
      backend.writeParameter(parameters, 1, biases);
      backend.convolution.forward(B, layer, x, parameters, 0, 1, "tanh", y, null);
      return now(backend.read(y)).reduce((sum, value, n) => sum + value * c[n], 0);
    };
    const h = 1 / 128;
    const slopes = (values: Float32Array, moved: (values: Float32Array) => number): number[] =>
      Array.from(values, (value, n) => {
        const at = (offset: number): number => moved(values.map((other, m) => (m === n ? value + offset : other)));
        return (at(h) - at(-h)) / (2 * h);
      });
    const expected = {
      dx: slopes(image, (images) => loss(images, weight, bias)),
      dW: slopes(weight, (weights) => loss(image, weights, bias)),
      dbias: slopes(bias, (biases) => loss(image, weight, biases)),
    };
    loss(image, weight, bias);
    backend.write(dy, c);
    backend.convolution.backward(B, layer, x, y, null, dy, parameters, 0, 1, "tanh", gradients, dx);
    expectClose("dx", now(backend.read(dx)), expected.dx, 2e-3);
    expectClose("dW", now(backend.readParameter(gradients, 0)), expected.dW, 2e-3);
    expectClose("dbias", now(backend.readParameter(gradients, 1)), expected.dbias, 2e-3);
  });

  test("scaled bytes give what images of brightnesses give", () => {
    const backend = create();
    const sampler = new Sampler(SEED);
    const shape = { channels: 2, height: 5, width: 6, filters: 4, kernel: 2, stride: 1, scale: 1 };
    const bytes = Float32Array.from({ length: 60 }, () => sampler.index(256));
    const specs = specsOf(shape);
    const parameters = parametersOf(
      backend,
      specs,
      specs.map((spec) => sampler.values(size(spec))),
    );
    const [ofBytes, ofBrightness] = [
      [1 / 255, bytes],
      [1, bytes.map((value) => value * Math.fround(1 / 255))],
    ].map(([scale, values]) => {
      const layer = backend.convolution.plan({ ...shape, scale: scale as number });
      const y = backend.tensor(1, layer.outputs);
      const x = tensorOf(backend, 1, 60, values as Float32Array);
      backend.convolution.forward(1, layer, x, parameters, 1, 2, "identity", y, null);
      return now(backend.read(y));
    });
    expectSameBits("y", ofBytes, ofBrightness);
    expect(Math.max(...ofBytes.map(Math.abs))).toBeLessThan(20);
  });

  test("plans its memory once: passes take none", () => {
    const backend = create();
    const sampler = new Sampler(SEED);
    const shape = { channels: 3, height: 7, width: 9, filters: 5, kernel: 3, stride: 2, scale: 1 / 255 };
    const specs = specsOf(shape);
    const [parameters, gradients] = [0, 1].map(() => backend.parameters(specs));
    const layer = backend.convolution.plan(shape);
    const x = tensorOf(backend, 4, 189, sampler.values(4 * 189));
    const [y, dy, dx] = [layer.outputs, layer.outputs, 189].map((columns) => backend.tensor(4, columns));
    const before = backend.bytes;
    backend.convolution.forward(4, layer, x, parameters, 1, 2, "relu", y, null);
    backend.convolution.backward(4, layer, x, y, null, dy, parameters, 1, 2, "relu", gradients, dx);
    expect(backend.bytes).toBe(before);
  });
});
