// What the operations mean, from facts that do not come from this library: known values, identities and closed forms.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { Batch, ParameterSpec, Parameters, Tensor } from "../../src/operations/handles.ts";
import type { Activation } from "../../src/operations/layers.ts";
import { type TdUpdate, VALUE_METRICS, ValueMetric } from "../../src/operations/value-loss.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, expectSameBits, now } from "./compare.ts";
import { Sampler } from "./sampler.ts";

/** A few roundings of numbers of order one. */
const ROUNDING = 1e-6;

function tensorOf(backend: Backend, rows: number, columns: number, values: ArrayLike<number>): Tensor {
  const tensor = backend.tensor(rows, columns);
  backend.write(tensor, values);
  return tensor;
}

function vector(backend: Backend, values: ArrayLike<number>): Parameters {
  const specs: ParameterSpec[] = [{ name: "vector", shape: [values.length] }];
  const parameters = backend.parameters(specs);
  backend.writeParameter(parameters, 0, values);
  return parameters;
}

function read(backend: Backend, parameters: Parameters): Float32Array {
  return now(backend.readParameter(parameters, 0));
}

/** |actual - exact| in units of the last place of the float32 nearest to exact. */
function ulps(actual: number, exact: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(exact))), -126);
  return Math.abs(actual - exact) / 2 ** (exponent - 23);
}

function td(backend: Backend, fields: Record<string, readonly number[]>, A: number): TdUpdate & { batch: Batch } {
  const B = fields.action.length;
  const column = (values: readonly number[] | undefined): Tensor => tensorOf(backend, B, 1, values ?? Array(B).fill(1));
  return {
    q: tensorOf(backend, B, A, fields.q),
    nextQ: tensorOf(backend, B, A, fields.nextQ),
    selectionQ: fields.selectionQ ? tensorOf(backend, B, A, fields.selectionQ) : null,
    batch: {
      observation: backend.tensor(B, 1),
      nextObservation: backend.tensor(B, 1),
      index: backend.tensor(B, 1),
      action: column(fields.action),
      reward: column(fields.reward),
      discount: column(fields.discount),
      weight: column(fields.weight),
    },
    loss: "mse",
    dQ: backend.tensor(B, A),
    target: backend.tensor(B, 1),
    absError: backend.tensor(B, 1),
    metrics: backend.tensor(1, VALUE_METRICS),
  };
}

