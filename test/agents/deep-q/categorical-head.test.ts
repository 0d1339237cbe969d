// Outputs that are logits of fixed returns: their means are the values.

import { expect, test } from "vitest";
import { CategoricalHead } from "../../../src/agents/deep-q/categorical-head.ts";
import { A, B, BACKEND, learned, passesOf, passOf, read, results, written } from "./value-passes.ts";

const [low, high, atoms] = [-2, 5, 6];
const head = new CategoricalHead({ atoms, low, high });

test("values are the means over the support, of as many rows as asked for", () => {
  expect(head.atoms).toBe(atoms);
  const pass = passOf(A * atoms, (k) => ((k * 7) % 5) - 2);
  const { q, forward } = head.planValues(BACKEND, pass);
  const expected = BACKEND.tensor(B, A);
  BACKEND.returnDistribution.categoricalValues(B, pass.output, low, high, atoms, expected);
  forward(2);
  expect(read(q)).toEqual(read(expected).fill(0, 2 * A));
  forward(B);
  expect(read(q)).toEqual(read(expected));
  expect(read(q).every((value) => value > low && value < high)).toBe(true);
});

test.each([false, true])("learns by the cross-entropy of its support, other values selecting: %s", (select) => {
  const given = learned(head, passesOf(atoms, { select }));
  const { now, next, select: selecting } = given.passes;
  const selectionQ = selecting === null ? null : BACKEND.tensor(B, A);
  if (selecting !== null) {
    BACKEND.returnDistribution.categoricalValues(B, selecting.output, low, high, atoms, selectionQ!);
  }
  const { d: dLogits, ...others } = results(atoms);
  BACKEND.returnDistribution.categorical(B, {
    ...{ logits: now.output, nextLogits: next.output, selectionQ },
    ...{ batch: given.batch, low, high, atoms, dLogits, ...others },
  });
  expect(written(given)).toEqual([dLogits, others.absError, others.metrics].map(read));
  expect(read(dLogits).some((slope) => slope !== 0)).toBe(true);
});
