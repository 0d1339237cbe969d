// Outputs that are expected returns: values as they are, learned by the temporal-difference error.

import { describe, expect, test } from "vitest";
import { CategoricalHead } from "../../../src/agents/deep-q/categorical-head.ts";
import { EnsembleHead } from "../../../src/agents/deep-q/ensemble-head.ts";
import { MunchausenHead } from "../../../src/agents/deep-q/munchausen-head.ts";
import { QuantileHead } from "../../../src/agents/deep-q/quantile-head.ts";
import { ExpectedHead, type ValueHead } from "../../../src/agents/deep-q/value-head.ts";
import { A, B, BACKEND, batchOf, learned, passesOf, passOf, read, results, written } from "./value-passes.ts";

test("an expected head's values are the outputs themselves", () => {
  const head = new ExpectedHead("huber");
  expect(head.atoms).toBe(1);
  const pass = passOf(A, (k) => k);
  const values = head.planValues(BACKEND, pass);
  values.forward(B);
  expect(values.q).toBe(pass.output);
});

test.each([false, true])("an expected head learns as td says, other values selecting: %s", (select) => {
  for (const kind of ["huber", "mse"] as const) {
    const given = learned(new ExpectedHead(kind), passesOf(1, { select }));
    const { d: dQ, ...others } = results(1);
    const { now, next, select: selecting } = given.passes;
    BACKEND.valueLoss.td(B, {
      ...{ q: now.output, nextQ: next.output, selectionQ: selecting?.output ?? null },
      ...{ batch: given.batch, loss: kind, dQ, target: BACKEND.tensor(B, 1), ...others },
    });
    expect(written(given)).toEqual([dQ, others.absError, others.metrics].map(read));
    expect(read(dQ).some((slope) => slope !== 0)).toBe(true);
  }
});

describe.each<[string, ValueHead, object]>([
  ["expected", new ExpectedHead("mse"), {}],
  ["Munchausen", new MunchausenHead("mse", { alpha: 0.9, temperature: 0.5, clip: -1 }), { policy: true }],
  ["categorical", new CategoricalHead({ atoms: 3, low: -3, high: 3 }), {}],
  ["quantile", new QuantileHead(A, { quantiles: 3, kappa: 1 }), {}],
  ["ensemble", new EnsembleHead(A, "mse", 3), {}],
])("a loss of a %s head", (_name, head, has) => {
  test("follows what passes and batch hold when it learns, and allocates nothing", () => {
    const given = learned(head, passesOf(head.atoms, has));
    const first = written(given);
    const { bytes } = BACKEND;
    given.loss.learn();
    expect(written(given)).toEqual(first);
    BACKEND.write(given.batch.reward, new Float32Array(B).fill(0.5));
    given.loss.learn();
    expect(read(given.loss.absError)).not.toEqual(first[1]);
    expect(BACKEND.bytes).toBe(bytes);
    // As another loss of the same head, planned for the same.
    const batch = batchOf();
    BACKEND.write(batch.reward, new Float32Array(B).fill(0.5));
    expect(written(learned(head, passesOf(head.atoms, has), batch))).toEqual(written(given));
  });
});
