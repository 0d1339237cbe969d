import { describe, expect, test } from "vitest";
import { createBackend } from "../../../src/backends/select.ts";
import {
  type ImplicitQuantileKind,
  ImplicitQuantileNetwork,
  type ImplicitQuantileOptions,
  implicitQuantileSpecs,
} from "../../../src/agents/deep-q/implicit-quantile.ts";
import { DEFAULT_NETWORK, type NetworkOptions } from "../../../src/nn/network-options.ts";
import type { Parameters, Tensor } from "../../../src/operations/handles.ts";
import type { Activation } from "../../../src/operations/layers.ts";

const BACKEND = createBackend("test");
const [I, A] = [3, 2];
const DISTRIBUTION: ImplicitQuantileOptions = {
  type: "implicit-quantile",
  quantiles: 3,
  nextQuantiles: 4,
  actingQuantiles: 2,
  cosines: 5,
  kappa: 1,
};

const read = (tensor: Tensor): Float32Array => BACKEND.read(tensor) as Float32Array;
const readParameter = (parameters: Parameters, index: number): Float32Array =>
  BACKEND.readParameter(parameters, index) as Float32Array;

function build(
  options: Partial<NetworkOptions> = {},
  dueling: boolean = false,
): { readonly network: ImplicitQuantileNetwork; readonly x: Tensor; readonly rows: number } {
  const rows = 4;
  const kind: ImplicitQuantileKind = { distribution: DISTRIBUTION, dueling };
  const network = new ImplicitQuantileNetwork(BACKEND, I, A, { ...DEFAULT_NETWORK, hidden: [6, 5], ...options }, kind);
  network.initialize(BACKEND.random.stream(4, "init"));
  const x = BACKEND.tensor(rows, I);
  BACKEND.write(
    x,
    Float32Array.from({ length: rows * I }, (_, i) => ((i * 7) % 11) / 6 - 0.8),
  );
  return { network, x, rows };
}

describe("parameters are named by their part", () => {
  const names = (options: Partial<NetworkOptions>, dueling = false): string[] =>
    implicitQuantileSpecs(4, 2, { ...DEFAULT_NETWORK, ...options }, { distribution: DISTRIBUTION, dueling }).map(
      ({ name, shape }) => `${name} ${shape}`,
    );

  test("two hidden layers: one before the fractions, one behind", () => {
    expect(names({ hidden: [8, 7] })).toEqual([
      "state.0.weight 8,4",
      "state.0.bias 8",
      "fractions.0.weight 8,5",
      "fractions.0.bias 8",
      "values.0.weight 7,8",
      "values.0.bias 7",
      "values.2.weight 2,7",
      "values.2.bias 2",
    ]);
  });
  test("one hidden layer, before the fractions, and layer norm", () => {
    expect(names({ hidden: [8], layerNorm: true }, true)).toEqual([
      "state.0.weight 8,4",
      "state.0.bias 8",
      "state.1.weight 8",
      "state.1.bias 8",
      "fractions.0.weight 8,5",
      "fractions.0.bias 8",
      "values.0.weight 3,8",
      "values.0.bias 3",
    ]);
  });
  test("no hidden layer: the observation itself meets the fractions", () => {
    expect(names({ hidden: [] })).toEqual([
      "fractions.0.weight 4,5",
      "fractions.0.bias 4",
      "values.0.weight 2,4",
      "values.0.bias 2",
    ]);
  });
  test("a network has them", () => {
    const { network } = build({}, true);
    expect(network.specs).toEqual(
      implicitQuantileSpecs(I, A, network.options, { distribution: DISTRIBUTION, dueling: true }),
    );
  });
});

