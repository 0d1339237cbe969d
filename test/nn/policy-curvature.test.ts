// The curvature of a policy: F v = J' M J v, of which J v is how the distribution moves (PolicyPass.planMoves), M the Fisher
// information of the distribution, J' the way back (Schulman et al. 2015, https://arxiv.org/abs/1502.05477, appendix C.1). It is the
// second derivative of the mean divergence from the policy to one nearby: TRPO's trust region is made of it.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import type { PolicyNetwork } from "../../src/nn/policy.ts";
import type { Parameters } from "../../src/operations/handles.ts";
import { SEED, tensorOf } from "../conformance/pair.ts";
import { blockNumbers, numbers, stage } from "./module-contract.ts";
import { CASES, type Case, INPUTS, policy, ROWS, UNITS } from "./policy-cases.ts";

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, k) => sum + x * b[k], 0);

function built(given: Case) {
  const backend = new WasmBackend();
  const module = policy(given);
  const { network, sampler, weights } = stage(backend, module, true);
  const { head } = module;
  const sizes = module.specs.map(({ shape }) => shape[0] * (shape[1] ?? 1));
  const write = (block: Parameters, values: readonly number[]): Parameters => {
    let from = 0;
    for (const [k, size] of sizes.entries()) {
      backend.writeParameter(block, k, values.slice(from, from + size));
      from += size;
    }
    return block;
  };
  const count = sizes.reduce((a, b) => a + b);
  const vector = (): number[] => Array.from(sampler.values(count));
  const theta = vector().map((value) => value / 2);
  write(weights.block, theta);
  const x = tensorOf(backend, ROWS, INPUTS, sampler.values(ROWS * INPUTS));
  const observations = Array.from(numbers(backend, x));
  const mask = given.masked ? Array.from({ length: ROWS * head.outputs }, (_, k) => (k % 3 === 1 ? 0 : 1)) : null;
  const gradients = backend.parameters(module.specs);
  const pass = (network as PolicyNetwork).plan({ rows: ROWS, x, gradients });
  const { distribution } = pass;
  if (mask !== null && distribution.family === "categorical") {
    distribution.mask = tensorOf(backend, ROWS, head.outputs, mask);
  }
  const direction = backend.parameters(module.specs);
  const moves = pass.planMoves(direction);
  moves.hold();
  pass.forward();
  const times = (v: readonly number[], rows: number = ROWS): number[] => {
    write(direction, v);
    moves.forward(rows);
    backend.actionDistribution.fisherProduct(rows, distribution);
    pass.backward(rows);
    return blockNumbers(backend, gradients);
  };
  return { head, theta: blockNumbers(backend, weights.block), observations, mask, times, vector, count };
}

/** What the network's last layer sees, in float64, row by row: parameters as they are read. */
function features(theta: readonly number[], observations: readonly number[]): number[][] {
  const bias = UNITS * INPUTS;
  return Array.from({ length: ROWS }, (_, row) => {
    const x = observations.slice(row * INPUTS, (row + 1) * INPUTS);
    return Array.from({ length: UNITS }, (_unit, u) =>
      Math.tanh(theta[bias + u] + dot(theta.slice(u * INPUTS, (u + 1) * INPUTS), x)),
    );
  });
}

/** Outputs of the network; log_std is after the network's parameters. */
function outputs(theta: readonly number[], observations: readonly number[], width: number): number[][] {
  const [second, last] = [UNITS * (INPUTS + 1), UNITS * (INPUTS + 1 + width)];
  return features(theta, observations).map((h) =>
    Array.from(
      { length: width },
      (_output, o) => theta[last + o] + dot(theta.slice(second + o * UNITS, second + (o + 1) * UNITS), h),
    ),
  );
}

/** ln of the deviations of one row's actions; log_std [UNITS, columns] is the last of the parameters. */
function noiseDeviations(theta: readonly number[], z: readonly number[], D: number, columns: number): number[] {
  const logStd = theta.slice(-UNITS * columns);
  return Array.from({ length: D }, (_, d) => {
    const variance = z.reduce((sum, x, h) => sum + x * x * Math.exp(2 * logStd[h * columns + (d % columns)]), 1e-6);
    return Math.log(variance) / 2;
  });
}

function softmax(logits: readonly number[], allowed: readonly number[]): number[] {
  const weights = logits.map((value, j) => (allowed[j] === 0 ? 0 : Math.exp(value)));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}

