// Backward operations of every backend against central differences of their forward operations.
//
// With loss L = sum of c y, the difference quotient in float32 is off by about 1e-7 |L| / h (rounding of the forward pass)
// and h^2 |L'''| / 6 (truncation); h = 2^-7 keeps both below a tenth of the tolerance for numbers of order one.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { Batch, ParameterSpec, Tensor } from "../../src/operations/handles.ts";
import type { Activation } from "../../src/operations/layers.ts";
import { VALUE_METRICS, ValueMetric } from "../../src/operations/value-loss.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, now } from "./compare.ts";
import { Sampler } from "./sampler.ts";

const H = 1 / 128;
const TOLERANCE = 2e-3;
const ACTIVATIONS: readonly Activation[] = ["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"];

/** Numbers in [-2, 2) that stay away from 0, where relu has no derivative. */
function smoothValues(sampler: Sampler, length: number): Float32Array {
  return Float32Array.from({ length }, () => (sampler.next() < 0.5 ? -1 : 1) * (0.05 + 1.95 * sampler.next()));
}

/** d loss / d values[k] by central differences. */
function differences(values: Float32Array, loss: (values: Float32Array) => number): Float64Array {
  return Float64Array.from(values, (_, k) => {
    const moved = values.slice();
    moved[k] = values[k] + H;
    const above = loss(moved);
    const up = moved[k];
    moved[k] = values[k] - H;
    return (above - loss(moved)) / (up - moved[k]);
  });
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

function tensorOf(backend: Backend, rows: number, columns: number, values: ArrayLike<number>): Tensor {
  const tensor = backend.tensor(rows, columns);
  backend.write(tensor, values);
  return tensor;
}

describe.each(BACKENDS)("$name: gradients equal difference quotients", ({ create }) => {
  test.each(ACTIVATIONS)("of %s", (activation) => {
    const backend = create();
    const n = 64;
    const values = smoothValues(new Sampler(1), n).map((x) => x * 2);
    const [z, y, dy] = [
      backend.tensor(1, n),
      backend.tensor(1, n),
      tensorOf(backend, 1, n, new Float32Array(n).fill(1)),
    ];
    const forward = (inputs: Float32Array): Float32Array => {
      backend.write(z, inputs);
      backend.layers.activationForward(1, z, activation, y);
      return now(backend.read(y));
    };
    const above = forward(values.map((x) => x + H));
    const below = forward(values.map((x) => x - H));
    forward(values);
    backend.layers.activationBackward(1, dy, y, z, activation);
    const expected = above.map((value, k) => (value - below[k]) / (2 * H));
    expectClose("dz", now(backend.read(dy)), expected, TOLERANCE);
  });

  test.each(["identity", "tanh", "gelu", "sigmoid"] as const)("of a dense layer with %s", (activation) => {
    const backend = create();
    const sampler = new Sampler(2);
    const [B, I, O] = [5, 7, 6];
    const specs: ParameterSpec[] = [
      { name: "weight", shape: [O, I] },
      { name: "bias", shape: [O] },
    ];
    const parameters = backend.parameters(specs);
    const gradients = backend.parameters(specs);
    const weight = sampler.values(O * I).map((w) => w / 4);
    const bias = sampler.values(O);
    const input = sampler.values(B * I);
    const c = sampler.values(B * O);
    const [x, y, z, dx] = [backend.tensor(B, I), backend.tensor(B, O), backend.tensor(B, O), backend.tensor(B, I)];
    const loss = (inputs: Float32Array, weights: Float32Array, biases: Float32Array): number => {
      backend.write(x, inputs);
      backend.writeParameter(parameters, 0, weights);
      backend.writeParameter(parameters, 1, biases);
      backend.layers.denseForward(B, x, parameters, 0, 1, activation, y, z);
      return dot(c, now(backend.read(y)));
    };
    const expected = {
      dx: differences(input, (moved) => loss(moved, weight, bias)),
      dW: differences(weight, (moved) => loss(input, moved, bias)),
      dbias: differences(bias, (moved) => loss(input, weight, moved)),
    };
    loss(input, weight, bias);
    backend.layers.denseBackward(B, x, y, z, tensorOf(backend, B, O, c), parameters, 0, 1, activation, gradients, dx);
    expectClose("dx", now(backend.read(dx)), expected.dx, TOLERANCE);
    expectClose("dW", now(backend.readParameter(gradients, 0)), expected.dW, TOLERANCE);
    expectClose("dbias", now(backend.readParameter(gradients, 1)), expected.dbias, TOLERANCE);
  });

  test("of layer norm", () => {
    const backend = create();
    const sampler = new Sampler(3);
    const [B, O] = [4, 7];
    const specs: ParameterSpec[] = [
      { name: "scale", shape: [O] },
      { name: "shift", shape: [O] },
    ];
    const parameters = backend.parameters(specs);
    const gradients = backend.parameters(specs);
    const [scale, shift, input, c] = [O, O, B * O, B * O].map((length) => sampler.values(length));
    const [x, y, dx, statistics] = [O, O, O, 2].map((columns) => backend.tensor(B, columns));
    const loss = (inputs: Float32Array, scales: Float32Array, shifts: Float32Array): number => {
      backend.write(x, inputs);
      backend.writeParameter(parameters, 0, scales);
      backend.writeParameter(parameters, 1, shifts);
      backend.layers.layerNormForward(B, x, parameters, 0, 1, 1e-5, y, statistics);
      return dot(c, now(backend.read(y)));
    };
    const expected = {
      dx: differences(input, (moved) => loss(moved, scale, shift)),
      dscale: differences(scale, (moved) => loss(input, moved, shift)),
      dshift: differences(shift, (moved) => loss(input, scale, moved)),
    };
    loss(input, scale, shift);
    const dy = tensorOf(backend, B, O, c);
    // Gradients are overwritten, not added to.
    backend.writeParameter(gradients, 0, new Float32Array(O).fill(9));
    backend.writeParameter(gradients, 1, new Float32Array(O).fill(9));
    backend.layers.layerNormBackward(B, x, statistics, dy, parameters, 0, 1, gradients, dx);
    expectClose("dx", now(backend.read(dx)), expected.dx, TOLERANCE);
    expectClose("dscale", now(backend.readParameter(gradients, 0)), expected.dscale, TOLERANCE);
    expectClose("dshift", now(backend.readParameter(gradients, 1)), expected.dshift, TOLERANCE);
  });

  test("of the dueling head", () => {
    const backend = create();
    const sampler = new Sampler(4);
    const [B, A] = [3, 5];
    const values = sampler.values(B * (1 + A));
    const c = sampler.values(B * A);
    const [head, q, dHead] = [1 + A, A, 1 + A].map((columns) => backend.tensor(B, columns));
    const expected = differences(values, (moved) => {
      backend.write(head, moved);
      backend.layers.duelingForward(B, head, q);
      return dot(c, now(backend.read(q)));
    });
    backend.layers.duelingBackward(B, tensorOf(backend, B, A, c), dHead);
    expectClose("dHead", now(backend.read(dHead)), expected, TOLERANCE);
  });

  test.each(["mse", "huber"] as const)("of the temporal-difference loss %s", (loss) => {
    const backend = create();
    const sampler = new Sampler(5);
    const [B, A] = [8, 3];
    const values = sampler.values(B * A);
    const q = backend.tensor(B, A);
    const column = (value: () => number): Tensor => tensorOf(backend, B, 1, Float32Array.from({ length: B }, value));
    const batch: Batch = {
      observation: backend.tensor(B, 1),
      nextObservation: backend.tensor(B, 1),
      index: backend.tensor(B, 1),
      action: column(() => sampler.index(A)),
      reward: column(() => 2 * sampler.next()),
      discount: column(() => 0.9),
      weight: column(() => 0.2 + sampler.next()),
    };
    const nextQ = tensorOf(backend, B, A, sampler.values(B * A));
    const [dQ, target, absError] = [A, 1, 1].map((columns) => backend.tensor(B, columns));
    const metrics = backend.tensor(1, VALUE_METRICS);
    const evaluate = (moved: Float32Array): number => {
      backend.write(q, moved);
      backend.valueLoss.td(B, { q, nextQ, selectionQ: null, batch, loss, dQ, target, absError, metrics });
      return backend.latest(metrics, ValueMetric.loss);
    };
    const expected = differences(values, evaluate);
    evaluate(values);
    expectClose("dQ", now(backend.read(dQ)), expected, TOLERANCE);
    // The case means little unless it has errors on both sides of Huber's delta.
    const errors = now(backend.read(absError));
    expect(errors.some((error) => error > 1)).toBe(true);
    expect(errors.some((error) => error < 1)).toBe(true);
  });
});
