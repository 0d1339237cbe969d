// Layers whose weights are not trained: their slopes are, to the bit, those that the same layer has when it is, and no block of
// gradients is touched. Trained layers are held to the reference in operations.test.ts and convolution.test.ts.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { type ConvolutionShape, convolutionOutput } from "../../src/operations/convolution.ts";
import type { ParameterSpec, Parameters, Tensor } from "../../src/operations/handles.ts";
import type { Activation } from "../../src/operations/layers.ts";
import { BACKENDS } from "./backends.ts";
import { expectSameBits, now } from "./compare.ts";
import { output, parametersOf, plannedRows, ROWS, SEED, SENTINEL, size, tensorOf, WIDTHS } from "./pair.ts";
import { Sampler, type Wildness } from "./sampler.ts";

const ACTIVATIONS: readonly Activation[] = ["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"];
const NUMBERS: readonly Wildness[] = ["ordinary", "wild"];

/** A layer to go backwards through: its slopes are `dy`, which becomes dz. */
interface Layer {
  readonly specs: readonly ParameterSpec[];
  readonly parameters: readonly Float32Array[];
  readonly inputs: number;
  readonly outputs: number;
  /** @param gradients null: the layer is frozen */
  backward(backend: Backend, parts: Parts, gradients: Parameters | null, dx: Tensor | null): void;
}

interface Parts {
  readonly rows: number;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly z: Tensor;
  readonly dy: Tensor;
  readonly parameters: Parameters;
}

/** Goes through a layer as it is trained and frozen, and compares. */
function expectSameSlopes(
  what: string,
  backend: Backend,
  sampler: Sampler,
  rows: number,
  wildness: Wildness,
  layer: Layer,
): void {
  const { inputs, outputs, specs } = layer;
  const planned = plannedRows(rows, sampler);
  const [x, y, z] = [inputs, outputs, outputs].map((columns) => sampler.values(planned * columns, wildness));
  const slopes = sampler.values(planned * outputs, wildness);
  const filled = specs.map((spec) => new Float32Array(size(spec)).fill(SENTINEL));
  const numbers = (block: Parameters): number[] =>
    specs.flatMap((_, i) => Array.from(now(backend.readParameter(block, i))));
  // On either side of what the frozen pass works with.
  const before = parametersOf(backend, specs, filled);
  const parts: Parts = {
    rows,
    x: tensorOf(backend, planned, inputs, x),
    y: tensorOf(backend, planned, outputs, y),
    z: tensorOf(backend, planned, outputs, z),
    dy: tensorOf(backend, planned, outputs, slopes),
    parameters: parametersOf(backend, specs, layer.parameters),
  };
  const after = parametersOf(backend, specs, filled);
  const dx = output(backend, planned, inputs);

  layer.backward(backend, parts, backend.parameters(specs), dx);
  const trained = { dx: now(backend.read(dx)), dz: now(backend.read(parts.dy)) };
  expect(
    trained.dx.some((number) => number !== SENTINEL),
    what,
  ).toBe(true);

  backend.write(parts.dy, slopes);
  backend.write(dx, new Float32Array(planned * inputs).fill(SENTINEL));
  layer.backward(backend, parts, null, dx);
  expectSameBits(`${what}: dx`, now(backend.read(dx)), trained.dx);
  expectSameBits(`${what}: dz`, now(backend.read(parts.dy)), trained.dz);
  for (const block of [before, after]) {
    expect(
      numbers(block).every((number) => number === SENTINEL),
      `${what}: another block`,
    ).toBe(true);
  }
  const kept = layer.parameters.flatMap((array) => Array.from(array));
  expectSameBits(`${what}: parameters`, numbers(parts.parameters), kept);
  expectSameBits(`${what}: x`, now(backend.read(parts.x)), x);
}

function denseLayer(sampler: Sampler, I: number, O: number, activation: Activation, wildness: Wildness): Layer {
  const specs: ParameterSpec[] = [
    { name: "weight", shape: [O, I] },
    { name: "bias", shape: [O] },
  ];
  return {
    specs,
    parameters: specs.map((spec) => sampler.values(size(spec), wildness)),
    inputs: I,
    outputs: O,
    backward: (backend, { rows, x, y, z, dy, parameters }, gradients, dx) => {
      backend.layers.denseBackward(rows, x, y, z, dy, parameters, 0, 1, activation, gradients, dx);
    },
  };
}

