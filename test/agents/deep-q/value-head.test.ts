import { expect, test } from "vitest";
import type { Backend } from "../../../src/backend.ts";
import { createBackend } from "../../../src/backends/select.ts";
import { CategoricalHead } from "../../../src/agents/deep-q/categorical-head.ts";
import { QuantileHead } from "../../../src/agents/deep-q/quantile-head.ts";
import { ExpectedHead, type ValueHead, type ValueLearning } from "../../../src/agents/deep-q/value-head.ts";
import type { Batch, Tensor } from "../../../src/operations/handles.ts";
import { VALUE_METRICS } from "../../../src/operations/value-loss.ts";

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
    selectionOutput: null,
    policyQ: null,
    fractions: null,
    batch,
    dOutput: BACKEND.tensor(B, size),
    absError: BACKEND.tensor(B, 1),
    metrics: BACKEND.tensor(1, VALUE_METRICS),
  };
}

const read = (tensor: Tensor): Float32Array => BACKEND.read(tensor) as Float32Array;

test("an expected head's outputs are the values, and learn as `td` says", () => {
  const head = new ExpectedHead(BACKEND, B, "huber");
  expect(head.atoms).toBe(1);
  const given = learning(1);
  expect(head.values(B, given.output)).toBe(given.output);
  head.learn(B, given);
  const { output, nextOutput, batch } = given;
  const [dQ, target, absError, metrics] = [A, 1, 1, VALUE_METRICS].map((columns, k) =>
    BACKEND.tensor(k === 3 ? 1 : B, columns),
  );
  BACKEND.valueLoss.td(B, {
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

/** What an operation writes, in fresh tensors. */
function results(atoms: number): { readonly dOutput: Tensor; readonly absError: Tensor; readonly metrics: Tensor } {
  return {
    dOutput: BACKEND.tensor(B, A * atoms),
    absError: BACKEND.tensor(B, 1),
    metrics: BACKEND.tensor(1, VALUE_METRICS),
  };
}

function expectLearned(given: ValueLearning, expected: ReturnType<typeof results>): void {
  expect(read(given.dOutput)).toEqual(read(expected.dOutput));
  expect(read(given.absError)).toEqual(read(expected.absError));
  expect(read(given.metrics)).toEqual(read(expected.metrics));
  expect(read(given.dOutput).some((slope) => slope !== 0)).toBe(true);
}

test("a categorical head's values and learning are those of its support", () => {
  const [low, high, atoms] = [-2, 5, 6];
  const head = new CategoricalHead(BACKEND, { atoms, low, high });
  const given = { ...learning(atoms), selectionQ: filled(BACKEND, B, A, (k) => k % 3) };
  const [q, expectedQ] = [BACKEND.tensor(B, A), BACKEND.tensor(B, A)];
  expect(head.values(B, given.output, q)).toBe(q);
  BACKEND.returnDistribution.categoricalValues(B, given.output, low, high, atoms, expectedQ);
  expect(read(q)).toEqual(read(expectedQ));
  head.learn(B, given);
  const { dOutput: dLogits, ...others } = results(atoms);
  const { output: logits, nextOutput: nextLogits, selectionQ, batch } = given;
  BACKEND.returnDistribution.categorical(B, {
    logits,
    nextLogits,
    selectionQ,
    batch,
    low,
    high,
    atoms,
    dLogits,
    ...others,
  });
  expectLearned(given, { dOutput: dLogits, ...others });
});

test.each([null, 0.3])("a quantile head's values and learning are those of its fractions, here %s", (fraction) => {
  const [quantiles, kappa, nextCount] = [6, 0.5, 4];
  const head = new QuantileHead(BACKEND, { quantiles, kappa });
  const given = {
    ...learning(quantiles),
    nextOutput: filled(BACKEND, B, A * nextCount, (k) => ((k * 3) % 7) - 3),
    fractions: fraction === null ? null : filled(BACKEND, B, quantiles, () => fraction),
  };
  const [q, expectedQ] = [BACKEND.tensor(B, A), BACKEND.tensor(B, A)];
  expect(head.values(B, given.nextOutput, q)).toBe(q);
  BACKEND.rows.mean(B, given.nextOutput, nextCount, expectedQ);
  expect(read(q)).toEqual(read(expectedQ));
  head.learn(B, given);
  const { dOutput: dQuantiles, ...others } = results(quantiles);
  const { output, nextOutput: nextQuantiles, fractions, batch } = given;
  BACKEND.returnDistribution.quantile(B, {
    quantiles: output,
    nextQuantiles,
    fractions,
    selectionQ: null,
    count: quantiles,
    nextCount,
    kappa,
    batch,
    dQuantiles,
    ...others,
  });
  expectLearned(given, { dOutput: dQuantiles, ...others });
});

test.each<[string, ValueHead]>([
  ["categorical", new CategoricalHead(BACKEND, { atoms: 3, low: 0, high: 1 })],
  ["quantile", new QuantileHead(BACKEND, { quantiles: 3, kappa: 1 })],
])("a %s head given another learning follows it", (_, head) => {
  const [first, second] = [learning(3), learning(3)];
  head.learn(B, first);
  BACKEND.write(second.batch.reward, [0.5, 0.5, 0.5]);
  head.learn(B, second);
  expect(read(second.absError)).not.toEqual(read(first.absError));
});
