// Updates that PyTorch computed (data/pytorch-updates.json), through the operations of every backend.
// What the recordings take for granted: weights are [out, in]; params is weight, bias, weight, bias ... in layer order; the
// last layer of a dueling network has 1 + A outputs, value first; td_error is q - target.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { Batch, ParameterSpec, Parameters, Tensor } from "../../src/operations/handles.ts";
import type { Activation } from "../../src/operations/layers.ts";
import { type TdLoss, VALUE_METRICS, ValueMetric } from "../../src/operations/value-loss.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, now } from "./compare.ts";
import { readRecording } from "./recordings.ts";

/** Relative to max(1, |expected|): a few hundred float32 roundings in another order. */
const VALUE_TOLERANCE = 1e-5;
/** Adam divides by the root of tiny second moments, which amplifies the differences of ten updates. */
const PARAMETER_TOLERANCE = 1e-4;

interface Recorded {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface DenseCase {
  readonly name: string;
  readonly kind: "dense";
  readonly activation: Activation;
  readonly weight: Recorded;
  readonly bias: readonly number[];
  readonly x: Recorded;
  readonly dy: Recorded;
  readonly y: readonly number[];
  readonly dx: readonly number[];
  readonly dweight: readonly number[];
  readonly dbias: readonly number[];
}

interface LayerNormCase {
  readonly name: string;
  readonly kind: "layer-norm";
  readonly eps: number;
  readonly weight: readonly number[];
  readonly bias: readonly number[];
  readonly x: Recorded;
  readonly dy: readonly number[];
  readonly y: readonly number[];
  readonly dx: readonly number[];
  readonly dweight: readonly number[];
  readonly dbias: readonly number[];
}

interface DqnCase {
  readonly name: string;
  readonly kind: "dqn";
  readonly dims: readonly number[];
  readonly activation: Activation;
  readonly loss: TdLoss;
  readonly double: boolean;
  readonly dueling: boolean;
  readonly max_grad_norm: number | null;
  readonly tau: number;
  readonly lr: number;
  readonly weight_decay: number;
  readonly adam_eps: number;
  readonly params: readonly Recorded[];
  readonly target_params: readonly Recorded[];
  readonly batches: readonly {
    readonly obs: Recorded;
    readonly action: Recorded;
    readonly reward: Recorded;
    readonly next_obs: Recorded;
    readonly discount: Recorded;
    readonly terminated: Recorded;
    readonly weight: Recorded;
  }[];
  readonly expected: readonly {
    readonly q_taken: readonly number[];
    readonly target: readonly number[];
    readonly td_error: readonly number[];
    readonly loss: number;
    readonly grad_norm?: number;
    /** The arrays are recorded for some updates only. */
    readonly grads_before_clip?: readonly Recorded[];
    readonly params?: readonly Recorded[];
    readonly target_params?: readonly Recorded[];
  }[];
}

interface GaeCase {
  readonly name: string;
  readonly kind: "gae";
  readonly gamma: number;
  readonly lam: number;
  readonly steps: number;
  readonly envs: number;
  /** [steps, envs], as all arrays here. */
  readonly reward: readonly number[];
  readonly value: readonly number[];
  readonly next_value: readonly number[];
  readonly terminated: readonly number[];
  readonly truncated: readonly number[];
  readonly advantage: readonly number[];
  readonly returns: readonly number[];
}

interface ConvolutionCase {
  readonly name: string;
  readonly kind: "conv2d";
  readonly stride: number;
  /** [O, C, k, k] */
  readonly weight: Recorded;
  readonly bias: readonly number[];
  /** [B, C, H, W] */
  readonly x: Recorded;
  readonly dy: Recorded;
  readonly y: readonly number[];
  readonly dx: readonly number[];
  readonly dweight: readonly number[];
  readonly dbias: readonly number[];
}

interface OtherCase {
  readonly name: string;
  readonly kind: "c51" | "qr-dqn" | "ppo";
}

const { cases } = readRecording<{
  cases: (DenseCase | LayerNormCase | ConvolutionCase | DqnCase | GaeCase | OtherCase)[];
}>("pytorch-updates.json");

function tensorOf(backend: Backend, rows: number, columns: number, values: ArrayLike<number>): Tensor {
  const tensor = backend.tensor(rows, columns);
  backend.write(tensor, values);
  return tensor;
}

function runDense(backend: Backend, recorded: DenseCase): void {
  const [B, I] = recorded.x.shape;
  const [O] = recorded.weight.shape;
  const specs: ParameterSpec[] = [
    { name: "weight", shape: [O, I] },
    { name: "bias", shape: [O] },
  ];
  const parameters = backend.parameters(specs);
  const gradients = backend.parameters(specs);
  backend.writeParameter(parameters, 0, recorded.weight.data);
  backend.writeParameter(parameters, 1, recorded.bias);
  const x = tensorOf(backend, B, I, recorded.x.data);
  const dy = tensorOf(backend, B, O, recorded.dy.data);
  const [y, z, dx] = [backend.tensor(B, O), backend.tensor(B, O), backend.tensor(B, I)];
  backend.layers.denseForward(B, x, parameters, 0, 1, recorded.activation, y, z);
  backend.layers.denseBackward(B, x, y, z, dy, parameters, 0, 1, recorded.activation, gradients, dx);
  expectClose("y", now(backend.read(y)), recorded.y, VALUE_TOLERANCE);
  expectClose("dx", now(backend.read(dx)), recorded.dx, VALUE_TOLERANCE);
  expectClose("dweight", now(backend.readParameter(gradients, 0)), recorded.dweight, VALUE_TOLERANCE);
  expectClose("dbias", now(backend.readParameter(gradients, 1)), recorded.dbias, VALUE_TOLERANCE);
}

function runConvolution(backend: Backend, recorded: ConvolutionCase): void {
  const [B, channels, height, width] = recorded.x.shape;
  const [filters, , kernel] = recorded.weight.shape;
  const { stride } = recorded;
  const layer = backend.convolution.plan({ channels, height, width, filters, kernel, stride, scale: 1 });
  const specs: ParameterSpec[] = [
    { name: "weight", shape: [filters, channels * kernel * kernel] },
    { name: "bias", shape: [filters] },
  ];
  const parameters = backend.parameters(specs);
  const gradients = backend.parameters(specs);
  backend.writeParameter(parameters, 0, recorded.weight.data);
  backend.writeParameter(parameters, 1, recorded.bias);
  const inputs = channels * height * width;
  const x = tensorOf(backend, B, inputs, recorded.x.data);
  const dy = tensorOf(backend, B, layer.outputs, recorded.dy.data);
  const [y, dx] = [backend.tensor(B, layer.outputs), backend.tensor(B, inputs)];
  backend.convolution.forward(B, layer, x, parameters, 0, 1, "identity", y, null);
  backend.convolution.backward(B, layer, x, y, null, dy, parameters, 0, 1, "identity", gradients, dx);
  expectClose("y", now(backend.read(y)), recorded.y, VALUE_TOLERANCE);
  expectClose("dx", now(backend.read(dx)), recorded.dx, VALUE_TOLERANCE);
  expectClose("dweight", now(backend.readParameter(gradients, 0)), recorded.dweight, VALUE_TOLERANCE);
  expectClose("dbias", now(backend.readParameter(gradients, 1)), recorded.dbias, VALUE_TOLERANCE);
}

function runLayerNorm(backend: Backend, recorded: LayerNormCase): void {
  const [B, O] = recorded.x.shape;
  const specs: ParameterSpec[] = [
    { name: "scale", shape: [O] },
    { name: "shift", shape: [O] },
  ];
  const parameters = backend.parameters(specs);
  const gradients = backend.parameters(specs);
  backend.writeParameter(parameters, 0, recorded.weight);
  backend.writeParameter(parameters, 1, recorded.bias);
  const x = tensorOf(backend, B, O, recorded.x.data);
  const dy = tensorOf(backend, B, O, recorded.dy);
  const [y, statistics] = [backend.tensor(B, O), backend.tensor(B, 2)];
  backend.layers.layerNormForward(B, x, parameters, 0, 1, recorded.eps, y, statistics);
  backend.layers.layerNormBackward(B, x, statistics, dy, parameters, 0, 1, gradients, dy);
  expectClose("y", now(backend.read(y)), recorded.y, VALUE_TOLERANCE);
  expectClose("dx", now(backend.read(dy)), recorded.dx, VALUE_TOLERANCE);
  expectClose("dscale", now(backend.readParameter(gradients, 0)), recorded.dweight, VALUE_TOLERANCE);
  expectClose("dshift", now(backend.readParameter(gradients, 1)), recorded.dbias, VALUE_TOLERANCE);
}

/** Values of one pass through a network: the input, and z, y and dy of every layer. */
class Pass {
  readonly layers: readonly { readonly z: Tensor; readonly y: Tensor; readonly dy: Tensor }[];
  readonly q: Tensor;