describe.each(BACKENDS)("$name", ({ create }) => {
  describe.each(NUMBERS)("on %s numbers", (wildness) => {
    test.each(ROWS)("a frozen dense layer of %i rows has the slopes of a trained one, and no gradients", (rows) => {
      const backend = create();
      const sampler = new Sampler(SEED + rows);
      for (const [k, O] of WIDTHS.entries()) {
        const I = WIDTHS[(k * 5 + rows * 3) % WIDTHS.length];
        const activation = ACTIVATIONS[(k + rows) % ACTIVATIONS.length];
        const layer = denseLayer(sampler, I, O, activation, wildness);
        expectSameSlopes(`[${rows}, ${I}] -> ${O} ${activation}`, backend, sampler, rows, wildness, layer);
      }
    });

    test("a frozen dense layer without slopes of its input writes those of its sums, and nothing else", () => {
      const backend = create();
      const sampler = new Sampler(SEED);
      for (const activation of ACTIVATIONS) {
        for (const [rows, I, O] of [
          [1, 3, 5],
          [4, 4, 8],
          [9, 17, 33],
          [32, 64, 64],
        ]) {
          const layer = denseLayer(sampler, I, O, activation, wildness);
          const planned = plannedRows(rows, sampler);
          const [y, z, slopes] = [0, 1, 2].map(() => sampler.values(planned * O, wildness));
          const parts = (): Parts => ({
            rows,
            x: output(backend, planned, I),
            y: tensorOf(backend, planned, O, y),
            z: tensorOf(backend, planned, O, z),
            dy: tensorOf(backend, planned, O, slopes),
            parameters: parametersOf(backend, layer.specs, layer.parameters),
          });
          const [frozen, alone] = [parts(), parts()];
          layer.backward(backend, frozen, null, null);
          backend.layers.activationBackward(rows, alone.dy, alone.y, alone.z, activation);
          const what = `[${rows}, ${I}] -> ${O} ${activation}`;
          expectSameBits(`${what}: dz`, now(backend.read(frozen.dy)), now(backend.read(alone.dy)));
          expect(
            now(backend.read(frozen.x)).every((number) => number === SENTINEL),
            what,
          ).toBe(true);
        }
      }
    });

    test("a frozen layer norm has the slopes of a trained one, also in place, and no gradients", () => {
      const backend = create();
      const sampler = new Sampler(SEED);
      for (const rows of ROWS) {
        for (const O of WIDTHS) {
          const specs: ParameterSpec[] = [
            { name: "scale", shape: [O] },
            { name: "shift", shape: [O] },
          ];
          for (const inPlace of [false, true]) {
            const layer: Layer = {
              specs,
              parameters: specs.map((spec) => sampler.values(size(spec), wildness)),
              inputs: O,
              outputs: O,
              backward: (backend, { rows, x, y, dy, parameters }, gradients, dx) => {
                const statistics = backend.tensor(rows, 2);
                backend.layers.layerNormForward(rows, x, parameters, 0, 1, 1e-5, y, statistics);
                if (inPlace) backend.rows.copyColumns(rows, dy, 0, dx!, 0, O);
                const slope = inPlace ? dx! : dy;
                backend.layers.layerNormBackward(rows, x, statistics, slope, parameters, 0, 1, gradients, dx!);
              },
            };
            expectSameSlopes(`[${rows}, ${O}], in place ${inPlace}`, backend, sampler, rows, wildness, layer);
          }
        }
      }
    });

    test("a frozen convolution has the slopes of a trained one, and no gradients", () => {
      const backend = create();
      const sampler = new Sampler(SEED);
      for (const [k, activation] of [...ACTIVATIONS, ...ACTIVATIONS].entries()) {
        const shape: ConvolutionShape = {
          channels: sampler.pick([1, 3, 4]),
          height: 6,
          width: 7,
          filters: [1, 3, 4, 5, 8, 9, 16][k % 7],
          kernel: sampler.pick([1, 2, 3]),
          stride: sampler.pick([1, 2]),
          scale: sampler.pick([1, 1 / 255]),
        };
        const { channels, height, width, filters, kernel } = shape;
        const positions = convolutionOutput(shape).height * convolutionOutput(shape).width;
        const planned = backend.convolution.plan(shape);
        const specs: ParameterSpec[] = [
          { name: "weight", shape: [filters, channels * kernel * kernel] },
          { name: "bias", shape: [filters] },
        ];
        const layer: Layer = {
          specs,
          parameters: specs.map((spec) => sampler.values(size(spec), wildness)),
          inputs: channels * height * width,
          outputs: filters * positions,
          backward: (backend, { rows, x, y, z, dy, parameters }, gradients, dx) => {
            backend.convolution.backward(rows, planned, x, y, z, dy, parameters, 0, 1, activation, gradients, dx);
          },
        };
        const rows = sampler.pick([1, 2, 7]);
        expectSameSlopes(`${JSON.stringify(shape)}, ${activation}`, backend, sampler, rows, wildness, layer);
      }
    });
  });
});
