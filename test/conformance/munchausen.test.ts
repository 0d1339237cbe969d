// Munchausen-DQN's update and the regression it shares with others: equal bits on every backend, targets by their
// definition in float64, and gradients.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { Batch, Tensor } from "../../src/operations/handles.ts";
import { type MunchausenUpdate, VALUE_METRICS, ValueMetric } from "../../src/operations/value-loss.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, expectSameBits, now } from "./compare.ts";
import { type Outputs, output, Pair, plannedRows, ROWS, SEED, tensorOf, WIDTHS } from "./pair.ts";
import { Sampler, type Wildness } from "./sampler.ts";

/** The paper's (section 4). */
const SETTINGS = { alpha: 0.9, temperature: 0.03, clip: -1 };

interface Values {
  readonly q: Float32Array;
  readonly policyQ: Float32Array;
  readonly nextQ: Float32Array;
  readonly action: Float32Array;
  readonly reward: Float32Array;
  readonly discount: Float32Array;
  readonly weight: Float32Array;
}

function drawn(sampler: Sampler, rows: number, A: number, wildness: Wildness): Values {
  const column = (value: () => number): Float32Array => Float32Array.from({ length: rows }, value);
  return {
    q: sampler.values(rows * A, wildness),
    policyQ: sampler.values(rows * A, wildness),
    nextQ: sampler.values(rows * A, wildness),
    action: column(() => sampler.index(A)),
    reward: sampler.values(rows),
    discount: column(() => sampler.pick([0, 0.9, 0.99])),
    weight: column(() => sampler.next()),
  };
}

function plan(
  backend: Backend,
  rows: number,
  A: number,
  values: Values,
  settings: Pick<MunchausenUpdate, "loss" | "alpha" | "temperature" | "clip">,
): MunchausenUpdate {
  const column = (numbers: Float32Array): Tensor => tensorOf(backend, rows, 1, numbers);
  const batch: Batch = {
    observation: backend.tensor(rows, 1),
    nextObservation: backend.tensor(rows, 1),
    index: backend.tensor(rows, 1),
    action: column(values.action),
    reward: column(values.reward),
    discount: column(values.discount),
    weight: column(values.weight),
  };
  return {
    ...settings,
    batch,
    q: tensorOf(backend, rows, A, values.q),
    policyQ: tensorOf(backend, rows, A, values.policyQ),
    nextQ: tensorOf(backend, rows, A, values.nextQ),
    dQ: output(backend, rows, A),
    target: output(backend, rows, 1),
    absError: output(backend, rows, 1),
    metrics: output(backend, 1, VALUE_METRICS),
  };
}

function readUpdate(backend: Backend, { dQ, target, absError, metrics }: Omit<MunchausenUpdate, "policyQ">): Outputs {
  return {
    dQ: now(backend.read(dQ)),
    target: now(backend.read(target)),
    absError: now(backend.read(absError)),
    metrics: now(backend.read(metrics)),
  };
}

describe.each(BACKENDS.slice(1))("$name equals the reference bit for bit", ({ create }) => {
  describe.each(["mse", "huber"] as const)("with %s loss", (loss) => {
    test.each<Wildness>(["ordinary", "finite", "wild"])("on %s numbers", (wildness) => {
      const sampler = new Sampler(SEED);
      const pair = new Pair(create);
      for (const rows of ROWS) {
        for (const A of WIDTHS.slice(0, 14)) {
          const planned = plannedRows(rows, sampler);
          const values = drawn(sampler, planned, A, wildness);
          const settings = {
            loss,
            alpha: sampler.pick([0, 0.9, 1]),
            temperature: sampler.pick([1e-38, 0.03, 1, 100]),
            clip: sampler.pick([0, -1, -1e6]),
          };
          pair.agree(`[${rows}, ${A}] ${JSON.stringify(settings)}`, (backend) => {
            const update = plan(backend, planned, A, values, settings);
            backend.valueLoss.munchausen(rows, update);
            const outputs = readUpdate(backend, update);
            const { batch } = update;
            const target = tensorOf(backend, planned, 1, values.reward);
            const [dQ, absError] = [output(backend, planned, A), output(backend, planned, 1)];
            backend.valueLoss.regression(rows, { ...update, action: batch.action, target, weight: null, dQ, absError });
            return {
              ...outputs,
              "dQ of the regression": now(backend.read(dQ)),
              "absError of the regression": now(backend.read(absError)),
              "metrics of the regression": now(backend.read(update.metrics)),
            };
          });
        }
      }
    });
  });
});

