// Outputs that are expected returns, learned towards soft targets.

import { expect, test } from "vitest";
import { MunchausenHead } from "../../../src/agents/deep-q/munchausen-head.ts";
import { A, B, BACKEND, learned, passesOf, passOf, read, results, written } from "./value-passes.ts";

const options = { alpha: 0.9, temperature: 0.5, clip: -1 };

test("values are the outputs", () => {
  const head = new MunchausenHead("mse", options);
  const pass = passOf(A, (k) => k);
  const { q, forward } = head.planValues(BACKEND, pass);
  forward(B);
  expect([head.atoms, q]).toEqual([1, pass.output]);
  expect(q).toBe(pass.output);
});

test.each(["mse", "huber"] as const)(
  "learns as munchausen says, with the target network's values of the observations, %s",
  (loss) => {
    const given = learned(new MunchausenHead(loss, options), passesOf(1, { policy: true }));
    const { now, next, policy } = given.passes;
    const { d: dQ, ...others } = results(1);
    BACKEND.valueLoss.munchausen(B, {
      ...{ q: now.output, nextQ: next.output, policyQ: policy!.output, ...options },
      ...{ batch: given.batch, loss, dQ, target: BACKEND.tensor(B, 1), ...others },
    });
    expect(written(given)).toEqual([dQ, others.absError, others.metrics].map(read));
    expect(read(others.absError).every((error) => error > 0)).toBe(true);
  },
);
