import { describe, expect, test } from "vitest";
import { ConjugateGradient, type LinearMap } from "../../../src/agents/policy-gradient/conjugate-gradient.ts";
import { createBackend } from "../../../src/backends/select.ts";
import type { ParameterSpec, Parameters } from "../../../src/operations/handles.ts";
import { Sampler } from "../../conformance/sampler.ts";

const SEED = Number(process.env.BELLWETHER_SEED ?? 1);
const BACKEND = createBackend("test");
const SPECS: ParameterSpec[] = [
  { name: "weight", shape: [3, 2] },
  { name: "bias", shape: [3] },
];
const N = 9;

const read = (block: Parameters): number[] =>
  SPECS.flatMap((_, k) => Array.from(BACKEND.readParameter(block, k) as Float32Array));

function write(block: Parameters, values: ArrayLike<number>): Parameters {
  BACKEND.writeParameter(block, 0, Array.from(values).slice(0, 6));
  BACKEND.writeParameter(block, 1, Array.from(values).slice(6));
  return block;
}
const made = (values: ArrayLike<number>): Parameters => write(BACKEND.parameters(SPECS), values);

const times = (A: readonly (readonly number[])[], v: readonly number[]): number[] =>
  A.map((row) => row.reduce((sum, a, k) => sum + a * v[k], 0));
const mapOf =
  (A: readonly (readonly number[])[]): LinearMap =>
  (v, product) => {
    write(product, times(A, read(v)));
  };

/** M M' + damping, which is symmetric and positive. */
function positiveMatrix(sampler: Sampler, damping: number): number[][] {
  const M = Array.from({ length: N }, () => Array.from(sampler.values(N)));
  return M.map((a, i) => M.map((b, j) => times([a], b)[0] + (i === j ? damping : 0)));
}

/** Gaussian elimination in float64; of positive matrices without a search for pivots. */
function denseSolve(matrix: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, b[i]]);
  for (let k = 0; k < N; k++) {
    for (let i = 0; i < N; i++) {
      if (i === k) continue;
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j <= N; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  return rows.map((row, i) => row[N] / row[i]);
}

describe(`seed ${SEED}`, () => {
  test("finds the solution of a dense solve in as many steps as there are numbers", () => {
    const sampler = new Sampler(SEED);
    const solver = new ConjugateGradient(BACKEND, SPECS);
    for (let trial = 0; trial < 10; trial++) {
      const A = positiveMatrix(sampler, 1);
      const b = Array.from(sampler.values(N));
      const x = made(new Float32Array(N).fill(7));
      solver.solve(mapOf(A), made(b), x, 3 * N);
      const expected = denseSolve(A, b);
      const found = read(x);
      // Float32 with a condition number of about 40.
      for (let k = 0; k < N; k++) expect(Math.abs(found[k] - expected[k])).toBeLessThan(1e-4);
    }
  });

  test("comes closer with every step, in the norm of the matrix", () => {
    const sampler = new Sampler(SEED);
    const A = positiveMatrix(sampler, 0.5);
    const b = Array.from(sampler.values(N));
    const exact = denseSolve(A, b);
    const solver = new ConjugateGradient(BACKEND, SPECS);
    const distances = [1, 2, 3, 4].map((steps) => {
      const x = made(new Float32Array(N));
      expect(solver.solve(mapOf(A), made(b), x, steps)).toBe(steps);
      const error = read(x).map((value, k) => value - exact[k]);
      return times([times(A, error)], error)[0];
    });
    expect(distances).toEqual(distances.toSorted((a, c) => c - a));
    expect(distances[3]).toBeLessThan(distances[0]);
  });
});

test("ends where the residual is gone: a multiple of the identity needs one step", () => {
  const solver = new ConjugateGradient(BACKEND, SPECS);
  const b = [1, -2, 3, 0.5, 0, 1, 4, -1, 2];
  const x = made(new Float32Array(N));
  const twice = Array.from({ length: N }, (_, i) => Array.from({ length: N }, (_, j) => (i === j ? 2 : 0)));
  expect(solver.solve(mapOf(twice), made(b), x, 20)).toBe(1);
  expect(read(x)).toEqual(b.map((value) => value / 2));
});

test("nothing to solve gives 0, without a step", () => {
  const solver = new ConjugateGradient(BACKEND, SPECS);
  const x = made(new Float32Array(N).fill(7));
  expect(solver.solve(() => {}, made(new Float32Array(N)), x, 20)).toBe(0);
  expect(read(x)).toEqual(Array.from({ length: N }, () => 0));
});

test("ends at a direction without curvature, finite", () => {
  const solver = new ConjugateGradient(BACKEND, SPECS);
  const b = new Float32Array(N).fill(1);
  const x = made(new Float32Array(N).fill(7));
  const negative = Array.from({ length: N }, (_, i) => Array.from({ length: N }, (_, j) => (i === j ? -1 : 0)));
  expect(solver.solve(mapOf(negative), made(b), x, 20)).toBe(0);
  expect(read(x)).toEqual(Array.from({ length: N }, () => 0));
});
