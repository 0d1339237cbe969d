// The distributional operations of every backend equal the reference's bit for bit, on sizes around every vector width, with
// rows past `rows` untouched. What they mean is tested in distributional-meaning.test.ts.

import { describe, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { Batch, Tensor } from "../../src/operations/handles.ts";
import { VALUE_METRICS } from "../../src/operations/value-loss.ts";
import { BACKENDS } from "./backends.ts";
import { now } from "./compare.ts";
import { output, Pair, plannedRows, SEED, tensorOf } from "./pair.ts";
import { Sampler, type Wildness } from "./sampler.ts";

const ROWS = [1, 2, 3, 4, 5, 8, 33];
const ACTIONS = [1, 2, 3, 5, 8];
const ATOMS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 16, 51, 64];
const WILDNESS: readonly Wildness[] = ["ordinary", "finite", "wild"];
const SUPPORTS = [
  [-10, 10],
  [-0.3, 1.7],
  [0, 100],
] as const;

/** The columns of a batch as plain numbers, and as tensors of a backend. */
function batches(sampler: Sampler, planned: number, A: number): (backend: Backend) => Batch {
  const columns = {
    action: Float32Array.from({ length: planned }, () => sampler.index(A)),
    reward: sampler.values(planned).map((x) => x * sampler.pick([1, 1, 30])),
    discount: Float32Array.from({ length: planned }, () => sampler.pick([0, 0.9, 0.99, 1])),
    weight: Float32Array.from({ length: planned }, () => sampler.next()),
  };
  return (backend) => {
    const column = (values: Float32Array): Tensor => tensorOf(backend, planned, 1, values);
    return {
      observation: backend.tensor(planned, 1),
      nextObservation: backend.tensor(planned, 1),
      index: backend.tensor(planned, 1),
      action: column(columns.action),
      reward: column(columns.reward),
      discount: column(columns.discount),
      weight: column(columns.weight),
    };
  };
}

