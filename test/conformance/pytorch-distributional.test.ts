// Updates of C51 and QR-DQN that PyTorch computed (data/pytorch-updates.json), through the operations of every backend.
// What the recordings take for granted: as in pytorch.test.ts; output unit = action x atoms + atom.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { Batch, ParameterSpec, Parameters, Tensor } from "../../src/operations/handles.ts";
import type { Activation } from "../../src/operations/layers.ts";
import { VALUE_METRICS, ValueMetric } from "../../src/operations/value-loss.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, now } from "./compare.ts";
import { readRecording } from "./recordings.ts";

/** Relative to max(1, |expected|): a few hundred float32 roundings in another order. */
const VALUE_TOLERANCE = 1e-5;
/** Adam divides by the root of tiny second moments, which amplifies the differences of five updates. */
const PARAMETER_TOLERANCE = 1e-4;

interface Recorded {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface CommonCase {
  readonly name: string;
  readonly actions: number;
  readonly activation: Activation;
  readonly lr: number;
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
}

interface CommonExpected {
  readonly loss: number;
  /** Arrays are recorded for the first update, parameters for the last one too. */
  readonly grads?: readonly Recorded[];
  readonly params?: readonly Recorded[];
}

interface CategoricalCase extends CommonCase {
  readonly kind: "c51";
  readonly atoms: number;
  readonly vmin: number;
  readonly vmax: number;
  readonly double: boolean;
  readonly expected: readonly (CommonExpected & {
    readonly projected: Recorded;
    readonly cross_entropy: readonly number[];
  })[];
}

interface QuantileCase extends CommonCase {
  readonly kind: "qr-dqn";
  readonly quantiles: number;
  readonly kappa: number;
  readonly expected: readonly (CommonExpected & { readonly per_sample: readonly number[] })[];
}

type Case = CategoricalCase | QuantileCase;

const cases = readRecording<{ cases: (Case | { readonly kind: "another" })[] }>("pytorch-updates.json").cases.filter(
  (recorded): recorded is Case => recorded.kind === "c51" || recorded.kind === "qr-dqn",
);

/** A dense network with one set of tensors for the pass over the observations, and two for those over the next ones. */
class RecordedNetwork {
  readonly specs: readonly ParameterSpec[];
  readonly #backend: Backend;
  readonly #activation: Activation;
  readonly #B: number;
  readonly #widths: readonly number[];

  constructor(backend: Backend, recorded: Case) {
    this.#backend = backend;
    this.#activation = recorded.activation;
    this.#B = recorded.batches[0].obs.shape[0];
    this.#widths = recorded.params.filter(({ shape }) => shape.length === 2).map(({ shape }) => shape[0]);
    this.specs = recorded.params.map(({ shape }, k) => ({
      name: `${k}`,
      shape: shape as unknown as ParameterSpec["shape"],
    }));
  }

  parameters(values: readonly Recorded[]): Parameters {
    const parameters = this.#backend.parameters(this.specs);
    for (const [k, { data }] of values.entries()) this.#backend.writeParameter(parameters, k, data);
    return parameters;
  }

  tensors(): Tensor[] {
    return this.#widths.map((width) => this.#backend.tensor(this.#B, width));
  }

  #activationOf(layer: number): Activation {
    return layer === this.#widths.length - 1 ? "identity" : this.#activation;
  }

  forward(parameters: Parameters, observation: Tensor, ys: readonly Tensor[]): Tensor {
    for (const [k, y] of ys.entries()) {
      const x = k === 0 ? observation : ys[k - 1];
      this.#backend.layers.denseForward(this.#B, x, parameters, 2 * k, 2 * k + 1, this.#activationOf(k), y, null);
    }
    return ys[ys.length - 1];
  }

  /** @param dys gradients of ys, of which the last is given */
  backward(
    parameters: Parameters,
    observation: Tensor,
    ys: readonly Tensor[],
    dys: readonly Tensor[],
    gradients: Parameters,
  ): void {
    for (let k = ys.length - 1; k >= 0; k--) {
      const [x, dx] = k === 0 ? [observation, null] : [ys[k - 1], dys[k - 1]];
      const activation = this.#activationOf(k);
      this.#backend.layers.denseBackward(
        this.#B,
        x,
        ys[k],
        null,
        dys[k],
        parameters,
        2 * k,
        2 * k + 1,
        activation,
        gradients,
        dx,
      );
    }
  }
}

/** -sum of m log m. */
function entropy(m: readonly number[]): number {
  return m.reduce((sum, mass) => (mass > 0 ? sum - mass * Math.log(mass) : sum), 0);
}

