import { describe, expect, test } from "vitest";
import { createBackend } from "../../src/backends/select.ts";
import type { Image } from "../../src/nn/image.ts";
import { DEFAULT_NETWORK, Network, type NetworkOptions } from "../../src/nn/network-options.ts";
import { NetworkTangent } from "../../src/nn/sequential.ts";
import type { Parameters, Tensor } from "../../src/operations/handles.ts";
import type { Activation } from "../../src/operations/layers.ts";
import { Sampler } from "../conformance/sampler.ts";

const SEED = Number(process.env.BELLWETHER_SEED ?? 1);
const BACKEND = createBackend("test");
const ROWS = 5;
const OUTPUTS = 3;
const IMAGE: Image = { channels: 2, height: 5, width: 6, scale: 1 };

const CASES: [string, Partial<NetworkOptions>][] = [
  ...(["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"] as const).map(
    (activation: Activation): [string, Partial<NetworkOptions>] => [activation, { hidden: [6, 5], activation }],
  ),
  ["no hidden layer", { hidden: [] }],
  ["layer norm", { hidden: [6, 5], activation: "silu", layerNorm: true }],
  ["layer norm of one layer", { hidden: [7], activation: "tanh", layerNorm: true }],
  ["convolutions", { convolution: [{ filters: 3, kernel: 2 }], hidden: [5], activation: "tanh" }],
  ["convolutions and layer norm", { convolution: [{ filters: 3, kernel: 3 }], activation: "elu", layerNorm: true }],
];

function built(options: Partial<NetworkOptions>) {
  const sampler = new Sampler(SEED);
  const inputs = options.convolution === undefined ? 4 : 60;
  const network = new Network(
    BACKEND,
    inputs,
    OUTPUTS,
    { ...DEFAULT_NETWORK, ...options },
    { image: options.convolution === undefined ? null : IMAGE },
  );
  const block = (): Parameters => {
    const parameters = BACKEND.parameters(network.specs);
    for (const [k, { shape }] of network.specs.entries()) {
      BACKEND.writeParameter(parameters, k, sampler.values(shape[0] * (shape[1] ?? 1)));
    }
    return parameters;
  };
  // Biases and scales other than those that a network starts with.
  BACKEND.vectors.copy(network.parameters, block());
  const x = BACKEND.tensor(ROWS, inputs);
  BACKEND.write(x, sampler.values(ROWS * inputs));
  const workspace = network.workspace(ROWS, true);
  const tangent = new NetworkTangent(BACKEND, network, ROWS);
  tangent.hold();
  return { network, x, workspace, tangent, block, sampler };
}

const numbers = (tensor: Tensor): Float32Array => BACKEND.read(tensor) as Float32Array;
const all = (parameters: Parameters): number[] =>
  parameters.specs.flatMap((_, k) => Array.from(BACKEND.readParameter(parameters, k) as Float32Array));
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, k) => sum + value * b[k], 0);

// Not a rectifier: one that goes from off to on between both sides has no slope to compare with.
describe.each(CASES.filter(([, { activation }]) => activation !== "relu"))(`%s, seed ${SEED}`, (_name, options) => {
  test("J v equals the central difference of the outputs along v", () => {
    const { network, x, workspace, tangent, block } = built(options);
    const direction = block();
    const dOutput = BACKEND.tensor(ROWS, OUTPUTS);
    network.forward(x, workspace);
    tangent.forward(x, workspace, direction, dOutput);
    const moved = new Network(BACKEND, network.inputs, OUTPUTS, network.options, {
      image: options.convolution === undefined ? null : IMAGE,
    });
    // The rounding of a difference of float32 outputs, over 2 h, is below 1e-4; the third derivative times h^2 / 6 is less.
    const h = 2 ** -9;
    const [up, down] = [h, -h].map((step) => {
      BACKEND.vectors.copy(moved.parameters, network.parameters);
      BACKEND.vectors.combine(moved.parameters, 1, direction, step);
      return numbers(moved.forward(x, moved.workspace(ROWS, false)));
    });
    const expected = up.map((value, k) => (value - down[k]) / (2 * h));
    const actual = numbers(dOutput);
    const size = Math.sqrt(dot(expected, expected));
    const error = Math.sqrt(dot(expected, expected) - 2 * dot(expected, actual) + dot(actual, actual));
    expect(size).toBeGreaterThan(0.1);
    expect(error / size).toBeLessThan(0.005);
  });
});

describe.each(CASES)(`%s, seed ${SEED}`, (_name, options) => {
  test("J v and J' u are of one matrix: u . J v = J' u . v", () => {
    const { network, x, workspace, tangent, block, sampler } = built(options);
    const gradients = BACKEND.parameters(network.specs);
    for (let trial = 0; trial < 3; trial++) {
      const direction = block();
      const dOutput = BACKEND.tensor(ROWS, OUTPUTS);
      const u = sampler.values(ROWS * OUTPUTS);
      network.forward(x, workspace);
      tangent.forward(x, workspace, direction, dOutput);
      const forward = dot(u, numbers(dOutput));
      BACKEND.write(dOutput, u);
      network.backward(x, workspace, dOutput, gradients);
      const reverse = dot(all(gradients), all(direction));
      const scale = Math.sqrt(dot(all(gradients), all(gradients)) * dot(all(direction), all(direction)));
      // Sums of some hundred terms in float32.
      expect(Math.abs(forward - reverse) / scale).toBeLessThan(1e-6);
      expect(Math.abs(forward) / scale).toBeGreaterThan(1e-4);
    }
  });
});

test("moves with the parameters that `hold` found", () => {
  const { network, x, workspace, tangent, block } = built({ hidden: [6], activation: "tanh" });
  const direction = block();
  const [before, stale, after] = [0, 1, 2].map(() => BACKEND.tensor(ROWS, OUTPUTS));
  network.forward(x, workspace);
  tangent.forward(x, workspace, direction, before);
  BACKEND.vectors.copy(network.parameters, block());
  tangent.forward(x, workspace, direction, stale);
  expect(numbers(stale)).toEqual(numbers(before));
  network.forward(x, workspace);
  tangent.hold();
  tangent.forward(x, workspace, direction, after);
  expect(numbers(after)).not.toEqual(numbers(before));
});

test("fewer rows than planned give the same rows", () => {
  const { network, x, workspace, tangent, block } = built({ hidden: [6], activation: "silu", layerNorm: true });
  const direction = block();
  const [every, some] = [0, 1].map(() => BACKEND.tensor(ROWS, OUTPUTS));
  network.forward(x, workspace);
  tangent.forward(x, workspace, direction, every);
  tangent.forward(x, workspace, direction, some, 2);
  expect(numbers(some).slice(0, 6)).toEqual(numbers(every).slice(0, 6));
  expect(numbers(some).slice(6)).toEqual(new Float32Array(9));
});
