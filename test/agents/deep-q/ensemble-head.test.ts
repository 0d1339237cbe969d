import { describe, expect, test } from "vitest";
import { createBackend } from "../../../src/backends/select.ts";
import { EnsembleHead } from "../../../src/agents/deep-q/ensemble-head.ts";
import type { ValueLearning } from "../../../src/agents/deep-q/value-head.ts";
import type { Batch, Tensor } from "../../../src/operations/handles.ts";
import { VALUE_METRICS } from "../../../src/operations/value-loss.ts";

const BACKEND = createBackend("test");
const [B, A, K] = [5, 3, 4];

const read = (tensor: Tensor): Float32Array => BACKEND.read(tensor) as Float32Array;

function filled(rows: number, columns: number, value: (k: number) => number): Tensor {
  const tensor = BACKEND.tensor(rows, columns);
  BACKEND.write(
    tensor,
    Float32Array.from({ length: rows * columns }, (_, k) => value(k)),
  );
  return tensor;
}

function learning(double: boolean): ValueLearning {
  const column = (value: (k: number) => number): Tensor => filled(B, 1, value);
  const batch: Batch = {
    observation: column(() => 0),
    nextObservation: column(() => 0),
    index: column(() => 0),
    action: column((k) => k % A),
    reward: column((k) => k - 1),
    discount: column((k) => (k === 1 ? 0 : 0.9)),
    weight: column((k) => 1 - k / 8),
  };
  const size = A * K;
  return {
    output: filled(B, size, (k) => ((k * 7) % 13) / 4 - 1),
    nextOutput: filled(B, size, (k) => ((k * 5) % 11) / 3 - 1),
    selectionQ: double ? filled(B, A, () => 0) : null,
    selectionOutput: double ? filled(B, size, (k) => ((k * 3) % 7) / 2) : null,
    policyQ: null,
    fractions: null,
    batch,
    dOutput: BACKEND.tensor(B, size),
    absError: BACKEND.tensor(B, 1),
    metrics: BACKEND.tensor(1, VALUE_METRICS),
  };
}

const head = (): EnsembleHead => new EnsembleHead(BACKEND, { batch: B, acting: 6 }, A, "huber", K);

/** [B, A] of one member. */
function ofMember(output: Tensor, member: number): Tensor {
  const values = read(output);
  return filled(B, A, (k) => values[k * K + member]);
}

test("values are the mean of the members; one member's are its own, of as many rows as asked for", () => {
  const ensemble = head();
  const { output } = learning(false);
  const q = filled(B, A, () => 9);
  expect(ensemble.atoms).toBe(K);
  const means = Array.from({ length: B * A }, (_, k) => {
    const members = read(output).subarray(k * K, (k + 1) * K);
    return (members[0] + members[1] + members[2] + members[3]) / K;
  });
  expect(ensemble.values(B, output, q)).toBe(q);
  read(q).forEach((value, k) => {
    expect(value).toBeCloseTo(means[k], 6);
  });
  for (let member = 0; member < K; member++) {
    ensemble.member = member;
    BACKEND.write(q, new Float32Array(B * A).fill(9));
    expect(ensemble.memberValues(2, output, q)).toBe(q);
    const expected = read(ofMember(output, member)).fill(9, 2 * A);
    expect(read(q)).toEqual(expected);
  }
});

test("draws every member about as often", () => {
  const ensemble = head();
  const stream = BACKEND.random.stream(3, "members");
  const counts = new Array<number>(K).fill(0);
  for (let k = 0; k < 4000; k++) {
    ensemble.draw(stream);
    counts[ensemble.member]++;
  }
  // Four standard deviations of a count.
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(750));
});

describe.each([false, true])("double %s", (double) => {
  test("every member learns as if it were alone, with a share of the gradient", () => {
    const given = learning(double);
    head().learn(B, given);
    const dOutput = read(given.dOutput);
    const errors = new Float32Array(B);
    let [loss, meanQ] = [0, 0];
    for (let member = 0; member < K; member++) {
      const [dQ, target, absError] = [A, 1, 1].map((columns) => BACKEND.tensor(B, columns));
      const metrics = BACKEND.tensor(1, VALUE_METRICS);
      BACKEND.valueLoss.td(B, {
        q: ofMember(given.output, member),
        nextQ: ofMember(given.nextOutput, member),
        selectionQ: given.selectionOutput && ofMember(given.selectionOutput, member),
        batch: given.batch,
        loss: "huber",
        dQ,
        target,
        absError,
        metrics,
      });
      read(dQ).forEach((slope, k) => {
        expect(dOutput[k * K + member]).toBeCloseTo(slope / K, 6);
      });
      read(absError).forEach((error, b) => {
        errors[b] += error / K;
      });
      loss += read(metrics)[0] / K;
      meanQ += read(metrics)[1] / K;
    }
    read(given.absError).forEach((error, b) => {
      expect(error).toBeCloseTo(errors[b], 6);
    });
    expect(read(given.metrics)[0]).toBeCloseTo(loss, 6);
    expect(read(given.metrics)[1]).toBeCloseTo(meanQ, 6);
    expect(dOutput.filter((slope) => slope !== 0)).toHaveLength(B * K);
  });
});

test("a head given another learning follows it", () => {
  const ensemble = head();
  const [first, second] = [learning(false), learning(false)];
  ensemble.learn(B, first);
  BACKEND.write(second.batch.reward, [5, 5, 5, 5, 5]);
  ensemble.learn(B, second);
  expect(read(second.absError)).not.toEqual(read(first.absError));
});
