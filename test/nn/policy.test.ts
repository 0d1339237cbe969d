// A policy as a module: its arrays and their start, the distribution and the value that its pass ends in. How the distribution moves
// with the weights is tested in policy-curvature.test.ts, its gradients in test/agents/policy-gradient/actor-critic.test.ts.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { DEFAULT_NETWORK } from "../../src/nn/network-options.ts";
import { type PolicyModule, type PolicyNetwork, policyModule } from "../../src/nn/policy.ts";
import { tensorOf } from "../conformance/pair.ts";
import { arrayOf, blockNumbers, keepsContract, numbers, stage } from "./module-contract.ts";
import { BOX, CASES, type Case, INPUTS, policy, ROWS, UNITS } from "./policy-cases.ts";

// Of a distribution over options the gradient of the output is that of the logits.
describe("PolicyModule over options", () => keepsContract(policy(CASES.categorical), { hasTangent: false }));

function both(given: Case, values: boolean) {
  const backend = new WasmBackend();
  const here = stage(backend, policy(given, values));
  const network = here.network as PolicyNetwork;
  const gradients = backend.parameters(here.weights.block.specs);
  const x = tensorOf(backend, ROWS, INPUTS, here.sampler.values(ROWS * INPUTS));
  return { ...here, network, gradients, x };
}

test("the value is the last output, the rest is the head's", () => {
  for (const given of Object.values(CASES)) {
    const { backend, module, network, x } = both(given, true);
    const pass = network.plan({ rows: ROWS, x });
    const { head, hasValue } = module as PolicyModule;
    expect([hasValue, module.outputs]).toEqual([true, head.outputs + 1]);
    const all = numbers(backend, pass.forward());
    const last = Array.from({ length: ROWS }, (_, row) => all[(row + 1) * module.outputs - 1]);
    expect(Array.from(numbers(backend, pass.value!))).toEqual(last);
    const { distribution } = pass;
    const first = distribution.family === "gaussian" ? distribution.mean : distribution.logits;
    expect(numbers(backend, first)[first.columns]).toBe(all[module.outputs]);
  }
});

test("gradients of distribution and value become one gradient of the network", () => {
  const { backend, network, gradients, x, sampler, module } = both(CASES.bits, true);
  const pass = network.plan({ rows: ROWS, x, gradients });
  const [ofLogits, ofValue] = [sampler.values(ROWS * 3), sampler.values(ROWS)];
  pass.forward();
  const { distribution } = pass;
  backend.write((distribution.family === "bernoulli" && distribution.dLogits) || x, ofLogits);
  backend.write(pass.dValue!, ofValue);
  pass.backward();
  const found = blockNumbers(backend, gradients);
  const plain = (module as PolicyModule).network.on(backend, network.weights).plan({ rows: ROWS, x, gradients });
  plain.forward();
  const joined = Array.from({ length: ROWS }, (_, row) => [...ofLogits.slice(row * 3, row * 3 + 3), ofValue[row]]);
  backend.write(plain.dOutput!, joined.flat());
  plain.backward();
  expect(found).toEqual(blockNumbers(backend, gradients));
});

test.each(Object.entries(CASES))(
  "%s: a pass whose weights are frozen gives the input the same gradient",
  (_, given) => {
    const { backend, network, gradients, x, sampler } = both(given, false);
    const slopes = sampler.values(2 * ROWS * UNITS);
    const action = tensorOf(backend, ROWS, network.module.head.actionSize, new Float32Array(ROWS * 3).fill(1));
    const dLog = tensorOf(backend, ROWS, 1, slopes.slice(0, ROWS));
    const [trained, frozen] = [gradients, null].map((into) => {
      const dX = backend.tensor(ROWS, INPUTS);
      const pass = network.plan({ rows: ROWS, x, gradients: into, dX });
      pass.forward();
      backend.actionDistribution.gradient(ROWS, pass.distribution, action, dLog, 0);
      pass.backward();
      return numbers(backend, dX);
    });
    expect(frozen).toEqual(trained);
    expect(frozen.some((slope) => slope !== 0)).toBe(true);
  },
);

test("a pass borrows the hidden tensors of another policy's", () => {
  const { backend, network, gradients, x } = both(CASES["Gaussian with deviations of the state"], true);
  const lender = network.plan({ rows: ROWS, x, gradients });
  const alone = network.plan({ rows: ROWS, x });
  const borrower = network.plan({ rows: ROWS, x, borrow: lender });
  borrower.forward();
  expect(() => lender.backward()).toThrow("backward: pass expected its own hidden tensors");
  const values = numbers(backend, borrower.value!);
  alone.forward();
  expect(values).toEqual(numbers(backend, alone.value!));
});

describe("arrays", () => {
  const started = (given: Case, values: boolean) => {
    const { backend, module, weights } = both(given, values);
    module.initialize(backend, weights, backend.random.stream(5, "init"));
    return (name: string): Float32Array =>
      arrayOf(backend, weights.block, weights.first + module.specs.findIndex((spec) => spec.name === name));
  };

  test("are the network's, then the head's", () => {
    const own = ["0.weight", "0.bias", "2.weight", "2.bias"];
    const names = (given: Case): string[] => policy(given).specs.map(({ name }) => name);
    expect(names(CASES.categorical)).toEqual(own);
    expect(names(CASES["Gaussian with deviations of its own"])).toEqual([...own, "log_std"]);
    expect(names(CASES["Gaussian by a function of the state"])).toEqual([...own, "log_std"]);
    expect(names(CASES["Gaussian with deviations of the state"])).toEqual(own);
  });

  test("start with small outputs of the policy, a value of gain 1, and the head's numbers", () => {
    const orthogonal = (given: Case, values: boolean) => {
      const { head } = policy(given);
      const network = { ...DEFAULT_NETWORK, hidden: [UNITS], initializer: "orthogonal" as const };
      const module = policyModule({ inputs: INPUTS, network, head, values });
      const backend = new WasmBackend();
      const { weights } = stage(backend, module, true);
      module.initialize(backend, weights, backend.random.stream(5, "init"));
      return module.specs.map((_, i) => arrayOf(backend, weights.block, i));
    };
    const options = { logDeviation: -0.5, stateDependent: true };
    const [, , weight, bias] = orthogonal({ space: BOX, options }, true);
    const lengthOf = (row: number): number => Math.hypot(...weight.subarray(UNITS * row, UNITS * (row + 1)));
    for (let row = 0; row < 4; row++) expect(lengthOf(row)).toBeCloseTo(0.01, 6);
    expect(lengthOf(4)).toBeCloseTo(1, 6);
    expect(Array.from(bias)).toEqual([0, 0, -0.5, -0.5, 0]);
    const read = started({ space: BOX, options: { logDeviation: -0.5 } }, false);
    expect(Array.from(read("log_std"))).toEqual([-0.5, -0.5]);
  });
});

test("map replaces the network's layers and keeps the head", () => {
  const module = policy(CASES["Gaussian with deviations of its own"]);
  const mapped = module.map((layer) => layer) as PolicyModule;
  expect(mapped.head).toBe(module.head);
  expect(mapped.specs).toEqual(module.specs);
});