  constructor(backend: Backend, B: number, widths: readonly number[], actions: number) {
    this.layers = widths.map((width) => ({
      z: backend.tensor(B, width),
      y: backend.tensor(B, width),
      dy: backend.tensor(B, width),
    }));
    this.q = backend.tensor(B, actions);
  }
}

class QNetwork {
  readonly #backend: Backend;
  readonly #recorded: DqnCase;
  readonly specs: readonly ParameterSpec[];
  readonly widths: readonly number[];

  constructor(backend: Backend, recorded: DqnCase) {
    this.#backend = backend;
    this.#recorded = recorded;
    this.specs = recorded.params.map((array, k) => ({
      name: `${k}`,
      shape: array.shape as unknown as ParameterSpec["shape"],
    }));
    this.widths = recorded.params.filter((array) => array.shape.length === 2).map((array) => array.shape[0]);
  }

  get actions(): number {
    return this.widths[this.widths.length - 1] - (this.#recorded.dueling ? 1 : 0);
  }

  #activation(layer: number): Activation {
    return layer === this.widths.length - 1 ? "identity" : this.#recorded.activation;
  }

  parameters(values: readonly Recorded[]): Parameters {
    const parameters = this.#backend.parameters(this.specs);
    values.forEach((array, k) => {
      this.#backend.writeParameter(parameters, k, array.data);
    });
    return parameters;
  }