/** f(psi(x) * phi(tau)) of one observation and fraction in float64, for a network without layer norm and with ReLU. */
function quantilesByHand(network: ImplicitQuantileNetwork, observation: ArrayLike<number>, tau: number): number[] {
  const dense = (index: number, input: readonly number[], relu: boolean): number[] => {
    const weight = readParameter(network.parameters, index);
    return Array.from(readParameter(network.parameters, index + 1), (bias, o) => {
      const z = input.reduce((sum, value, i) => sum + value * weight[o * input.length + i], bias);
      return relu ? Math.max(z, 0) : z;
    });
  };
  const psi = dense(0, Array.from(observation), true);
  const phi = dense(
    2,
    Array.from({ length: DISTRIBUTION.cosines }, (_, i) => Math.cos(Math.PI * i * tau)),
    true,
  );
  const hidden = psi.map((value, h) => value * phi[h]);
  const head = dense(6, dense(4, hidden, true), false);
  if (!network.dueling) return head;
  const [value, ...advantages] = head;
  const mean = advantages.reduce((sum, advantage) => sum + advantage, 0) / advantages.length;
  return advantages.map((advantage) => value + advantage - mean);
}

test.each([false, true])("the output is f(psi(x) * phi(tau)), dueling %s, of the fractions it shows", (dueling) => {
  const { network, x, rows } = build({}, dueling);
  const observations = read(x);
  for (const stream of [null, BACKEND.random.stream(1, "fractions")]) {
    if (stream !== null) network.resample(stream);
    for (const training of [false, true]) {
      const workspace = network.workspace(rows, training);
      const N = workspace.count;
      expect(N).toBe(training ? 3 : 2);
      const output = read(network.forward(x, workspace));
      const fractions = read(workspace.fractions);
      for (let b = 0; b < rows; b++) {
        for (let n = 0; n < N; n++) {
          const tau = fractions[b * N + n];
          if (stream === null) expect(tau).toBe(Math.fround((n + 0.5) / N));
          const expected = quantilesByHand(network, observations.subarray(b * I, b * I + I), tau);
          for (let a = 0; a < A; a++) expect(output[(b * A + a) * N + n]).toBeCloseTo(expected[a], 5);
        }
      }
    }
  }
});

test("drawn fractions differ from pass to pass and follow their stream", () => {
  const { network, x, rows } = build();
  const workspace = network.workspace(rows, true);
  const stream = BACKEND.random.stream(1, "fractions");
  const start = BACKEND.random.read(stream);
  network.resample(stream);
  const first = read(network.forward(x, workspace));
  const second = read(network.forward(x, workspace));
  expect(second).not.toEqual(first);
  BACKEND.random.write(stream, start);
  expect(read(network.forward(x, workspace))).toEqual(first);
});

test("a quiet network answers the same every time, after drawing and with borrowed tensors too", () => {
  const { network, x, rows } = build();
  const [acting, learning] = [network.workspace(rows, false), network.workspace(rows, true)];
  const borrowing = network.workspace(rows, false, learning);
  expect(borrowing.count).toBe(DISTRIBUTION.nextQuantiles);
  const quiet = read(network.forward(x, acting));
  const quietBorrowing = read(network.forward(x, borrowing));
  expect(read(network.forward(x, acting))).toEqual(quiet);
  network.resample(BACKEND.random.stream(1, "fractions"));
  for (const workspace of [acting, borrowing, learning]) network.forward(x, workspace);
  network.quiet();
  network.forward(x, learning);
  expect(read(network.forward(x, acting))).toEqual(quiet);
  expect(read(network.forward(x, borrowing))).toEqual(quietBorrowing);
  expect(read(borrowing.fractions).slice(0, 4)).toEqual(Float32Array.of(0.125, 0.375, 0.625, 0.875));
});

