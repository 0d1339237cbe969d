// The operations of policies: every backend equals the reference bit for bit.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { ParameterSpec, Tensor } from "../../src/operations/handles.ts";
import { type PolicyLoss, SURROGATE_METRICS, type ValueLoss } from "../../src/operations/policy-loss.ts";
import { BACKENDS } from "./backends.ts";
import { now } from "./compare.ts";
import {
  type Outputs,
  output,
  Pair,
  parametersOf,
  ROWS,
  readAll as readParameters,
  SEED,
  size,
  tensorOf,
  WIDTHS,
} from "./pair.ts";
import { type Drawn, distributionOf, draw, FAMILIES, gradientsOf } from "./policy-distributions.ts";
import { Sampler, type Wildness } from "./sampler.ts";

const CHOICES: readonly (readonly number[])[] = [[1], [2], [3], [4], [5], [18], [2, 3], [4, 4, 4], [1, 5, 2, 3], [65]];
const WILDNESS: readonly Wildness[] = ["ordinary", "finite", "wild"];

function readAll(backend: Backend, tensors: Record<string, Tensor>): Outputs {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, now(backend.read(tensor))]));
}

describe.each(BACKENDS.slice(1))("$name equals the reference bit for bit", ({ create }) => {
  describe.each(FAMILIES)("%s", (family) => {
    test.each(WILDNESS)("on %s numbers, rows and columns beyond untouched", (wildness) => {
      const sampler = new Sampler(SEED);
      const pair = new Pair(create);
      for (const [i, rows] of ROWS.slice(0, 12).entries()) {
        for (const choices of CHOICES) {
          const masked = family === "categorical" && i % 2 === 1;
          const one = draw(sampler, family, rows, choices, wildness, masked);
          const moved = (values: Float32Array): Float32Array => sampler.values(values.length, wildness);
          const other = { ...one, parameters: moved(one.parameters), deviations: moved(one.deviations) };
          const dLog = sampler.values(rows, wildness);
          const dEntropy = i % 3 === 2 ? 0 : sampler.values(1, wildness)[0];
          pair.agree(`${rows} x ${choices}${masked ? ", masked" : ""}`, (backend): Outputs => {
            const { actionDistribution } = backend;
            const { distribution, action } = distributionOf(backend, one);
            const stream = backend.random.stream(SEED, "policy");
            const [drawn, mode] = [0, 1].map(() => output(backend, one.planned, one.P));
            const [logProbability, entropy, divergence] = [0, 1, 2].map(() => output(backend, one.planned, 1));
            const dLogProbability = tensorOf(backend, rows, 1, dLog);
            actionDistribution.sample(stream, rows, distribution, drawn);
            actionDistribution.sample(null, rows, distribution, mode);
            actionDistribution.evaluate(rows, distribution, action, logProbability, entropy);
            actionDistribution.gradient(rows, distribution, action, dLogProbability, dEntropy);
            actionDistribution.divergence(rows, distribution, distributionOf(backend, other).distribution, divergence);
            const gradients = gradientsOf(backend, distribution);
            actionDistribution.fisherProduct(rows, distribution);
            const products = Object.entries(gradientsOf(backend, distribution));
            return {
              ...readAll(backend, { drawn, mode, logProbability, entropy, divergence }),
              ...gradients,
              ...Object.fromEntries(products.map(([name, values]) => [`product of ${name}`, values])),
              stream: backend.random.read(stream),
            };
          });
        }
      }
    });
  });

  test("logarithms that a short sum does not round", () => {
    // Found among 13 million: the nearest float32 is settled by less than 2^-42.
    const second = [-0.895005464553833, -0.9046563506126404, -0.9266589283943176, -1.2033990621566772];
    const drawn: Drawn = {
      family: "categorical",
      planned: 4,
      rows: 4,
      P: 1,
      choices: [2],
      columns: 2,
      parameters: Float32Array.from(second.flatMap((logit) => [0, logit])),
      deviations: new Float32Array(0),
      mask: null,
      action: new Float32Array(4),
    };
    new Pair(create).agree("two options", (backend) => {
      const { distribution, action } = distributionOf(backend, drawn);
      const [logProbability, entropy] = [0, 1].map(() => output(backend, 4, 1));
      backend.actionDistribution.evaluate(4, distribution, action, logProbability, entropy);
      return readAll(backend, { logProbability, entropy });
    });
  });

  test.each(WILDNESS)("sums and products of blocks of parameters, on %s numbers", (wildness) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create);
    for (const outputs of WIDTHS) {
      const specs: ParameterSpec[] = [
        { name: "weight", shape: [outputs, sampler.pick(WIDTHS)] },
        { name: "bias", shape: [outputs] },
      ];
      const [x, y] = [0, 1].map(() => specs.map((spec) => sampler.values(size(spec), wildness)));
      const [scaleY, scaleX] = sampler.values(2, wildness);
      pair.agree(`${outputs} outputs`, (backend) => {
        const { vectors } = backend;
        const [left, right] = [x, y].map((values) => parametersOf(backend, specs, values));
        const sums = output(backend, 1, 3);
        vectors.dot(left, right, sums, 1);
        vectors.combine(right, scaleY, left, scaleX);
        vectors.dot(right, right, sums, 2);
        return { ...readParameters(backend, "combined", right), sums: backend.read(sums) };
      });
    }
  });

  test.each(WILDNESS)("losses and standard scores on %s numbers, rows beyond untouched", (wildness) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create);
    for (const rows of ROWS) {
      const planned = rows + sampler.index(3);
      const [log, old, advantage, entropy, value, oldValue, target] = Array.from({ length: 7 }, () =>
        sampler.values(planned, wildness),
      );
      const clip = sampler.pick([0, 0.1, 0.2, 3]);
      const weight = sampler.pick([0.5, 1, 0.19]);
      pair.agree(`${rows} rows, clip ${clip}`, (backend): Outputs => {
        const column = (values: Float32Array): Tensor => tensorOf(backend, planned, 1, values);
        const results: Outputs = {};
        for (const isClipped of [true, false]) {
          const [ofSurrogate, ofValues] = [output(backend, 2, SURROGATE_METRICS), output(backend, 2, 1)];
          const ofPolicy: PolicyLoss = {
            logProbability: column(log),
            oldLogProbability: isClipped ? column(old) : null,
            advantage: column(advantage),
            entropy: column(entropy),
            clip,
            dLogProbability: output(backend, planned, 1),
            metrics: ofSurrogate,
          };
          const ofValue: ValueLoss = {
            value: column(value),
            target: column(target),
            oldValue: isClipped ? column(oldValue) : null,
            clip,
            weight,
            dValue: output(backend, planned, 1),
            metrics: ofValues,
          };
          backend.policyLoss.surrogate(rows, ofPolicy);
          backend.policyLoss.value(rows, ofValue);
          const { dLogProbability } = ofPolicy;
          const read = readAll(backend, { dLogProbability, dValue: ofValue.dValue, ofSurrogate, ofValues });
          for (const [name, values] of Object.entries(read)) results[`${name} ${isClipped}`] = values;
        }
        const scores = column(advantage);
        backend.rows.standardize(rows, scores);
        return { ...results, ...readAll(backend, { scores }) };
      });
    }
  });
});

