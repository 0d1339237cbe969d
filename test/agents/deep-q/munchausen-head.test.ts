import { expect, test } from "vitest";
import { ReferenceBackend } from "../../../src/backends/reference/reference-backend.ts";
import { MunchausenHead } from "../../../src/agents/deep-q/munchausen-head.ts";
import type { ValueLearning } from "../../../src/agents/deep-q/value-head.ts";
import type { Batch, Tensor } from "../../../src/operations/handles.ts";
import { VALUE_METRICS } from "../../../src/operations/value-loss.ts";

const BACKEND = new ReferenceBackend();
const B = 3;
const A = 2;

function filled(columns: number, value: (k: number) => number): Tensor {
  const tensor = BACKEND.tensor(B, columns);
  BACKEND.write(
    tensor,
    Array.from({ length: B * columns }, (_, k) => value(k)),
  );
  return tensor;
}

const read = (tensor: Tensor): Float32Array => BACKEND.read(tensor) as Float32Array;

test("values are the outputs, and learning is `munchausen` with the target network's values of the observations", () => {
  const batch: Batch = {
    observation: filled(1, () => 0),
    nextObservation: filled(1, () => 0),
    index: filled(1, () => 0),
    action: filled(1, (k) => k % A),
    reward: filled(1, (k) => k - 1),
    discount: filled(1, (k) => (k === 1 ? 0 : 0.9)),
    weight: filled(1, (k) => 1 - k / 4),
  };
  const learning: ValueLearning = {
    output: filled(A, (k) => (k % 3) - 1),
    nextOutput: filled(A, (k) => (k % 4) / 2),
    policyQ: filled(A, (k) => (k % 5) / 4),
    selectionQ: null,
    selectionOutput: null,
    fractions: null,
    batch,
    dOutput: BACKEND.tensor(B, A),
    absError: BACKEND.tensor(B, 1),
    metrics: BACKEND.tensor(1, VALUE_METRICS),
  };
  const options = { alpha: 0.9, temperature: 0.5, clip: -1 };
  const head = new MunchausenHead(BACKEND, B, "mse", options);
  expect(head.values(B, learning.output)).toBe(learning.output);
  head.learn(B, learning);

  const [dQ, target, absError] = [A, 1, 1].map((columns) => BACKEND.tensor(B, columns));
  const metrics = BACKEND.tensor(1, VALUE_METRICS);
  BACKEND.valueLoss.munchausen(B, {
    q: learning.output,
    nextQ: learning.nextOutput,
    policyQ: learning.policyQ!,
    ...options,
    batch,
    loss: "mse",
    dQ,
    target,
    absError,
    metrics,
  });
  expect(read(learning.dOutput)).toEqual(read(dQ));
  expect(read(learning.absError)).toEqual(read(absError));
  expect(read(learning.metrics)).toEqual(read(metrics));
  expect(read(absError).every((error) => error > 0)).toBe(true);
});
