// What the distributional operations mean, on every backend: their losses and gradients against the papers' formulas in
// float64, the edges of the projection, the sign of the quantile loss, and return distributions that are known.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { Batch, Tensor } from "../../src/operations/handles.ts";
import type { CategoricalUpdate, QuantileUpdate } from "../../src/operations/return-distribution.ts";
import { VALUE_METRICS, ValueMetric } from "../../src/operations/value-loss.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, expectSameBits, now } from "./compare.ts";
import { output, tensorOf } from "./pair.ts";
import { Sampler } from "./sampler.ts";

/** Of float32 results against float64 ones, for sums of some ten numbers of size 1. */
const TOLERANCE = 1e-5;

/** A batch as plain numbers. */
interface Columns {
  readonly action: readonly number[];
  readonly reward: readonly number[];
  readonly discount: readonly number[];
  readonly weight: readonly number[];
}

function batchOf(backend: Backend, columns: Columns): Batch {
  const B = columns.action.length;
  const column = (values: readonly number[]): Tensor => tensorOf(backend, B, 1, values);
  return {
    observation: backend.tensor(B, 1),
    nextObservation: backend.tensor(B, 1),
    index: backend.tensor(B, 1),
    action: column(columns.action),
    reward: column(columns.reward),
    discount: column(columns.discount),
    weight: column(columns.weight),
  };
}