function run(backend: Backend, recorded: Case): void {
  const [B, I] = recorded.batches[0].obs.shape;
  const A = recorded.actions;
  const network = new RecordedNetwork(backend, recorded);
  const online = network.parameters(recorded.params);
  const target = network.parameters(recorded.target_params);
  const [gradients, m, v] = [0, 1, 2].map(() => backend.parameters(network.specs));
  const [ys, nextYs, selectionYs, dys] = [0, 1, 2, 3].map(() => network.tensors());
  const column = (): Tensor => backend.tensor(B, 1);
  const batch: Batch = {
    observation: backend.tensor(B, I),
    action: column(),
    reward: column(),
    nextObservation: backend.tensor(B, I),
    discount: column(),
    weight: column(),
    index: column(),
  };
  const [selectionQ, q, absError, metrics] = [
    backend.tensor(B, A),
    backend.tensor(B, A),
    column(),
    backend.tensor(1, VALUE_METRICS),
  ];
  const dOutput = dys[dys.length - 1];
  const { returnDistribution } = backend;

  // Nothing below may pass because it was not recorded.
  const last = recorded.expected.length - 1;
  expect(recorded.batches).toHaveLength(last + 1);
  expect(recorded.expected[0].grads).toHaveLength(recorded.params.length);
  expect(recorded.expected[last].params).toHaveLength(recorded.params.length);

  for (const [update, inputs] of recorded.batches.entries()) {
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
    const output = network.forward(online, batch.observation, ys);
    const nextOutput = network.forward(target, batch.nextObservation, nextYs);

    if (recorded.kind === "c51") {
      const { vmin: low, vmax: high, atoms } = recorded;
      const selecting = recorded.double ? network.forward(online, batch.nextObservation, selectionYs) : null;
      if (selecting !== null) returnDistribution.categoricalValues(B, selecting, low, high, atoms, selectionQ);
      returnDistribution.categorical(B, {
        logits: output,
        nextLogits: nextOutput,
        selectionQ: selecting === null ? null : selectionQ,
        batch,
        low,
        high,
        atoms,
        dLogits: dOutput,
        absError,
        metrics,
      });
      const { projected, cross_entropy } = recorded.expected[update];
      const rows = inputs.weight.data.map((_, b) => projected.data.slice(b * atoms, (b + 1) * atoms));
      // m = p - B / weight x gradient; p from the logits.
      const dLogits = now(backend.read(dOutput));
      const logits = now(backend.read(output));
      for (const [b, row] of rows.entries()) {
        const start = (b * A + inputs.action.data[b]) * atoms;
        const e = Array.from(logits.subarray(start, start + atoms), (x) => Math.exp(x));
        const sum = e.reduce((all, x) => all + x, 0);
        const masses = e.map((x, i) => x / sum - (dLogits[start + i] * B) / inputs.weight.data[b]);
        expectClose(`${what}projected ${b}`, masses, row, VALUE_TOLERANCE);
      }
      const divergences = rows.map((row, b) => cross_entropy[b] - entropy(row));
      expectClose(`${what}divergence`, now(backend.read(absError)), divergences, VALUE_TOLERANCE);
      returnDistribution.categoricalValues(B, output, low, high, atoms, q);
    } else {
      const { quantiles, kappa } = recorded;
      returnDistribution.quantile(B, {
        quantiles: output,
        nextQuantiles: nextOutput,
        fractions: null,
        count: quantiles,
        nextCount: quantiles,
        kappa,
        selectionQ: null,
        batch,
        dQuantiles: dOutput,
        absError,
        metrics,
      });
      const { per_sample } = recorded.expected[update];
      expectClose(`${what}loss of samples`, now(backend.read(absError)), per_sample, VALUE_TOLERANCE);
      backend.rows.mean(B, output, quantiles, q);
    }
    const { [ValueMetric.loss]: loss, [ValueMetric.meanQ]: meanQ } = now(backend.read(metrics));
    expectClose(`${what}loss`, [loss], [expected.loss], VALUE_TOLERANCE);
    const values = now(backend.read(q));
    const taken = inputs.action.data.reduce((sum, action, b) => sum + values[b * A + action], 0) / B;
    expectClose(`${what}mean q`, [meanQ], [taken], VALUE_TOLERANCE);

    network.backward(online, batch.observation, ys, dys, gradients);
    for (const [k, { data }] of (expected.grads ?? []).entries()) {
      expectClose(`${what}gradient ${k}`, now(backend.readParameter(gradients, k)), data, VALUE_TOLERANCE);
    }
    backend.optimizers.adam(online, gradients, m, v, {
      learningRate: recorded.lr,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: recorded.adam_eps,
      weightDecay: 0,
      biasCorrection1: 1 - 0.9 ** (update + 1),
      biasCorrection2: 1 - 0.999 ** (update + 1),
    });
    for (const [k, { data }] of (expected.params ?? []).entries()) {
      expectClose(`${what}parameter ${k}`, now(backend.readParameter(online, k)), data, PARAMETER_TOLERANCE);
    }
  }
}

test("the recording holds both kinds, with and without double selection", () => {
  expect(cases.map(({ kind }) => kind)).toEqual(["c51", "c51", "qr-dqn"]);
  expect(cases.filter((recorded) => recorded.kind === "c51").map(({ double }) => double)).toEqual([false, true]);
});

describe.each(BACKENDS)("$name equals PyTorch", ({ create }) => {
  test.each(cases)("$name", (recorded) => run(create(), recorded));
});