test("passes with borrowed tensors give the same numbers", () => {
  const { network, x, rows } = build({ activation: "silu", layerNorm: true }, true);
  const larger: ImplicitQuantileKind = { distribution: { ...DISTRIBUTION, quantiles: 6 }, dueling: true };
  const wide = new ImplicitQuantileNetwork(BACKEND, I, A, network.options, larger);
  BACKEND.vectors.copy(wide.parameters, network.parameters);
  // 4 fractions a row fit into tensors planned for 6, not into those for 3.
  const lent = wide.workspace(rows, true);
  const borrowing = wide.workspace(rows, false, lent);
  expect(borrowing.product).toBe(lent.product);
  const own = network.workspace(rows, true);
  expect(network.workspace(rows, false, own).product).not.toBe(own.product);
  expect(read(wide.forward(x, borrowing))).toEqual(read(network.forward(x, network.workspace(rows, false, own))));
});

test("fewer rows than planned give the same rows", () => {
  const { network, x, rows } = build({ activation: "silu", layerNorm: true }, true);
  const all = read(network.forward(x, network.workspace(rows, false)));
  const workspace = network.workspace(rows, false);
  const some = read(network.forward(x, workspace, 1));
  const size = A * DISTRIBUTION.actingQuantiles;
  expect(some.slice(0, size)).toEqual(all.slice(0, size));
  // The fixed fractions are shown for all rows at once.
  expect(read(network.forward(x, workspace, 3)).slice(0, 3 * size)).toEqual(all.slice(0, 3 * size));
});

describe("the gradient is the slope", () => {
  /** Central differences in float32: half the digits of 2^-24 are left, times sums of a few numbers of size 1. */
  const STEP = 2 ** -8;
  const TOLERANCE = 2e-3;
  const activations: Activation[] = ["tanh", "gelu"];
  const cases = activations.flatMap((activation) =>
    [[], [6], [6, 5], [6, 5, 4]].flatMap((hidden) =>
      [false, true].map((dueling) => ({ activation, hidden, dueling, layerNorm: hidden.length > 1 && dueling })),
    ),
  );
  test.each(cases)("$activation, $hidden, layer norm $layerNorm, dueling $dueling", (options) => {
    const { network, x, rows } = build(options, options.dueling);
    const { parameters, specs } = network;
    const workspace = network.workspace(rows, true);
    const gradients = BACKEND.parameters(specs);
    for (const [index] of specs.entries()) {
      BACKEND.writeParameter(gradients, index, readParameter(gradients, index).fill(9));
    }
    const size = A * workspace.count;
    const factors = Float32Array.from({ length: rows * size }, (_, i) => ((i * 5) % 7) / 3 - 1);
    const loss = (): number =>
      read(network.forward(x, workspace)).reduce((sum, value, i) => sum + value * factors[i], 0);
    loss();
    const dOutput = BACKEND.tensor(rows, size);
    BACKEND.write(dOutput, factors);
    network.backward(x, workspace, dOutput, gradients);
    let wrong = 0;
    let moving = 0;
    for (const [index] of specs.entries()) {
      const gradient = readParameter(gradients, index);
      const values = readParameter(parameters, index);
      for (let i = 0; i < values.length; i++) {
        const at = (offset: number): number => {
          const moved = values.slice();
          moved[i] += offset;
          BACKEND.writeParameter(parameters, index, moved);
          return loss();
        };
        const slope = (at(STEP) - at(-STEP)) / (2 * STEP);
        BACKEND.writeParameter(parameters, index, values);
        if (Math.abs(slope - gradient[i]) > TOLERANCE * Math.max(1, Math.abs(slope))) wrong++;
        if (Math.abs(slope) > 10 * TOLERANCE) moving++;
      }
    }
    // The fractions' layer has ReLU, over whose kink a difference may step.
    expect(wrong).toBeLessThanOrEqual(3);
    expect(moving).toBeGreaterThan(10);
  });
});

test("convolutional layers are refused", () => {
  expect(() => build({ convolution: [{ filters: 16, kernel: 3 }] })).toThrow(
    'network: convolution expected no layers with implicit quantiles, got 1. Learn images with "categorical" or "quantile" distributions.',
  );
});