describe.each(BACKENDS)("$name", ({ create, tolerance }) => {
  test("a scaled sum adds to the rows it is asked for, with two roundings", async () => {
    const backend = create();
    const x = tensorOf(backend, 3, 2, [1, 2, 3, 4, 5, 6]);
    const y = tensorOf(backend, 3, 2, [10, 20, 30, 40, 50, 60]);
    backend.rows.addScaled(2, x, 0.1, y);
    const scale = Math.fround(0.1);
    const sums = [10, 20, 30, 40].map((from, k) => Math.fround(from + Math.fround(scale * (k + 1))));
    expectClose("y", await backend.read(y), [...sums, 50, 60], tolerance);
  });

  test.each([
    ["tanh", Math.tanh, 3, 12],
    ["sigmoid", (x: number): number => 1 / (1 + Math.exp(-x)), 4, 80],
  ] as const)("%s is within its stated ULP over 200000 numbers", (activation, exact, bound, range) => {
    const backend = create();
    const n = 200_000;
    // Half of them even over the range, half over every magnitude.
    const values = Float32Array.from({ length: n }, (_, k) =>
      k % 2 === 0 ? ((k / n) * 2 - 1) * range : (k % 4 === 1 ? -1 : 1) * range * 2 ** (-30 * (k / n)),
    );
    const x = tensorOf(backend, 1000, 200, values);
    backend.layers.activationForward(1000, x, activation, x);
    const worst = now(backend.read(x)).reduce((most, y, k) => Math.max(most, ulps(y, exact(values[k]))), 0);
    expect(worst).toBeLessThanOrEqual(bound);
    expect(worst).toBeGreaterThan(0);
  });

  test.each<[Activation, readonly number[]]>([
    ["identity", [-2, -0.5, 0, 0.5, 2]],
    ["relu", [0, 0, 0, 0.5, 2]],
    // Evaluated in float64 with Python's math.tanh and math.exp from the definitions; gelu is Hendrycks & Gimpel's tanh form.
    ["tanh", [-0.96402758, -0.462117157, 0, 0.462117157, 0.96402758]],
    ["silu", [-0.238405844, -0.188770334, 0, 0.311229666, 1.761594156]],
    ["gelu", [-0.045402306, -0.15428599, 0, 0.34571401, 1.954597694]],
    ["elu", [-0.864664717, -0.39346934, 0, 0.5, 2]],
    ["sigmoid", [0.119202922, 0.377540669, 0.5, 0.622459331, 0.880797078]],
  ])("%s has the values of its definition at -2, -1/2, 0, 1/2, 2", (activation, expected) => {
    const backend = create();
    const x = tensorOf(backend, 1, 5, [-2, -0.5, 0, 0.5, 2]);
    backend.layers.activationForward(1, x, activation, x);
    expectClose(activation, now(backend.read(x)), expected, ROUNDING);
  });

  test.each<[Activation, readonly number[]]>([
    ["tanh", [-1, 1, Number.NaN]],
    ["sigmoid", [0, 1, Number.NaN]],
    ["relu", [0, Number.POSITIVE_INFINITY, Number.NaN]],
    ["elu", [-1, Number.POSITIVE_INFINITY, Number.NaN]],
  ])("%s has its limits at -Infinity and Infinity and lets NaN through", (activation, expected) => {
    const backend = create();
    const x = tensorOf(backend, 1, 3, [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN]);
    backend.layers.activationForward(1, x, activation, x);
    // 1 / (1 + exp saturated) instead of 1 / Infinity: 4e-39 instead of 0.
    expectClose(activation, now(backend.read(x)).subarray(0, 1), expected.slice(0, 1), 1e-38);
    expectSameBits(activation, now(backend.read(x)).subarray(1), expected.slice(1));
  });

  test("a dense layer with an identity matrix shows its input plus the bias", () => {
    const backend = create();
    const specs: ParameterSpec[] = [
      { name: "weight", shape: [3, 3] },
      { name: "bias", shape: [3] },
    ];
    const parameters = backend.parameters(specs);
    backend.writeParameter(parameters, 0, [1, 0, 0, 0, 1, 0, 0, 0, 1]);
    backend.writeParameter(parameters, 1, [10, 20, 30]);
    const y = backend.tensor(2, 3);
    backend.layers.denseForward(2, tensorOf(backend, 2, 3, [1, 2, 3, 4, 5, 6]), parameters, 0, 1, "identity", y, null);
    expectSameBits("y", now(backend.read(y)), [11, 22, 33, 14, 25, 36]);
  });

  test("layer norm makes rows of mean 0 and variance 1", () => {
    const backend = create();
    const O = 37;
    const specs: ParameterSpec[] = [
      { name: "scale", shape: [O] },
      { name: "shift", shape: [O] },
    ];
    const parameters = backend.parameters(specs);
    backend.writeParameter(parameters, 0, new Float32Array(O).fill(1));
    const x = tensorOf(
      backend,
      4,
      O,
      new Sampler(1).values(4 * O).map((value) => 100 + 10 * value),
    );
    const statistics = backend.tensor(4, 2);
    backend.layers.layerNormForward(4, x, parameters, 0, 1, 0, x, statistics);
    const y = now(backend.read(x));
    for (let b = 0; b < 4; b++) {
      const row = y.subarray(b * O, (b + 1) * O);
      const mean = row.reduce((sum, value) => sum + value, 0) / O;
      const variance = row.reduce((sum, value) => sum + value * value, 0) / O;
      expectClose(`row ${b}`, [mean, variance], [0, 1], 1e-5);
    }
  });

  test("the dueling head has the value as its mean", () => {
    const backend = create();
    const q = backend.tensor(1, 4);
    backend.layers.duelingForward(1, tensorOf(backend, 1, 5, [3, 1, 2, 3, 6]), q);
    expectSameBits("q", now(backend.read(q)), [1, 2, 3, 6]);
  });

  test("softmax rows sum to 1, even of huge numbers, and logSoftmax is their logarithm", () => {
    const backend = create();
    const [B, O] = [16, 9];
    const values = new Sampler(2).values(B * O).map((value, k) => value * 10 ** (k % 5));
    const [x, y, log] = [tensorOf(backend, B, O, values), backend.tensor(B, O), backend.tensor(B, O)];
    backend.rows.softmax(B, x, y);
    backend.rows.logSoftmax(B, x, log);
    const shares = now(backend.read(y));
    const logs = now(backend.read(log));
    for (let b = 0; b < B; b++) {
      const sum = shares.subarray(b * O, (b + 1) * O).reduce((total, value) => total + value, 0);
      expectClose(`sum of row ${b}`, [sum], [1], ROUNDING);
    }
    expectClose("exp of logSoftmax", logs.map(Math.exp), shares, 1e-5);
  });

  test("softmax of 0, ln 2, ln 5 is 1/8, 2/8, 5/8", () => {
    const backend = create();
    const x = tensorOf(backend, 1, 3, [0, Math.LN2, Math.log(5)]);
    backend.rows.softmax(1, x, x);
    expectClose("softmax", now(backend.read(x)), [0.125, 0.25, 0.625], ROUNDING);
  });

  test("argmax takes the first of equals, skips NaN and what the mask forbids", () => {
    const backend = create();
    const rows = [
      [1, 3, 3],
      [Number.NaN, 1, 2],
      [Number.NaN, Number.NaN, Number.NaN],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      [-0, 0, 0],
    ];
    const x = tensorOf(backend, rows.length, 3, rows.flat());
    expect(rows.map((_, row) => backend.rows.argmax(row, x, null))).toEqual([1, 2, 0, 0, 0]);
    const mask = tensorOf(backend, 1, 3, [0, 0, 1]);
    expect(rows.map((_, row) => backend.rows.argmax(row, x, mask))).toEqual([2, 2, 2, 2, 2]);
    backend.write(mask, [0, 0, 0]);
    expect(backend.rows.argmax(0, x, mask)).toBe(-1);
  });

  test("a temporal-difference update computed by hand", () => {
    const backend = create();
    const fields = {
      q: [1, 2, 3, 4],
      nextQ: [10, 20, 8, 6],
      selectionQ: [5, 4, 0, 1],
      action: [0, 1],
      reward: [1, -1],
      discount: [0.5, 0.25],
      weight: [1, 0.5],
    };
    const update = td(backend, fields, 2);
    backend.valueLoss.td(2, update);
    // Row 0: selects 0, target 1 + 0.5 * 10 = 6, error -5. Row 1: selects 1, target -1 + 0.25 * 6 = 0.5, error 3.5.
    expectSameBits("target", now(backend.read(update.target)), [6, 0.5]);
    expectSameBits("absError", now(backend.read(update.absError)), [5, 3.5]);
    expectSameBits("dQ", now(backend.read(update.dQ)), [-5, 0, 0, 1.75]);
    expect(backend.latest(update.metrics, ValueMetric.loss)).toBe((25 + 0.5 * 12.25) / 2);
    expect(backend.latest(update.metrics, ValueMetric.meanQ)).toBe(2.5);
    backend.valueLoss.td(2, { ...update, loss: "huber", selectionQ: null });
    // Row 0: target 1 + 0.5 * 20 = 11, error -10, Huber 9.5. Row 1: target -1 + 0.25 * 8 = 1, error 3, Huber 2.5.
    expectSameBits("dQ of Huber", now(backend.read(update.dQ)), [-0.5, 0, 0, 0.25]);
    expect(backend.latest(update.metrics, ValueMetric.loss)).toBe((9.5 + 0.5 * 2.5) / 2);
  });

  test("a terminal transition's target is its reward, whatever the networks say of the next state", () => {
    const backend = create();
    const fields = {
      q: [1, 1, 1, 1],
      nextQ: [Number.NaN, 1, Number.POSITIVE_INFINITY, 0],
      action: [0, 1],
      reward: [0.1, -0.1],
      discount: [0, 0],
    };
    const update = td(backend, fields, 2);
    backend.valueLoss.td(2, update);
    expectSameBits("target", now(backend.read(update.target)), Float32Array.of(0.1, -0.1));
  });

  test("a gradient of norm 5 is clipped to 1, one of norm 0.5 is left alone, and NaN spreads", () => {
    const backend = create();
    const result = backend.tensor(1, 2);
    const clip = (values: readonly number[], maxNorm: number): { g: Float32Array; norm: Float32Array } => {
      const gradients = vector(backend, values);
      backend.vectors.clipNorm(gradients, maxNorm, result);
      return { g: read(backend, gradients), norm: now(backend.read(result)) };
    };
    const long = clip([3, 0, 0, 0, 4], 1);
    expectClose("clipped", long.g, [0.6, 0, 0, 0, 0.8], ROUNDING);
    expectClose("norm and factor", long.norm, [5, 0.2], ROUNDING);
    const short = clip([0.3, 0.4], 1);
    expectSameBits("left alone", short.g, Float32Array.of(0.3, 0.4));
    expect(short.norm[1]).toBe(1);
    expect(clip([1, Number.NaN], 1).g).toEqual(Float32Array.of(Number.NaN, Number.NaN));
  });

  test("Adam's first step is the learning rate against the gradient's sign, whatever its size", () => {
    const backend = create();
    const gradient = [1e-3, -2, 500, 0];
    const parameters = vector(backend, [1, 1, 1, 1]);
    const [m, v] = [vector(backend, [0, 0, 0, 0]), vector(backend, [0, 0, 0, 0])];
    backend.optimizers.adam(parameters, vector(backend, gradient), m, v, {
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-12,
      weightDecay: 0.5,
      biasCorrection1: 1 - 0.9,
      biasCorrection2: 1 - 0.999,
    });
    // Decay first: 1 - 0.1 * 0.5 = 0.95.
    expectClose("parameters", read(backend, parameters), [0.85, 1.05, 0.85, 0.95], 1e-5);
  });

  test("moments below 1e-30 become exactly 0", () => {
    const backend = create();
    const gradients = vector(backend, [0, 0]);
    const [m, v] = [vector(backend, [1.05e-30, 2e-30]), vector(backend, [1e-30, -0])];
    const step = {
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      biasCorrection1: 1,
      biasCorrection2: 1,
    };
    backend.optimizers.adam(vector(backend, [1, 1]), gradients, m, v, step);
    expect(read(backend, m)[0]).toBe(0);
    expectClose("the moment above", [read(backend, m)[1] * 1e30], [1.8], ROUNDING);
    expectSameBits("v", read(backend, v), [0, 0]);
    const target = vector(backend, [1e-30, 1]);
    backend.vectors.polyak(target, gradients, 0.5);
    expectSameBits("target", read(backend, target), [0, 0.5]);
  });

  test("RMSProp's averages of a constant gradient follow their geometric series", () => {
    const backend = create();
    const [alpha, learningRate, g] = [0.9, 0.01, 2];
    for (const centred of [false, true]) {
      const parameters = vector(backend, [0]);
      const [v, mean] = [vector(backend, [0]), vector(backend, [0])];
      let p = 0;
      for (let t = 1; t <= 20; t++) {
        backend.optimizers.rmsprop(parameters, vector(backend, [g]), v, centred ? mean : null, {
          learningRate,
          alpha,
          epsilon: 0.01,
        });
        const left = alpha ** t;
        const spread = g * g * (1 - left) - (centred ? (g * (1 - left)) ** 2 : 0);
        p -= (learningRate * g) / (Math.sqrt(spread) + 0.01);
        expectClose(`v after ${t}`, read(backend, v), [g * g * (1 - left)], 1e-5);
        expectClose(`mean after ${t}`, read(backend, mean), [centred ? g * (1 - left) : 0], 1e-5);
      }
      expectClose("parameter", read(backend, parameters), [p], 1e-5);
    }
  });

  test("momentum on a constant gradient follows its geometric series", () => {
    const backend = create();
    const parameters = vector(backend, [0]);
    const velocity = vector(backend, [0]);
    for (let t = 0; t < 20; t++) backend.optimizers.sgd(parameters, vector(backend, [3]), velocity, 0.01, 0.8);
    expectClose("velocity", read(backend, velocity), [(3 * (1 - 0.8 ** 20)) / 0.2], 1e-5);
    backend.optimizers.sgd(parameters, vector(backend, [3]), null, 0.5, 0.8);
    const travelled = (20 - (0.8 * (1 - 0.8 ** 20)) / 0.2) / 0.2;
    expectClose("parameter", read(backend, parameters), [-0.01 * 3 * travelled - 1.5], 1e-5);
  });

  test("a target network closes in geometrically, and at once with tau 1", () => {
    const backend = create();
    const online = vector(backend, [1, -3, 0.1]);
    const target = vector(backend, [0, 5, 7e30]);
    for (let t = 0; t < 30; t++) backend.vectors.polyak(target, online, 0.1);
    const left = 0.9 ** 30;
    expectClose("target", read(backend, target).subarray(0, 2), [1 - left, -3 + 8 * left], 1e-5);
    backend.vectors.polyak(target, online, 1);
    expectSameBits("copied", read(backend, target), read(backend, online));
  });

  test("replay memory gives back what was stored, and only that", () => {
    const backend = create();
    const memory = backend.replay.plan({
      capacity: 8,
      observationSize: 2,
      observationStorage: "float32",
      actionSize: 1,
    });
    expect(memory.bytes).toBeGreaterThanOrEqual(8 * 4 * (2 + 2 + 1 + 1 + 1));
    for (let slot = 0; slot < 5; slot++) {
      const [observation, next] = [Float32Array.of(slot, slot + 0.5), Float32Array.of(slot + 1, slot + 1.5)];
      const sums = Float64Array.of(10 * slot, slot === 4 ? 0 : 0.99);
      backend.replay.store(memory, slot, observation, Float32Array.of(slot % 2), sums, next);
    }
    const B = 400;
    const [observations, actions, rewards, nexts, discounts, weights, indices] = [2, 1, 1, 2, 1, 1, 1].map((columns) =>
      backend.tensor(B, columns),
    );
    const batch: Batch = {
      observation: observations,
      action: actions,
      reward: rewards,
      nextObservation: nexts,
      discount: discounts,
      weight: weights,
      index: indices,
    };
    backend.replay.sample(memory, backend.random.stream(1, "replay"), 5, B, batch);
    const slots = Array.from(now(backend.read(indices)));
    expect(new Set(slots)).toEqual(new Set([0, 1, 2, 3, 4]));
    expectSameBits(
      "observations",
      now(backend.read(observations)),
      slots.flatMap((slot) => [slot, slot + 0.5]),
    );
    expectSameBits(
      "next",
      now(backend.read(nexts)),
      slots.flatMap((slot) => [slot + 1, slot + 1.5]),
    );
    expectSameBits(
      "actions",
      now(backend.read(actions)),
      slots.map((slot) => slot % 2),
    );
    expectSameBits(
      "rewards",
      now(backend.read(rewards)),
      slots.map((slot) => 10 * slot),
    );
    expectSameBits(
      "discounts",
      now(backend.read(discounts)),
      slots.map((slot) => Math.fround(slot === 4 ? 0 : 0.99)),
    );
    expectSameBits(
      "weights",
      now(backend.read(weights)),
      slots.map(() => 1),
    );
  });

  test("one-hot storage gives back the whole row", () => {
    const backend = create();
    const memory = backend.replay.plan({
      capacity: 2,
      observationSize: 5,
      observationStorage: "one-hot",
      actionSize: 1,
    });
    const [row, next] = [Float32Array.of(0, 0, 0, 1, 0), Float32Array.of(1, 0, 0, 0, 0)];
    backend.replay.store(memory, 1, row, new Float32Array(1), new Float64Array(2), next);
    const [observation, action, reward, nextObservation, discount, weight, index] = [5, 1, 1, 5, 1, 1, 1].map(
      (columns) => tensorOf(backend, 1, columns, Array(columns).fill(9)),
    );
    backend.write(index, [1]);
    backend.replay.gather(memory, 1, { observation, action, reward, nextObservation, discount, weight, index });
    expectSameBits("observation", now(backend.read(observation)), [0, 0, 0, 1, 0]);
    expectSameBits("next observation", now(backend.read(nextObservation)), [1, 0, 0, 0, 0]);
    expectSameBits("weight, left alone", now(backend.read(weight)), [9]);
  });

  test("uint8 storage cuts off fractions and keeps to 0..255; one-hot storage keeps an index", () => {
    const backend = create();
    const store = (storage: "uint8" | "one-hot", values: readonly number[]): ArrayLike<number> => {
      const spec = { capacity: 1, observationSize: values.length, observationStorage: storage, actionSize: 1 };
      const memory = backend.replay.plan(spec);
      const row = Float32Array.from(values);
      backend.replay.store(memory, 0, row, new Float32Array(1), new Float64Array(2), row);
      return backend.replay.read(memory, 1).nextObservation;
    };
    const bytes = store("uint8", [0, 0.99, 1.5, 254.999, 255, 256, 1e10, -1, Number.NaN]);
    expect(bytes).toEqual(Uint8Array.of(0, 0, 1, 254, 255, 255, 255, 0, 0));
    expect(store("one-hot", [0, 0, 1, 0])).toEqual(Uint32Array.of(2));
  });

  test("bytes grow with every plan", () => {
    const backend = create();
    const before = backend.bytes;
    backend.tensor(100, 10);
    expect(backend.bytes - before).toBeGreaterThanOrEqual(4000);
  });
});