/** The mean KL divergence from the policy `from` to the policy `to`, both parameter vectors, in float64. */
function divergence(
  { space, options }: Case,
  agent: ReturnType<typeof built>,
  from: readonly number[],
  to: readonly number[],
): number {
  const width = agent.head.outputs;
  const [old, next] = [from, to].map((theta) => outputs(theta, agent.observations, width));
  // Features that deviations follow from are constants.
  const constants = features(from, agent.observations);
  let total = 0;
  for (let row = 0; row < ROWS; row++) {
    const [a, b] = [old[row], next[row]];
    if (space.kind === "box") {
      const D = agent.head.actionSize;
      const logs = (theta: readonly number[], output: readonly number[]): readonly number[] => {
        if (options?.type === "gsde")
          return noiseDeviations(theta, constants[row], D, options.sharedDeviations ? 1 : D);
        return options !== undefined && "stateDependent" in options ? output.slice(D) : theta.slice(-D);
      };
      const [s, t] = [logs(from, a), logs(to, b)];
      for (let d = 0; d < D; d++) {
        total += t[d] - s[d] + (Math.exp(2 * s[d]) + (a[d] - b[d]) ** 2) / (2 * Math.exp(2 * t[d])) - 0.5;
      }
    } else {
      const groups =
        space.kind === "multi-binary"
          ? a.map((_, j) => [j])
          : (space.kind === "multi-discrete" ? space.nvec : [width]).map((n, c, all) => {
              const start = all.slice(0, c).reduce((sum, m) => sum + m, 0);
              return Array.from({ length: n }, (_, j) => start + j);
            });
      for (const group of groups) {
        const allowed = group.map((j) => agent.mask?.[row * width + j] ?? 1);
        // A bit is a choice between its logit and 0.
        const pick = (output: readonly number[]): number[] =>
          space.kind === "multi-binary"
            ? softmax([output[group[0]], 0], [1, 1])
            : softmax(
                group.map((j) => output[j]),
                allowed,
              );
        const [p, q] = [pick(a), pick(b)];
        for (let j = 0; j < p.length; j++) if (p[j] > 0) total += p[j] * Math.log(p[j] / q[j]);
      }
    }
  }
  return total / ROWS;
}

describe.each(Object.entries(CASES))(`%s, seed ${SEED}`, (_name, given) => {
  test("F v is the second derivative of the mean divergence along v", () => {
    const agent = built(given);
    const { theta, times, vector, count } = agent;
    const v = vector();
    // float64: curvature of the fourth order moves it by about h^2, rounding by 1e-16 / (4 h^2).
    const h = 1e-3;
    const at = (k: number, step: number, along: number): number =>
      divergence(
        given,
        agent,
        theta,
        theta.map((value, j) => value + along * v[j] + (j === k ? step : 0)),
      );
    const expected = Array.from(
      { length: count },
      (_, k) => (at(k, h, h) - at(k, h, -h) - at(k, -h, h) + at(k, -h, -h)) / (4 * h * h),
    );
    const actual = times(v);
    const largest = Math.max(...expected.map(Math.abs));
    expect(largest).toBeGreaterThan(0.02);
    for (let k = 0; k < count; k++) expect(Math.abs(actual[k] - expected[k]) / largest).toBeLessThan(1e-4);
  });

  test("F is symmetric and nowhere negative", () => {
    const { times, vector } = built(given);
    for (let trial = 0; trial < 5; trial++) {
      const [u, v] = [vector(), vector()];
      const [Fu, Fv] = [times(u), times(v)];
      // Sums of about 40 terms in float32.
      expect(Math.abs(dot(u, Fv) - dot(v, Fu))).toBeLessThan(1e-5 * Math.sqrt(dot(u, Fu) * dot(v, Fv)) + 1e-6);
      expect(dot(v, Fv)).toBeGreaterThan(0);
    }
  });

  test("the first rows alone give their own mean", () => {
    const { times, vector } = built(given);
    const v = vector();
    const [first, second, both] = [1, 2, ROWS].map((rows) => times(v, rows));
    expect(first).not.toEqual(second);
    expect(both).not.toEqual(second);
    // Twice the mean of two rows, less the first one's, is what the second row adds: of no more than all do.
    const added = second.map((value, k) => 2 * value - first[k]);
    expect(dot(v, added)).toBeGreaterThan(-1e-6);
    expect(dot(v, added) + dot(v, first)).toBeLessThan(ROWS * dot(v, both) + 1e-5);
  });
});

test("a second product of the same direction is the same, whatever came between", () => {
  const { times, vector } = built(CASES["Gaussian with deviations of its own"]);
  const [u, v] = [vector(), vector()];
  const first = times(v);
  times(u);
  expect(times(v)).toEqual(first);
});
