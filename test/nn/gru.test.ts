// A layer of gated recurrent units: the contract over sequences with episodes that begin within them, and how it starts. What it
// computes is held to PyTorch's numbers in test/conformance/recurrent.test.ts.

import { describe, expect, test } from "vitest";
import { Gru, type GruNetwork, type GruPass, type GruSite } from "../../src/nn/gru.ts";
import type { Pass } from "../../src/nn/module.ts";
import { BACKENDS } from "../conformance/backends.ts";
import { tensorOf } from "../conformance/pair.ts";
import { arrayOf, blockNumbers, keepsContract, numbers, type Stage, stage } from "./module-contract.ts";

const STATES = Float32Array.of(0.5, -1, 0.25, 1, -0.5, 0.75, 0.1, -0.2, 0.3);

/** Three sequences of two steps, the second of which begins an episode in one of them. */
function plan(stage: Stage, site: GruSite): Pass {
  const pass = (stage.network as GruNetwork).plan({ ...site, steps: site.steps ?? 2 });
  stage.backend.write(pass.start, [0, 0, 0, 0, 1, 0]);
  stage.backend.write(pass.state, STATES);
  return pass;
}

describe("Gru, two steps of three sequences", () => {
  keepsContract(new Gru(2, 3, "pytorch-linear"), { plan, rows: 6, rowsAreApart: false, hasTangent: false });
});

describe.each(BACKENDS)("on $name", ({ create }) => {
  test("starts as torch.nn.GRU does: everything uniform within 1 / sqrt(units)", () => {
    const backend = create();
    const module = new Gru(3, 16, "pytorch-linear");
    const { weights } = stage(backend, module);
    module.initialize(backend, weights, backend.random.stream(1, "init"));
    for (const [i] of module.specs.entries()) {
      const values = arrayOf(backend, weights.block, weights.first + i);
      const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      // The largest of 48 uniform numbers or more is below 80 % of their bound with a probability of 2e-5.
      expect(largest).toBeGreaterThan(0.8 / 4);
      expect(largest).toBeLessThanOrEqual(1 / 4);
    }
  });

  test("starts with orthonormal columns and no bias where that is asked for", () => {
    const backend = create();
    const module = new Gru(3, 4, "orthogonal");
    const { weights } = stage(backend, module);
    module.initialize(backend, weights, backend.random.stream(1, "init"));
    const weight = arrayOf(backend, weights.block, weights.first + 1);
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) {
        let sum = 0;
        for (let k = 0; k < 12; k++) sum += weight[k * 4 + a] * weight[k * 4 + b];
        expect(sum).toBeCloseTo(a === b ? 1 : 0, 5);
      }
    }
    expect(Array.from(arrayOf(backend, weights.block, weights.first + 3))).toEqual(new Array(12).fill(0));
  });

  test("computes the same alone and as a part of a larger block, and leaves its neighbours alone", () => {
    const backend = create();
    const x = tensorOf(backend, 4, 2, [1, 2, -1, 0.5, 0.25, -2, 1, 1]);
    const run = (isAlone: boolean): number[][] => {
      const module = new Gru(2, 3, "pytorch-linear");
      const here = stage(backend, module, isAlone);
      const { block } = here.weights;
      const others = isAlone ? [] : [0, block.specs.length - 1].map((i) => arrayOf(backend, block, i));
      module.initialize(backend, here.weights, backend.random.stream(2, "init"));
      const gradients = backend.parameters(block.specs);
      const dX = backend.tensor(4, 2);
      const pass = (here.network as GruNetwork).plan({ rows: 4, x, gradients, dX, steps: 2 });
      const output = Array.from(numbers(backend, pass.forward()));
      backend.write(pass.dOutput!, new Float32Array(12).fill(1));
      pass.backward();
      const found = blockNumbers(backend, gradients);
      if (!isAlone) {
        expect([0, block.specs.length - 1].map((i) => arrayOf(backend, block, i))).toEqual(others);
        expect([...found.splice(0, 3), ...found.splice(-3)]).toEqual([0, 0, 0, 0, 0, 0]);
      }
      return [output, Array.from(numbers(backend, dX)), found];
    };
    expect(run(false)).toEqual(run(true));
  });

  test("has the names and shapes of PyTorch's nn.GRU with one layer", () => {
    expect(new Gru(2, 3, "pytorch-linear").specs).toEqual([
      { name: "weight_ih_l0", shape: [9, 2] },
      { name: "weight_hh_l0", shape: [9, 3] },
      { name: "bias_ih_l0", shape: [9] },
      { name: "bias_hh_l0", shape: [9] },
    ]);
  });

  test("steps on from the states that it gave, and begins anew where an episode starts", () => {
    const backend = create();
    const here = stage(backend, new Gru(2, 3, "pytorch-linear"));
    const network = here.network as GruNetwork;
    const x = [1, 2, -1, 0.5];
    const both = network.plan({ rows: 2, x: tensorOf(backend, 2, 2, x), steps: 2 });
    const states = numbers(backend, both.forward());
    const single = network.plan({ rows: 1, x: backend.tensor(1, 2) });
    const step = (row: number, pass: GruPass): Float32Array => {
      backend.write(pass.x, x.slice(2 * row, 2 * row + 2));
      return numbers(backend, pass.forward());
    };
    const first = step(0, single);
    backend.write(single.state, first);
    expect([...first, ...step(1, single)]).toEqual(Array.from(states));
    backend.write(single.start, [1]);
    const anew = step(1, single);
    backend.write(single.start, [0]);
    backend.write(single.state, [0, 0, 0]);
    expect(step(1, single)).toEqual(anew);
  });

  test("a borrowing pass has episode starts of its own and nothing else", () => {
    const backend = create();
    const here = stage(backend, new Gru(2, 3, "pytorch-linear"));
    const network = here.network as GruNetwork;
    const x = tensorOf(backend, 2, 2, [1, 2, -1, 0.5]);
    const lender = network.plan({ rows: 2, x, steps: 2 });
    const borrower = network.plan({ rows: 2, x, borrow: lender });
    expect(borrower.start).not.toBe(lender.start);
    for (const name of ["state", "input", "recurrent", "previous", "output"] as const) {
      expect(borrower[name]).toBe(lender[name]);
    }
  });
});
