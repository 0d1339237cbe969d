// Outputs that are the values of several members: their mean, one member's for every row, and learning member by member.

import { describe, expect, test } from "vitest";
import { EnsembleHead } from "../../../src/agents/deep-q/ensemble-head.ts";
import type { Tensor } from "../../../src/operations/handles.ts";
import { A, B, BACKEND, filled, learned, passesOf, passOf, read, results } from "./value-passes.ts";

const K = 4;
const head = new EnsembleHead(A, "huber", K);

/** [B, A] of one member. */
function ofMember(output: Tensor, member: number): Tensor {
  const values = read(output);
  return filled(B, A, (k) => values[k * K + member]);
}

test("has as many outputs per action as members", () => {
  expect([head.atoms, head.members]).toEqual([K, K]);
});

test("values are the mean of the members, of as many rows as asked for", () => {
  const { output } = passOf(A * K, (k) => ((k * 7) % 13) / 4 - 1);
  const { q, forward } = head.planValues(BACKEND, { ...passOf(A * K, () => 0), output });
  forward(B);
  for (const [k, value] of read(q).entries()) {
    const members = read(output).subarray(k * K, (k + 1) * K);
    expect(value).toBeCloseTo((members[0] + members[1] + members[2] + members[3]) / K, 6);
  }
  BACKEND.write(q, new Float32Array(B * A).fill(9));
  forward(2);
  expect(
    read(q)
      .subarray(2 * A)
      .every((value) => value === 9),
  ).toBe(true);
});

test("one member's values are its own, a member for every row", () => {
  const pass = passOf(A * K, (k) => ((k * 7) % 13) / 4 - 1);
  const { q, forward } = head.planMembers(BACKEND, pass);
  const members = Float32Array.of(2, 0, 3, 3, 1);
  forward(B, members);
  const expected = Array.from({ length: B }, (_, row) =>
    Array.from(read(ofMember(pass.output, members[row])).subarray(row * A, (row + 1) * A)),
  );
  expect(Array.from(read(q))).toEqual(expected.flat());
  BACKEND.write(q, new Float32Array(B * A).fill(9));
  forward(2, members);
  expect(Array.from(read(q))).toEqual([...expected.slice(0, 2).flat(), ...new Array((B - 2) * A).fill(9)]);
});

describe.each([false, true])("double %s", (select) => {
  test("every member learns as if it were alone, with a share of the gradient", () => {
    const { passes, batch, loss, metrics } = learned(head, passesOf(K, { select }));
    const dOutput = read(passes.now.dOutput!);
    const errors = new Float32Array(B);
    let [meanLoss, meanQ] = [0, 0];
    for (let member = 0; member < K; member++) {
      const alone = results(1);
      BACKEND.valueLoss.td(B, {
        q: ofMember(passes.now.output, member),
        nextQ: ofMember(passes.next.output, member),
        selectionQ: passes.select && ofMember(passes.select.output, member),
        ...{ batch, loss: "huber", dQ: alone.d, target: BACKEND.tensor(B, 1) },
        ...{ absError: alone.absError, metrics: alone.metrics },
      });
      for (const [k, slope] of read(alone.d).entries()) expect(dOutput[k * K + member]).toBeCloseTo(slope / K, 6);
      for (const [b, error] of read(alone.absError).entries()) errors[b] += error / K;
      meanLoss += read(alone.metrics)[0] / K;
      meanQ += read(alone.metrics)[1] / K;
    }
    for (const [b, error] of read(loss.absError).entries()) expect(error).toBeCloseTo(errors[b], 6);
    expect(read(metrics)[0]).toBeCloseTo(meanLoss, 6);
    expect(read(metrics)[1]).toBeCloseTo(meanQ, 6);
    expect(dOutput.filter((slope) => slope !== 0)).toHaveLength(B * K);
  });
});
