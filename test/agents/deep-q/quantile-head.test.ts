// Outputs that are quantiles of the return, of fixed fractions or of those that a pass was asked for.

import { expect, test } from "vitest";
import { QuantileHead } from "../../../src/agents/deep-q/quantile-head.ts";
import { A, B, BACKEND, filled, learned, passOf, read, results, written } from "./value-passes.ts";

const [quantiles, nextCount, kappa] = [6, 4, 0.5];
const head = new QuantileHead(A, { quantiles, kappa });

test("values are the means of any number of quantiles, of as many rows as asked for", () => {
  expect(head.atoms).toBe(quantiles);
  for (const count of [quantiles, nextCount]) {
    const pass = passOf(A * count, (k) => ((k * 3) % 7) - 3);
    const { q, forward } = head.planValues(BACKEND, pass);
    const expected = BACKEND.tensor(B, A);
    BACKEND.rows.mean(B, pass.output, count, expected);
    forward(2);
    expect(read(q)).toEqual(read(expected).fill(0, 2 * A));
    forward(B);
    expect(read(q)).toEqual(read(expected));
  }
});

test.each([
  [null, false],
  [0.3, false],
  [0.3, true],
])("learns by the regression of its fractions, here %s, other values selecting: %s", (fraction, select) => {
  const fractions = fraction === null ? null : filled(B, quantiles, () => fraction);
  const selecting = select ? passOf(A * 2, (k) => ((k * 3) % 7) / 2) : null;
  const given = learned(head, {
    now: passOf(A * quantiles, (k) => ((k * 7) % 5) - 2, fractions === null ? {} : { fractions }),
    next: passOf(A * nextCount, (k) => ((k * 3) % 7) - 3),
    select: selecting,
    policy: null,
  });
  const selectionQ = selecting === null ? null : BACKEND.tensor(B, A);
  if (selecting !== null) BACKEND.rows.mean(B, selecting.output, 2, selectionQ!);
  const { d: dQuantiles, ...others } = results(quantiles);
  BACKEND.returnDistribution.quantile(B, {
    ...{ quantiles: given.passes.now.output, nextQuantiles: given.passes.next.output, fractions, selectionQ },
    ...{ count: quantiles, nextCount, kappa, batch: given.batch, dQuantiles, ...others },
  });
  expect(written(given)).toEqual([dQuantiles, others.absError, others.metrics].map(read));
  expect(read(dQuantiles).some((slope) => slope !== 0)).toBe(true);
});