describe.each(BACKENDS)("$name", ({ create }) => {
  test("shares the numbers of a parameter and its tensor", () => {
    const backend = create();
    const parameters = backend.parameters([
      { name: "weight", shape: [3, 2] },
      { name: "log_std", shape: [5] },
    ]);
    const vector = backend.vector(parameters, 1);
    expect([vector.rows, vector.columns]).toEqual([1, 5]);
    backend.writeParameter(parameters, 0, [1, 2, 3, 4, 5, 6]);
    backend.writeParameter(parameters, 1, [10, 11, 12, 13, 14]);
    expect(Array.from(now(backend.read(vector)))).toEqual([10, 11, 12, 13, 14]);
    backend.write(vector, [5, 4, 3, 2, 1]);
    expect(Array.from(now(backend.readParameter(parameters, 1)))).toEqual([5, 4, 3, 2, 1]);
    expect(Array.from(now(backend.readParameter(parameters, 0)))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("reads its first rows into an array, and leaves the rest of it alone", () => {
    const backend = create();
    const tensor = tensorOf(backend, 3, 2, [1, 2, 3, 4, 5, 6]);
    const target = new Float32Array(6).fill(-1);
    backend.latestRows(tensor, 2, target, 1);
    expect(Array.from(target)).toEqual([-1, 1, 2, 3, 4, -1]);
    backend.latestRows(tensor, 1, target);
    expect(Array.from(target)).toEqual([1, 2, 2, 3, 4, -1]);
    // A view is made again after the memory grew.
    backend.tensor(400, 400);
    backend.latestRows(tensor, 3, target);
    expect(Array.from(target)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("joins tensors side by side and takes them apart", () => {
    const backend = create();
    const left = tensorOf(backend, 3, 2, [1, 2, 3, 4, 5, 6]);
    const right = tensorOf(backend, 3, 1, [7, 8, 9]);
    const joined = output(backend, 3, 4);
    backend.rows.copyColumns(2, left, 0, joined, 1, 2);
    backend.rows.copyColumns(3, right, 0, joined, 3, 1);
    expect(Array.from(now(backend.read(joined)))).toEqual([7.25, 1, 2, 7, 7.25, 3, 4, 8, 7.25, 7.25, 7.25, 9]);
    const apart = output(backend, 3, 2);
    backend.rows.copyColumns(2, joined, 2, apart, 0, 2);
    expect(Array.from(now(backend.read(apart)))).toEqual([2, 7, 4, 8, 7.25, 7.25]);
  });
});