function randomColumns(sampler: Sampler, B: number, A: number): Columns {
  const numbers = (draw: () => number): number[] => Array.from({ length: B }, () => Math.fround(draw()));
  return {
    action: numbers(() => sampler.index(A)),
    reward: numbers(() => 4 * sampler.next() - 2),
    discount: numbers(() => sampler.pick([0, 0.9, 1])),
    weight: numbers(() => 0.2 + sampler.next()),
  };
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const argmax = (values: readonly number[]): number => values.indexOf(Math.max(...values));

function softmax(x: readonly number[]): number[] {
  const e = x.map((value) => Math.exp(value - Math.max(...x)));
  return e.map((value) => value / sum(e));
}

/** d f / d x[k] in float64; the functions below are smooth where they are tested, or their kinks are missed. */
function differences(x: ArrayLike<number>, f: (x: number[]) => number): number[] {
  const h = 1e-6;
  return Array.from(x, (value, k) => {
    const at = (moved: number): number => f(Array.from(x, (other, j) => (j === k ? moved : other)));
    return (at(value + h) - at(value - h)) / (2 * h);
  });
}

/** Q[a, i] = V[i] + A[a, i] - mean over a, of one row. */
function dueling(head: readonly number[], A: number, N: number): number[] {
  const advantage = (a: number, i: number): number => head[(1 + a) * N + i];
  return range(A * N).map((k) => {
    const i = k % N;
    return head[i] + advantage(Math.floor(k / N), i) - sum(range(A).map((a) => advantage(a, i))) / A;
  });
}

/** The cross-entropy of one sample, with the projection as every atom's triangle over the clipped returns. */
function categoricalLoss(
  logits: readonly number[],
  next: readonly number[],
  [low, high, N]: readonly [number, number, number],
  { action, reward, discount }: { readonly action: number; readonly reward: number; readonly discount: number },
): { readonly loss: number; readonly divergence: number; readonly q: number } {
  const step = (high - low) / (N - 1);
  const atoms = range(N).map((i) => low + i * step);
  const mean = (p: readonly number[]): number => sum(p.map((mass, i) => mass * atoms[i]));
  const ofAction = (x: readonly number[], a: number): number[] => softmax(x.slice(a * N, (a + 1) * N));
  const A = next.length / N;
  const nextP = ofAction(next, argmax(range(A).map((a) => mean(ofAction(next, a)))));
  const target = atoms.map((atom) => {
    const shares = atoms.map((z, j) => {
      const moved = Math.min(Math.max(reward + discount * z, low), high);
      return nextP[j] * Math.max(1 - Math.abs(moved - atom) / step, 0);
    });
    return sum(shares);
  });
  const p = ofAction(logits, action);
  const loss = -sum(target.map((mass, i) => mass * Math.log(p[i])));
  const entropy = -sum(target.map((mass) => (mass > 0 ? mass * Math.log(mass) : 0)));
  return { loss, divergence: loss - entropy, q: mean(p) };
}

function quantileLoss(
  quantiles: readonly number[],
  next: readonly number[],
  [A, kappa]: readonly [number, number],
  fractions: readonly number[],
  { action, reward, discount }: { readonly action: number; readonly reward: number; readonly discount: number },
): { readonly loss: number; readonly q: number } {
  const [N, M] = [quantiles.length / A, next.length / A];
  const means = range(A).map((a) => sum(next.slice(a * M, (a + 1) * M)) / M);
  const chosen = argmax(means);
  const targets = next.slice(chosen * M, (chosen + 1) * M).map((value) => reward + discount * value);
  const taken = quantiles.slice(action * N, (action + 1) * N);
  const huber = (u: number): number => {
    if (kappa === 0) return Math.abs(u);
    return (Math.abs(u) <= kappa ? 0.5 * u * u : kappa * (Math.abs(u) - 0.5 * kappa)) / kappa;
  };
  const rows = taken.map((value, i) => {
    const terms = targets.map((target) => Math.abs(fractions[i] - (target < value ? 1 : 0)) * huber(target - value));
    return sum(terms) / M;
  });
  return { loss: sum(rows), q: sum(taken) / N };
}

const rowsOf = (values: ArrayLike<number>, columns: number): number[][] =>
  range(values.length / columns).map((b) => Array.from(values).slice(b * columns, (b + 1) * columns));

describe.each(BACKENDS)("$name", ({ create }) => {
  describe.each([false, true])("gradients and losses are those of the formula in float64, dueling %s", (isDueling) => {
    const [B, A] = [6, 3];

    /** Runs an update on the outputs of a head, and compares what it wrote with `formula`'s losses of every row. */
    function check(
      N: number,
      columns: Columns,
      update: (backend: Backend, outputs: Tensor, dOutput: Tensor, absError: Tensor, metrics: Tensor) => void,
      formula: (row: readonly number[], b: number) => { loss: number; divergence?: number; q: number },
    ): void {
      const backend = create();
      const sampler = new Sampler(N);
      const width = (isDueling ? 1 + A : A) * N;
      const values = sampler.values(B * width);
      const head = tensorOf(backend, B, width, values);
      const [outputs, dOutput, dHead] = [backend.tensor(B, A * N), backend.tensor(B, A * N), backend.tensor(B, width)];
      const [absError, metrics] = [backend.tensor(B, 1), backend.tensor(1, VALUE_METRICS)];
      if (isDueling) backend.layers.duelingForward(B, head, outputs, N);
      else backend.write(outputs, values);
      update(backend, outputs, dOutput, absError, metrics);
      if (isDueling) backend.layers.duelingBackward(B, dOutput, dHead, N);
      const toOutputs = (row: readonly number[]): readonly number[] => (isDueling ? dueling(row, A, N) : row);
      const heads = rowsOf(values, width);
      const results = heads.map((row, b) => formula(toOutputs(row), b));
      const slopes = heads.flatMap((row, b) =>
        differences(row, (moved) => (columns.weight[b] * formula(toOutputs(moved), b).loss) / B),
      );
      expectClose("gradient", now(backend.read(isDueling ? dHead : dOutput)), slopes, TOLERANCE);
      expectClose(
        "absError",
        now(backend.read(absError)),
        results.map(({ loss, divergence }) => divergence ?? loss),
        TOLERANCE,
      );
      const loss = sum(results.map((result, b) => columns.weight[b] * result.loss)) / B;
      expectClose("loss", [backend.latest(metrics, ValueMetric.loss)], [loss], TOLERANCE);
      expectClose(
        "mean q",
        [backend.latest(metrics, ValueMetric.meanQ)],
        [sum(results.map(({ q }) => q)) / B],
        TOLERANCE,
      );
      expect(slopes.filter((slope) => Math.abs(slope) > 1e-3).length).toBeGreaterThanOrEqual(B);
    }

    test.each([2, 5, 9])("categorical, %i atoms", (N) => {
      const sampler = new Sampler(10 + N);
      const [low, high] = [-1.5, 2.5];
      const next = sampler.values(B * A * N);
      const columns = randomColumns(sampler, B, A);
      const rows = rowsOf(next, A * N);
      check(
        N,
        columns,
        (backend, logits, dLogits, absError, metrics) => {
          backend.returnDistribution.categorical(B, {
            logits,
            nextLogits: tensorOf(backend, B, A * N, next),
            selectionQ: null,
            batch: batchOf(backend, columns),
            low,
            high,
            atoms: N,
            dLogits,
            absError,
            metrics,
          });
        },
        (row, b) =>
          categoricalLoss(row, rows[b], [low, high, N], {
            action: columns.action[b],
            reward: columns.reward[b],
            discount: columns.discount[b],
          }),
      );
    });

    test.each([
      ["quantile", 7, 7, 1, false],
      ["quantile without Huber", 5, 3, 0, false],
      ["implicit quantile", 5, 6, 0.7, true],
      ["implicit quantile", 1, 1, 1, true],
    ] as const)("%s, %i towards %i, kappa %d", (_, N, M, kappa, draws) => {
      const sampler = new Sampler(20 + N);
      const next = sampler.values(B * A * M);
      const columns = randomColumns(sampler, B, A);
      const rows = rowsOf(next, A * M);
      const drawn = Float32Array.from({ length: B * N }, () => sampler.next());
      const fractionsOf = (b: number): number[] => range(N).map((i) => (draws ? drawn[b * N + i] : (i + 0.5) / N));
      check(
        N,
        columns,
        (backend, quantiles, dQuantiles, absError, metrics) => {
          backend.returnDistribution.quantile(B, {
            quantiles,
            nextQuantiles: tensorOf(backend, B, A * M, next),
            fractions: draws ? tensorOf(backend, B, N, drawn) : null,
            count: N,
            nextCount: M,
            kappa,
            selectionQ: null,
            batch: batchOf(backend, columns),
            dQuantiles,
            absError,
            metrics,
          });
        },
        (row, b) =>
          quantileLoss(row, rows[b], [A, kappa], fractionsOf(b), {
            action: columns.action[b],
            reward: columns.reward[b],
            discount: columns.discount[b],
          }),
      );
    });
  });

  describe("the projection", () => {
    const [low, high, N] = [-2, 2, 5];

    /** Masses m of one sample: with all logits equal, the gradient is 1 / N - m. */
    function project(
      reward: number,
      discount: number,
      next: readonly number[],
      selection?: readonly number[],
    ): number[] {
      const backend = create();
      const A = next.length / N;
      const dLogits = backend.tensor(1, A * N);
      const update: CategoricalUpdate = {
        logits: backend.tensor(1, A * N),
        nextLogits: tensorOf(backend, 1, A * N, next),
        selectionQ: selection === undefined ? null : tensorOf(backend, 1, A, selection),
        batch: batchOf(backend, { action: [0], reward: [reward], discount: [discount], weight: [1] }),
        low,
        high,
        atoms: N,
        dLogits,
        absError: backend.tensor(1, 1),
        metrics: output(backend, 1, VALUE_METRICS),
      };
      backend.returnDistribution.categorical(1, update);
      return Array.from(now(backend.read(dLogits)).subarray(0, N), (slope) => 1 / N - slope);
    }
    /** Logits of all mass on one atom. */
    const on = (atom: number): number[] => range(N).map((i) => (i === atom ? 0 : -80));
    const NEAR = 1e-6;

    test("leaves a mass that lands on an atom there, the last one too", () => {
      for (const atom of range(N)) {
        const expected = range(N).map((i) => (i === atom ? 1 : 0));
        expectClose(`to ${atom}`, project(low + atom - 1, 1, on(3)), expected, NEAR);
        expectClose(`terminal ${atom}`, project(low + atom, 0, on(3)), expected, NEAR);
      }
    });

    test("shares a mass between the atoms around it", () => {
      expectClose("a quarter", project(0.25, 1, on(2)), [0, 0, 0.75, 0.25, 0], NEAR);
      expectClose("terminal", project(-1.5, 0, on(0)), [0.5, 0.5, 0, 0, 0], NEAR);
      // Half the distance to 0 for every atom: -2, -1, 0, 1, 2 become -1, -1/2, 0, 1/2, 1.
      expectClose("discounted", project(0, 0.5, on(2).fill(0)), [0, 0.3, 0.4, 0.3, 0], NEAR);
    });

    test("moves returns outside the support to its ends", () => {
      const all = on(0).fill(0);
      expectClose("above", project(100, 1, all), [0, 0, 0, 0, 1], NEAR);
      expectClose("below", project(-1e30, 1, all), [1, 0, 0, 0, 0], NEAR);
      expectClose("half of it", project(1, 1, all), [0, 0.2, 0.2, 0.2, 0.4], NEAR);
      expectClose("terminal", project(3e38, 0, all), [0, 0, 0, 0, 1], NEAR);
    });

    test("reads nothing of what comes after the end", () => {
      const expected = project(0.5, 0, on(1));
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 3e38]) {
        expectSameBits(`next ${value}`, project(0.5, 0, [value, 1, value, value, 0]), expected);
        expectSameBits(`selection ${value}`, project(0.5, 0, [...on(1), ...on(4)], [value, value]), expected);
      }
    });

    test("is of the action that the values select, or the next logits themselves", () => {
      const next = [...on(4), ...on(0)];
      expectClose("itself", project(0, 1, next), [0, 0, 0, 0, 1], NEAR);
      expectClose("the other", project(0, 1, next, [1, 2]), [1, 0, 0, 0, 0], NEAR);
      expectClose("first of equals", project(0, 1, next, [2, 2]), [0, 0, 0, 0, 1], NEAR);
    });

    test("shows a network that diverged", () => {
      expect(project(0, 1, [0, 0, Number.NaN, 0, 0])).toEqual(Array(N).fill(Number.NaN));
    });
  });

  test("the divergence of a prediction that is its own target is 0, and never below", () => {
    const backend = create();
    const [B, N] = [200, 51];
    const logits = tensorOf(backend, B, N, new Sampler(3).values(B * N));
    const [dLogits, absError] = [backend.tensor(B, N), backend.tensor(B, 1)];
    const ones = range(B).map(() => 1);
    const zeros = range(B).map(() => 0);
    backend.returnDistribution.categorical(B, {
      logits,
      nextLogits: logits,
      selectionQ: null,
      batch: batchOf(backend, { action: zeros, reward: zeros, discount: ones, weight: ones }),
      low: -10,
      high: 10,
      atoms: N,
      dLogits,
      absError,
      metrics: backend.tensor(1, VALUE_METRICS),
    });
    const divergences = now(backend.read(absError));
    expectClose("divergence", divergences, zeros, 2e-6);
    expect(Math.min(...divergences)).toBeGreaterThanOrEqual(0);
    expectClose("gradient", now(backend.read(dLogits)), new Float32Array(B * N), 1e-7);
  });

  describe("the quantile loss", () => {
    function slopes(
      quantiles: readonly number[],
      target: number,
      more: Partial<QuantileUpdate> = {},
      discount = 1,
    ): number[] {
      const backend = create();
      const N = quantiles.length;
      const dQuantiles = backend.tensor(1, N);
      backend.returnDistribution.quantile(1, {
        quantiles: tensorOf(backend, 1, N, quantiles),
        nextQuantiles: tensorOf(backend, 1, 1, [discount === 0 ? Number.NaN : target]),
        fractions: null,
        count: N,
        nextCount: 1,
        kappa: 0,
        selectionQ: null,
        batch: batchOf(backend, {
          action: [0],
          reward: [discount === 0 ? target : 0],
          discount: [discount],
          weight: [1],
        }),
        dQuantiles,
        absError: backend.tensor(1, 1),
        metrics: backend.tensor(1, VALUE_METRICS),
        ...more,
      });
      return Array.from(now(backend.read(dQuantiles)));
    }

    test("pulls a quantile up by tau where the target is above, down by 1 - tau where it is below", () => {
      expectClose("above", slopes([0, 0, 0, 0], 5), [-0.125, -0.375, -0.625, -0.875], 1e-7);
      expectClose("below", slopes([0, 0, 0, 0], -5), [0.875, 0.625, 0.375, 0.125], 1e-7);
      expectClose("there", slopes([5, 5], 5), [0, 0], 1e-7);
    });

    test("is Huber's within kappa", () => {
      expectClose("half of kappa", slopes([0], 1, { kappa: 2 }), [-0.25], 1e-7);
      expectClose("far", slopes([0], 9, { kappa: 2 }), [-0.5], 1e-7);
    });

    test("reads nothing of what comes after the end", () => {
      expectClose("terminal", slopes([0, 0, 0, 0], 5, {}, 0), slopes([0, 0, 0, 0], 5), 1e-7);
    });
  });

  test("cosine features are cos(pi i tau)", () => {
    const backend = create();
    const fractions = Float32Array.of(0, 0.25, 0.5, 1 - 2 ** -24, 0.123, 2 ** -24, 0.987);
    const features = backend.tensor(fractions.length, 64);
    backend.returnDistribution.cosineFeatures(1, tensorOf(backend, 1, fractions.length, fractions), features);
    const expected = Array.from(fractions).flatMap((tau) => range(64).map((i) => Math.cos(Math.PI * i * tau)));
    // Half a unit in the last place of 1.
    expectClose("features", now(backend.read(features)), expected, 2 ** -24);
  });

  // A bandit with two arms, of which the first pays 0, 1 or 4 with probabilities 1/2, 1/4, 1/4 and the second always 1.
  describe("on a bandit the distribution of returns comes out", () => {
    const [B, A] = [64, 2];

    /** Gradient descent on the numbers themselves: one row of outputs, which all samples share. */
    function learn(
      N: number,
      learningRate: number,
      steps: number,
      update: (backend: Backend, outputs: Tensor, batch: Batch, dOutput: Tensor) => void,
    ): number[] {
      const backend = create();
      const sampler = new Sampler(7);
      const outputs = backend.tensor(B, A * N);
      const dOutput = backend.tensor(B, A * N);
      const values = new Float64Array(A * N);
      for (let t = 0; t < steps; t++) {
        const action = range(B).map(() => sampler.index(A));
        const columns = {
          action,
          reward: action.map((a) => (a === 1 ? 1 : sampler.pick([0, 0, 1, 4]))),
          discount: action.map(() => 0),
          weight: action.map(() => 1),
        };
        backend.write(
          outputs,
          Float32Array.from({ length: B * A * N }, (_, k) => values[k % (A * N)]),
        );
        update(backend, outputs, batchOf(backend, columns), dOutput);
        const rate = learningRate / (1 + (20 * t) / steps);
        for (const [k, slope] of now(backend.read(dOutput)).entries()) values[k % (A * N)] -= rate * slope;
      }
      return Array.from(values);
    }

    test("as probabilities of C51", () => {
      const N = 6;
      const logits = learn(N, 20, 300, (backend, outputs, batch, dLogits) => {
        backend.returnDistribution.categorical(B, {
          logits: outputs,
          nextLogits: outputs,
          selectionQ: null,
          batch,
          low: 0,
          high: 5,
          atoms: N,
          dLogits,
          absError: backend.tensor(B, 1),
          metrics: backend.tensor(1, VALUE_METRICS),
        });
      });
      // 64 samples of half the weight per step, averaged over some 20 steps at the end: a standard error of about 0.02.
      expectClose("first arm", softmax(logits.slice(0, N)), [0.5, 0.25, 0, 0, 0.25, 0], 0.06);
      expectClose("second arm", softmax(logits.slice(N)), [0, 1, 0, 0, 0, 0], 0.02);
    });

    test("as quantiles of QR-DQN", () => {
      const N = 8;
      const quantiles = learn(N, 2, 1000, (backend, outputs, batch, dQuantiles) => {
        backend.returnDistribution.quantile(B, {
          quantiles: outputs,
          nextQuantiles: outputs,
          fractions: null,
          count: N,
          nextCount: N,
          kappa: 0,
          selectionQ: null,
          batch,
          dQuantiles,
          absError: backend.tensor(B, 1),
          metrics: backend.tensor(1, VALUE_METRICS),
        });
      });
      // Fractions 1/16 .. 7/16 are returns of 0, 9/16 and 11/16 of 1, 13/16 and 15/16 of 4.
      expectClose("first arm", quantiles.slice(0, N), [0, 0, 0, 0, 1, 1, 4, 4], 0.1);
      expectClose("second arm", quantiles.slice(N), [1, 1, 1, 1, 1, 1, 1, 1], 0.1);
    });
  });
});