  /** @returns Q values */
  forward(B: number, parameters: Parameters, observation: Tensor, pass: Pass): Tensor {
    let x = observation;
    for (const [k, { y, z }] of pass.layers.entries()) {
      this.#backend.layers.denseForward(B, x, parameters, 2 * k, 2 * k + 1, this.#activation(k), y, z);
      x = y;
    }
    if (!this.#recorded.dueling) return x;
    this.#backend.layers.duelingForward(B, x, pass.q);
    return pass.q;
  }

  backward(
    B: number,
    parameters: Parameters,
    observation: Tensor,
    pass: Pass,
    dQ: Tensor,
    gradients: Parameters,
  ): void {
    const last = pass.layers.length - 1;
    if (this.#recorded.dueling) this.#backend.layers.duelingBackward(B, dQ, pass.layers[last].dy);
    for (let k = last; k >= 0; k--) {
      const x = k === 0 ? observation : pass.layers[k - 1].y;
      const dx = k === 0 ? null : pass.layers[k - 1].dy;
      const dy = k === last && !this.#recorded.dueling ? dQ : pass.layers[k].dy;
      const { y, z } = pass.layers[k];
      this.#backend.layers.denseBackward(
        B,
        x,
        y,
        z,
        dy,
        parameters,
        2 * k,
        2 * k + 1,
        this.#activation(k),
        gradients,
        dx,
      );
    }
  }
}

function runDqn(backend: Backend, recorded: DqnCase): void {
  const [B, I] = recorded.batches[0].obs.shape;
  const network = new QNetwork(backend, recorded);
  const A = network.actions;
  const online = network.parameters(recorded.params);
  const target = network.parameters(recorded.target_params);
  const [gradients, m, v] = [0, 1, 2].map(() => backend.parameters(network.specs));
  const passes = [0, 1, 2].map(() => new Pass(backend, B, network.widths, A));
  const batch: Batch = {
    observation: backend.tensor(B, I),
    action: backend.tensor(B, 1),
    reward: backend.tensor(B, 1),
    nextObservation: backend.tensor(B, I),
    discount: backend.tensor(B, 1),
    weight: backend.tensor(B, 1),
    index: backend.tensor(B, 1),
  };
  const [dQ, targetValue, absError] = [backend.tensor(B, A), backend.tensor(B, 1), backend.tensor(B, 1)];
  const [metrics, norm] = [backend.tensor(1, VALUE_METRICS), backend.tensor(1, 2)];
  const metric = (column: number): number[] => [now(backend.read(metrics))[column]];

  // Nothing below may pass because it was not recorded.
  const last = recorded.expected.length - 1;
  expect(recorded.batches).toHaveLength(last + 1);
  expect(recorded.expected[0].grads_before_clip).toHaveLength(recorded.params.length);
  expect(recorded.expected[last].params).toHaveLength(recorded.params.length);
  expect(recorded.expected[last].target_params).toHaveLength(recorded.params.length);

  recorded.batches.forEach((inputs, update) => {
    const expected = recorded.expected[update];
    const what = `update ${update + 1}: `;
    backend.write(batch.observation, inputs.obs.data);
    backend.write(batch.action, inputs.action.data);
    backend.write(batch.reward, inputs.reward.data);
    backend.write(batch.nextObservation, inputs.next_obs.data);
    backend.write(
      batch.discount,
      inputs.discount.data.map((discount, b) => discount * (1 - inputs.terminated.data[b])),
    );
    backend.write(batch.weight, inputs.weight.data);

    const q = network.forward(B, online, batch.observation, passes[0]);
    const nextQ = network.forward(B, target, batch.nextObservation, passes[1]);
    const selectionQ = recorded.double ? network.forward(B, online, batch.nextObservation, passes[2]) : null;
    const taken = now(backend.read(q)).filter((_, k) => k % A === inputs.action.data[Math.floor(k / A)]);
    expectClose(`${what}q taken`, taken, expected.q_taken, VALUE_TOLERANCE);

    backend.valueLoss.td(B, {
      q,
      nextQ,
      selectionQ,
      batch,
      loss: recorded.loss,
      dQ,
      target: targetValue,
      absError,
      metrics,
    });
    expectClose(`${what}target`, now(backend.read(targetValue)), expected.target, VALUE_TOLERANCE);
    expectClose(`${what}|error|`, now(backend.read(absError)), expected.td_error.map(Math.abs), VALUE_TOLERANCE);
    expectClose(`${what}loss`, metric(ValueMetric.loss), [expected.loss], VALUE_TOLERANCE);
    const meanQ = expected.q_taken.reduce((sum, value) => sum + value, 0) / B;
    expectClose(`${what}mean q`, metric(ValueMetric.meanQ), [meanQ], VALUE_TOLERANCE);

    network.backward(B, online, batch.observation, passes[0], dQ, gradients);
    expected.grads_before_clip?.forEach((array, k) => {
      expectClose(`${what}gradient ${k}`, now(backend.readParameter(gradients, k)), array.data, VALUE_TOLERANCE);
    });
    if (recorded.max_grad_norm !== null) {
      backend.vectors.clipNorm(gradients, recorded.max_grad_norm, norm);
      expectClose(`${what}norm`, [now(backend.read(norm))[0]], [expected.grad_norm as number], VALUE_TOLERANCE);
    }
    backend.optimizers.adam(online, gradients, m, v, {
      learningRate: recorded.lr,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: recorded.adam_eps,
      weightDecay: recorded.weight_decay,
      biasCorrection1: 1 - 0.9 ** (update + 1),
      biasCorrection2: 1 - 0.999 ** (update + 1),
    });
    backend.vectors.polyak(target, online, recorded.tau);
    expected.params?.forEach((array, k) => {
      expectClose(`${what}parameter ${k}`, now(backend.readParameter(online, k)), array.data, PARAMETER_TOLERANCE);
    });
    expected.target_params?.forEach((array, k) => {
      expectClose(`${what}target ${k}`, now(backend.readParameter(target, k)), array.data, PARAMETER_TOLERANCE);
    });
  });
}

function runGae(backend: Backend, recorded: GaeCase): void {
  const { steps, envs } = recorded;
  const of = (values: readonly number[]): Tensor => tensorOf(backend, steps, envs, values);
  const [advantage, returns] = [backend.tensor(steps, envs), backend.tensor(steps, envs)];
  backend.rollout.gae(steps, {
    reward: of(recorded.reward),
    value: of(recorded.value),
    nextValue: of(recorded.next_value),
    terminated: of(recorded.terminated),
    truncated: of(recorded.truncated),
    discount: recorded.gamma,
    lambda: recorded.lam,
    advantage,
    returns,
  });
  expectClose("advantage", now(backend.read(advantage)), recorded.advantage, VALUE_TOLERANCE);
  expectClose("returns", now(backend.read(returns)), recorded.returns, VALUE_TOLERANCE);
}

test("the recording holds every kind that the suite knows", () => {
  expect([...new Set(cases.map(({ kind }) => kind))].sort()).toEqual(
    ["c51", "conv2d", "dense", "dqn", "gae", "layer-norm", "ppo", "qr-dqn"].sort(),
  );
});

describe.each(BACKENDS)("$name equals PyTorch", ({ create }) => {
  for (const recorded of cases) {
    if (recorded.kind === "dense") test(recorded.name, () => runDense(create(), recorded));
    else if (recorded.kind === "layer-norm") test(recorded.name, () => runLayerNorm(create(), recorded));
    else if (recorded.kind === "conv2d") test(recorded.name, () => runConvolution(create(), recorded));
    else if (recorded.kind === "dqn") test(recorded.name, () => runDqn(create(), recorded));
    else if (recorded.kind === "gae") test(recorded.name, () => runGae(create(), recorded));
    // The others: pytorch-distributional.test.ts, pytorch-policy.test.ts.
  }
});
