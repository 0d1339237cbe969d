import { expect, test } from "vitest";
import type { Backend, Batch, Tensor } from "../../src/backend.ts";
import { METRICS } from "../../src/backend.ts";
import { createBackend } from "../../src/backends/select.ts";
import { ExpectedHead, type ValueLearning } from "../../src/nn/value-head.ts";

const BACKEND = createBackend("test");
const [B, A] = [3, 2];

function filled(backend: Backend, rows: number, columns: number, value: (k: number) => number): Tensor {
  const tensor = backend.tensor(rows, columns);
  backend.write(
    tensor,
    Float32Array.from({ length: rows * columns }, (_, k) => value(k)),
  );
  return tensor;
}

/** A batch and outputs of some size, for heads of `atoms` outputs per action. */
function learning(atoms: number): ValueLearning {
  const column = (value: (k: number) => number): Tensor => filled(BACKEND, B, 1, value);
  const batch: Batch = {
    observation: column(() => 0),
    nextObservation: column(() => 0),
    index: column(() => 0),
    action: column((k) => k % A),
    reward: column((k) => k - 1),
    discount: column((k) => (k === 1 ? 0 : 0.9)),
    weight: column((k) => 1 - k / 4),
  };
  const size = A * atoms;
  return {
    output: filled(BACKEND, B, size, (k) => ((k * 7) % 5) - 2),
    nextOutput: filled(BACKEND, B, size, (k) => ((k * 3) % 7) - 3),
    selectionQ: null,
    policyQ: null,
    fractions: null,
    batch,
    dOutput: BACKEND.tensor(B, size),
    absError: BACKEND.tensor(B, 1),
    metrics: BACKEND.tensor(1, METRICS),
  };
}

const read = (tensor: Tensor): Float32Array => BACKEND.read(tensor) as Float32Array;

test("an expected head's outputs are the values, and learn as tdUpdate says", () => {
  const head = new ExpectedHead(BACKEND, B, "huber");
  expect(head.atoms).toBe(1);
  const given = learning(1);
  expect(head.values(B, given.output)).toBe(given.output);
  head.learn(B, given);
  const { output, nextOutput, batch } = given;
  const [dQ, target, absError, metrics] = [A, 1, 1, METRICS].map((columns, k) =>
    BACKEND.tensor(k === 3 ? 1 : B, columns),
  );
  BACKEND.tdUpdate(B, {
    q: output,
    nextQ: nextOutput,
    selectionQ: null,
    batch,
    loss: "huber",
    dQ,
    target,
    absError,
    metrics,
  });
  expect(read(given.dOutput)).toEqual(read(dQ));
  expect(read(given.absError)).toEqual(read(absError));
  expect(read(given.metrics)).toEqual(read(metrics));
  expect(read(dQ).some((slope) => slope !== 0)).toBe(true);
});

test("a head given another learning follows it", () => {
  const head = new ExpectedHead(BACKEND, B, "mse");
  const [first, second] = [learning(1), learning(1)];
  head.learn(B, first);
  BACKEND.write(second.batch.reward, [5, 5, 5]);
  head.learn(B, second);
  expect(read(second.absError)).not.toEqual(read(first.absError));
  expect(read(second.absError)[1]).toBe(Math.abs(read(second.output)[A + 1] - 5));
});