/** Targets as the paper writes them, in float64. */
function definition(A: number, values: Values, { alpha, temperature: tau, clip }: typeof SETTINGS): number[] {
  const logPolicy = (q: number[]): number[] => {
    const best = Math.max(...q);
    const logSum = best / tau + Math.log(q.reduce((sum, x) => sum + Math.exp((x - best) / tau), 0));
    return q.map((x) => x / tau - logSum);
  };
  return Array.from(values.reward, (reward, b) => {
    const row = (of: Float32Array): number[] => Array.from(of.subarray(b * A, (b + 1) * A));
    const log = logPolicy(row(values.policyQ));
    const next = row(values.nextQ);
    const nextLog = logPolicy(next);
    const bonus = Math.min(Math.max(tau * log[values.action[b]], clip), 0);
    const soft = next.reduce((sum, x, a) => sum + Math.exp(nextLog[a]) * (x - tau * nextLog[a]), 0);
    return reward + alpha * bonus + values.discount[b] * soft;
  });
}

describe.each(BACKENDS)("$name", ({ create }) => {
  test.each([1e-3, 0.03, 0.5, 1, 10])("targets of temperature %f are those of the paper", (temperature) => {
    const backend = create();
    const [B, A] = [64, 6];
    const values = drawn(new Sampler(SEED), B, A, "ordinary");
    for (const settings of [
      { ...SETTINGS, temperature },
      { alpha: 1, temperature, clip: -1e3 },
    ]) {
      const update = plan(backend, B, A, values, { ...settings, loss: "mse" });
      backend.valueLoss.munchausen(B, update);
      // Float32 values of a few units, and tau ln S of at most 10 ln 6.
      expectClose("target", now(backend.read(update.target)), definition(A, values, settings), 1e-5);
    }
  });

  test("with alpha 0 and a vanishing temperature the targets are DQN's, and all else follows", () => {
    const backend = create();
    const [B, A] = [64, 5];
    const values = drawn(new Sampler(SEED), B, A, "ordinary");
    for (const loss of ["mse", "huber"] as const) {
      const update = plan(backend, B, A, values, { alpha: 0, temperature: 1e-7, clip: -1, loss });
      backend.valueLoss.munchausen(B, update);
      const soft = readUpdate(backend, update);
      backend.valueLoss.td(B, { ...update, selectionQ: null });
      const hard = readUpdate(backend, update);
      for (const key of Object.keys(hard)) expectClose(key, soft[key], hard[key], 1e-5);
    }
  });

  test("by hand: two equal actions share a policy of one half", () => {
    const backend = create();
    const values: Values = {
      q: Float32Array.of(1, 2),
      policyQ: Float32Array.of(3, 3),
      nextQ: Float32Array.of(5, 5),
      action: Float32Array.of(1),
      reward: Float32Array.of(10),
      discount: Float32Array.of(0.5),
      weight: Float32Array.of(2),
    };
    const update = plan(backend, 1, 2, values, { alpha: 0.5, temperature: 2, clip: -10, loss: "mse" });
    backend.valueLoss.munchausen(1, update);
    const log2 = Math.log(2);
    const target = 10 - 0.5 * 2 * log2 + 0.5 * (5 + 2 * log2);
    expectClose("target", now(backend.read(update.target)), [target], 1e-6);
    expectClose("dQ", now(backend.read(update.dQ)), [0, 2 * (2 - target) * 2], 1e-6);
    expect(backend.latest(update.metrics, ValueMetric.meanQ)).toBe(2);
    // The least log-policy counts where it is lower: 2 ln (1 / 2) = -1.386.
    const clipped = plan(backend, 1, 2, values, { alpha: 0.5, temperature: 2, clip: -1, loss: "mse" });
    backend.valueLoss.munchausen(1, clipped);
    expectClose("clipped", now(backend.read(clipped.target)), [10 - 0.5 + 0.5 * (5 + 2 * log2)], 1e-6);
  });

  test("a terminal transition takes nothing from the next state, whatever the network says of it", () => {
    const backend = create();
    const values = drawn(new Sampler(SEED), 3, 2, "ordinary");
    values.discount.fill(0);
    const finite = plan(backend, 3, 2, values, { ...SETTINGS, loss: "mse" });
    backend.valueLoss.munchausen(3, finite);
    values.nextQ.set([Number.NaN, 1, Number.POSITIVE_INFINITY, Number.NaN, 0, Number.NEGATIVE_INFINITY]);
    const wild = plan(backend, 3, 2, values, { ...SETTINGS, loss: "mse" });
    backend.valueLoss.munchausen(3, wild);
    expectSameBits("target", now(backend.read(wild.target)), now(backend.read(finite.target)));
    expect(now(backend.read(wild.target)).every(Number.isFinite)).toBe(true);
  });

  test("a value that is not a number, wherever it is, shows in the target", () => {
    const backend = create();
    for (const name of ["policyQ", "nextQ"] as const) {
      for (const place of [0, 1, 2, 3, 4]) {
        const values = drawn(new Sampler(SEED), 1, 5, "ordinary");
        values.discount.fill(0.9);
        values[name][place] = Number.NaN;
        const update = plan(backend, 1, 5, values, { ...SETTINGS, loss: "mse" });
        backend.valueLoss.munchausen(1, update);
        expect(backend.latest(update.target, 0)).toBeNaN();
      }
    }
  });

  test("huge values at the smallest temperature overflow nothing", () => {
    const backend = create();
    const values = drawn(new Sampler(SEED), 2, 4, "ordinary");
    values.policyQ.set([1e30, -1e30, 0, 1e30, -1e38, 1e38, 0, 0]);
    values.nextQ.set(values.policyQ);
    const update = plan(backend, 2, 4, values, { ...SETTINGS, temperature: 1.2e-38, loss: "huber" });
    backend.valueLoss.munchausen(2, update);
    for (const array of Object.values(readUpdate(backend, update))) {
      expect(Array.from(array).every(Number.isFinite)).toBe(true);
    }
  });

  test.each(["mse", "huber"] as const)("dQ of a regression with %s loss is the slope of its loss", (loss) => {
    const backend = create();
    const [B, A] = [8, 3];
    const values = drawn(new Sampler(5), B, A, "ordinary");
    const update = plan(backend, B, A, values, { ...SETTINGS, loss });
    const { batch } = update;
    backend.write(update.target, values.reward);
    for (const weight of [batch.weight, null]) {
      const evaluate = (q: Float32Array): number => {
        backend.write(update.q, q);
        backend.valueLoss.regression(B, { ...update, action: batch.action, weight });
        return backend.latest(update.metrics, ValueMetric.loss);
      };
      const h = 1 / 128;
      const slopes = values.q.map(
        (x, k) => (evaluate(values.q.with(k, x + h)) - evaluate(values.q.with(k, x - h))) / (2 * h),
      );
      evaluate(values.q);
      expectClose("dQ", now(backend.read(update.dQ)), slopes, 2e-3);
      const taken = Array.from(values.action, (a, b) => values.q[b * A + a]);
      const errors = taken.map((q, b) => Math.abs(q - values.reward[b]));
      expectClose("absError", now(backend.read(update.absError)), errors, 1e-6);
      expectClose(
        "mean q",
        [backend.latest(update.metrics, ValueMetric.meanQ)],
        [taken.reduce((a, b) => a + b) / B],
        1e-6,
      );
      // The case means little unless it has errors on both sides of Huber's delta.
      expect(errors.some((error) => error > 1) && errors.some((error) => error < 1)).toBe(true);
    }
  });

  test("a regression towards an update's own targets is that update", () => {
    const backend = create();
    const values = drawn(new Sampler(SEED), 9, 4, "ordinary");
    const update = plan(backend, 9, 4, values, { ...SETTINGS, loss: "huber" });
    backend.valueLoss.td(9, { ...update, selectionQ: null });
    const expected = readUpdate(backend, update);
    for (const tensor of [update.dQ, update.absError, update.metrics]) {
      backend.write(tensor, new Float32Array(tensor.rows * tensor.columns).fill(9));
    }
    backend.valueLoss.regression(9, { ...update, action: update.batch.action, weight: update.batch.weight });
    const again = readUpdate(backend, update);
    for (const key of ["dQ", "absError"]) expectSameBits(key, again[key], expected[key]);
    expectSameBits("metrics", Array.from(again.metrics).slice(0, 2), Array.from(expected.metrics).slice(0, 2));
  });
});