describe.each(BACKENDS.slice(1))("$name equals the reference bit for bit", ({ create }) => {
  describe.each(WILDNESS)("on %s numbers", (wildness) => {
    test.each(ROWS)("categorical distributions of %i rows", (rows) => {
      const sampler = new Sampler(SEED + rows);
      const pair = new Pair(create);
      for (const A of ACTIONS) {
        for (const N of ATOMS.slice(1)) {
          const [low, high] = sampler.pick(SUPPORTS);
          const planned = plannedRows(rows, sampler);
          const [logits, next] = [0, 1].map(() => sampler.values(planned * A * N, wildness).map((x) => 3 * x));
          const selection = sampler.values(planned * A, wildness);
          const batch = batches(sampler, planned, A);
          for (const selects of [false, true]) {
            pair.agree(`[${rows}, ${A} x ${N}] on ${low} .. ${high}, selection ${selects}`, (backend) => {
              const x = tensorOf(backend, planned, A * N, logits);
              const [q, dLogits, absError] = [A, A * N, 1].map((columns) => output(backend, planned, columns));
              const metrics = output(backend, 2, VALUE_METRICS);
              backend.returnDistribution.categoricalValues(rows, x, low, high, N, q);
              backend.returnDistribution.categorical(rows, {
                logits: x,
                nextLogits: tensorOf(backend, planned, A * N, next),
                selectionQ: selects ? tensorOf(backend, planned, A, selection) : null,
                batch: batch(backend),
                low,
                high,
                atoms: N,
                dLogits,
                absError,
                metrics,
              });
              return {
                q: now(backend.read(q)),
                dLogits: now(backend.read(dLogits)),
                absError: now(backend.read(absError)),
                metrics: now(backend.read(metrics)),
              };
            });
          }
        }
      }
    });

    test.each(ROWS)("quantiles of %i rows", (rows) => {
      const sampler = new Sampler(SEED + rows);
      const pair = new Pair(create);
      for (const A of ACTIONS) {
        for (const N of ATOMS) {
          const M = sampler.pick(ATOMS);
          const kappa = sampler.pick([0, 0.3, 1]);
          const planned = plannedRows(rows, sampler);
          const quantiles = sampler.values(planned * A * N, wildness);
          const next = sampler.values(planned * A * M, wildness);
          const selection = sampler.values(planned * A, wildness);
          const fractions = Float32Array.from({ length: planned * N }, () => sampler.next());
          const batch = batches(sampler, planned, A);
          for (const [selects, draws] of [
            [false, false],
            [true, true],
          ]) {
            pair.agree(`[${rows}, ${A} x ${N}] towards ${M}, kappa ${kappa}, selection ${selects}`, (backend) => {
              const x = tensorOf(backend, planned, A * N, quantiles);
              const [q, dQuantiles, absError] = [A, A * N, 1].map((columns) => output(backend, planned, columns));
              const metrics = output(backend, 2, VALUE_METRICS);
              backend.rows.mean(rows, x, N, q);
              backend.returnDistribution.quantile(rows, {
                quantiles: x,
                nextQuantiles: tensorOf(backend, planned, A * M, next),
                fractions: draws ? tensorOf(backend, planned, N, fractions) : null,
                count: N,
                nextCount: M,
                kappa,
                selectionQ: selects ? tensorOf(backend, planned, A, selection) : null,
                batch: batch(backend),
                dQuantiles,
                absError,
                metrics,
              });
              return {
                q: now(backend.read(q)),
                dQuantiles: now(backend.read(dQuantiles)),
                absError: now(backend.read(absError)),
                metrics: now(backend.read(metrics)),
              };
            });
          }
        }
      }
    });

    test("the dueling head of every number of atoms", () => {
      const sampler = new Sampler(SEED);
      const pair = new Pair(create);
      for (const rows of ROWS) {
        for (const A of ACTIONS) {
          for (const N of ATOMS) {
            const planned = plannedRows(rows, sampler);
            const values = sampler.values(planned * (1 + A) * N, wildness);
            const slopes = sampler.values(planned * A * N, wildness);
            pair.agree(`[${rows}, ${A} x ${N}]`, (backend) => {
              const head = tensorOf(backend, planned, (1 + A) * N, values);
              const dQ = tensorOf(backend, planned, A * N, slopes);
              const [q, dHead] = [output(backend, planned, A * N), output(backend, planned, (1 + A) * N)];
              backend.layers.duelingForward(rows, head, q, N);
              backend.layers.duelingBackward(rows, dQ, dHead, N);
              return { q: now(backend.read(q)), dHead: now(backend.read(dHead)) };
            });
          }
        }
      }
    });

    test("states met by their fractions, forward and backward", () => {
      const sampler = new Sampler(SEED);
      const pair = new Pair(create);
      for (const rows of ROWS) {
        for (const N of [1, 2, 3, 8]) {
          for (const H of ATOMS) {
            const planned = plannedRows(rows, sampler);
            const state = sampler.values(planned * H, wildness);
            const [embedding, slopes] = [0, 1].map(() => sampler.values(planned * N * H, wildness));
            pair.agree(`[${rows} x ${N}, ${H}]`, (backend) => {
              const s = tensorOf(backend, planned, H, state);
              const e = tensorOf(backend, planned * N, H, embedding);
              const dy = tensorOf(backend, planned * N, H, slopes);
              const [y, dEmbedding] = [output(backend, planned * N, H), output(backend, planned * N, H)];
              const dState = output(backend, planned, H);
              backend.rows.scaleGroups(rows, N, s, e, y);
              backend.rows.scaleGroupsBackward(rows, N, s, e, dy, dEmbedding, null);
              backend.rows.scaleGroupsBackward(rows, N, s, e, dy, dy, dState);
              backend.rows.scaleGroups(rows, N, s, e, e);
              return {
                y: now(backend.read(y)),
                dEmbedding: now(backend.read(dEmbedding)),
                "dEmbedding in place": now(backend.read(dy)),
                dState: now(backend.read(dState)),
                "y in place": now(backend.read(e)),
              };
            });
          }
        }
      }
    });
  });

  test("cosine features", () => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create);
    for (const rows of ROWS) {
      for (const N of [1, 2, 3, 4, 5, 8]) {
        for (const columns of [2, 3, 4, 5, 7, 8, 64]) {
          const planned = plannedRows(rows, sampler);
          const fractions = Float32Array.from({ length: planned * N }, () => sampler.pick([0, sampler.next()]));
          pair.agree(`[${rows} x ${N}, ${columns}]`, (backend) => {
            const features = output(backend, planned * N, columns);
            backend.returnDistribution.cosineFeatures(rows, tensorOf(backend, planned, N, fractions), features);
            return { features: now(backend.read(features)) };
          });
        }
      }
    }
  });

  test("fractions inside and outside the actions", () => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create);
    for (const rows of ROWS) {
      for (const N of ATOMS.slice(0, 10)) {
        for (const A of ACTIONS) {
          const planned = plannedRows(rows, sampler);
          const values = sampler.values(planned * N * A, "wild");
          pair.agree(`[${rows} x ${N}, ${A}]`, (backend) => {
            const inside = output(backend, planned, A * N);
            const outside = output(backend, planned * N, A);
            backend.rows.fold(rows, N, tensorOf(backend, planned * N, A, values), inside);
            backend.rows.unfold(rows, N, tensorOf(backend, planned, A * N, values), outside);
            return { folded: now(backend.read(inside)), unfolded: now(backend.read(outside)) };
          });
        }
      }
    }
  });
});
