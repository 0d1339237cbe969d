// Several value functions in one, each with a fixed random prior.

import { describe, expect, test } from "vitest";
import { BootstrappedDQN, type BootstrappedDQNOptions } from "../../../src/agents/deep-q/bootstrapped-dqn.ts";
import { EnsembleHead } from "../../../src/agents/deep-q/ensemble-head.ts";
import { ensembleValues } from "../../../src/agents/deep-q/ensemble-values.ts";
import { layeredValues, type ValuePlan, valuePlan } from "../../../src/agents/deep-q/value-kind.ts";
import { WasmBackend } from "../../../src/backends/wasm/wasm-backend.ts";
import { DEFAULT_NETWORK, feedForward } from "../../../src/nn/network-options.ts";
import { RandomPrior } from "../../../src/nn/random-prior.ts";
import { box, discrete } from "../../../src/space.ts";
import { readOptions } from "../../../src/training/options.ts";
import { tensorOf } from "../../conformance/pair.ts";
import { arrayOf, numbers, stage } from "../../nn/module-contract.ts";

const [I, A, K] = [5, 2, 3];

function planOf(options: BootstrappedDQNOptions = {}): ValuePlan {
  const spaces = { observationSpace: box(-1, 1, [I]), actionSpace: discrete(A) };
  const given = { network: { hidden: [7, 6] }, ensemble: { members: K, priorScale: 1 }, ...options };
  return valuePlan("BootstrappedDQN", spaces, readOptions(BootstrappedDQN.about, spaces, given));
}

test("members share hidden layers and have outputs of their own, beside priors that are not trained", () => {
  const module = ensembleValues.module(planOf({ dueling: true }));
  expect(module).toBeInstanceOf(RandomPrior);
  expect(module.outputs).toBe(A * K);
  expect(module.specs.map(({ name, shape }) => `${name} ${shape}`).slice(-2)).toEqual([
    `4.weight ${(A + 1) * K},6`,
    `4.bias ${(A + 1) * K}`,
  ]);
  // A prior is not dueling.
  expect(module.kept.map(({ name, shape }) => `${name} ${shape}`).slice(-2)).toEqual([
    `prior.4.weight ${A * K},6`,
    `prior.4.bias ${A * K}`,
  ]);
  const head = ensembleValues.head(planOf());
  expect(head).toBeInstanceOf(EnsembleHead);
  expect([head.members, head.atoms]).toEqual([K, K]);
});

describe("priors", () => {
  test("have no biases, and differ between members and between observations that hold a single number", () => {
    const backend = new WasmBackend();
    const module = ensembleValues.module(planOf());
    const { weights } = stage(backend, module, true);
    module.initialize(backend, weights, backend.random.stream(4, "init"));
    for (const [i, { name }] of module.kept.entries()) {
      const isZero = arrayOf(backend, weights.kept, i).every((value) => value === 0);
      expect(isZero, name).toBe(name.endsWith("bias"));
    }
    const alone = feedForward(I, A * K, { ...DEFAULT_NETWORK, hidden: [7, 6] });
    const prior = alone.on(backend, { ...weights, block: weights.kept });
    const single = Float32Array.from({ length: I * I }, (_, k) => (k % (I + 1) === 0 ? 1 : 0));
    const values = numbers(backend, prior.plan({ rows: I, x: tensorOf(backend, I, I, single) }).forward());
    const spread = (of: ArrayLike<number>): number => Math.max(...Array.from(of)) - Math.min(...Array.from(of));
    for (let unit = 0; unit < A * K; unit++) {
      expect(spread(Array.from({ length: I }, (_, row) => values[row * A * K + unit]))).toBeGreaterThan(0.1);
    }
    expect(spread(values.subarray(0, A * K))).toBeGreaterThan(0.1);
  });

  test("are scaled as the settings say", () => {
    const backend = new WasmBackend();
    const x = tensorOf(backend, 1, I, [1, 0, 0, 0, 1]);
    const valuesOf = (priorScale: number): Float32Array => {
      const module = ensembleValues.module(planOf({ ensemble: { members: K, priorScale } }));
      const { network, weights } = stage(backend, module, true);
      module.initialize(backend, weights, backend.random.stream(4, "init"));
      return numbers(backend, network.plan({ rows: 1, x }).forward());
    };
    const [none, once, twice] = [0, 1, 2].map(valuesOf);
    for (const [k, value] of twice.entries()) expect(value - none[k]).toBeCloseTo(2 * (once[k] - none[k]), 5);
    expect(once).not.toEqual(none);
  });
});

test("without an ensemble values are as other algorithms have them", () => {
  const plan = planOf({ ensemble: null, distribution: { type: "quantile", quantiles: 9 } });
  expect(ensembleValues.module(plan).specs).toEqual(layeredValues.module(plan).specs);
  expect(ensembleValues.head(plan).atoms).toBe(9);
  expect([ensembleValues.ensembles, ensembleValues.distributions]).toEqual([true, layeredValues.distributions]);
});
