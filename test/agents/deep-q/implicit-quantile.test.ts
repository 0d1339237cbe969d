// The network of IQN: names of its arrays, quantiles by hand, fractions that are drawn or fixed, borrowed tensors, gradients.

import { describe, expect, test } from "vitest";
import {
  ImplicitQuantile,
  type ImplicitQuantileOptions,
  type ImplicitQuantilePass,
} from "../../../src/agents/deep-q/implicit-quantile.ts";
import { WasmBackend } from "../../../src/backends/wasm/wasm-backend.ts";
import type { Network, Site } from "../../../src/nn/module.ts";
import { DEFAULT_NETWORK, type NetworkOptions } from "../../../src/nn/network-options.ts";
import { tensorOf } from "../../conformance/pair.ts";
import { arrayOf, keepsContract, numbers, type Stage, stage } from "../../nn/module-contract.ts";

const [I, A, ROWS] = [3, 2, 4];
const DISTRIBUTION: ImplicitQuantileOptions = {
  type: "implicit-quantile",
  quantiles: 3,
  nextQuantiles: 4,
  actingQuantiles: 2,
  cosines: 5,
  kappa: 1,
};

function moduleOf(
  options: Partial<NetworkOptions> = {},
  dueling: boolean = false,
  changes: Partial<ImplicitQuantileOptions> = {},
): ImplicitQuantile {
  const network = { ...DEFAULT_NETWORK, hidden: [6, 5], ...options };
  return new ImplicitQuantile({
    inputs: I,
    actions: A,
    network,
    distribution: { ...DISTRIBUTION, ...changes },
    dueling,
  });
}

const X = Float32Array.from({ length: ROWS * I }, (_, i) => ((i * 7) % 11) / 6 - 0.8);

/** A network on drawn weights, and passes of it over the same observations. */
function build(...given: Parameters<typeof moduleOf>) {
  const backend = new WasmBackend();
  const here = stage(backend, moduleOf(...given), true);
  here.module.initialize(backend, here.weights, backend.random.stream(4, "init"));
  const x = tensorOf(backend, ROWS, I, X);
  const gradients = backend.parameters(here.module.specs);
  const plan = (site: Partial<Site> = {}, network: Network = here.network): ImplicitQuantilePass =>
    network.plan({ rows: ROWS, x, ...site }) as ImplicitQuantilePass;
  const answer = (pass: ImplicitQuantilePass, rows?: number): Float32Array => numbers(backend, pass.forward(rows));
  return { ...here, x, gradients, plan, answer };
}

describe("arrays are named by their part", () => {
  const names = (options: Partial<NetworkOptions>, dueling: boolean = false): string[] =>
    moduleOf(options, dueling).specs.map(({ name, shape }) => `${name} ${shape}`);

  test("two hidden layers: one before the fractions, one behind", () => {
    expect(names({ hidden: [8, 7] })).toEqual([
      ...["state.0.weight 8,3", "state.0.bias 8"],
      ...["fractions.0.weight 8,5", "fractions.0.bias 8"],
      ...["values.0.weight 7,8", "values.0.bias 7", "values.2.weight 2,7", "values.2.bias 2"],
    ]);
  });

  test("one hidden layer, before the fractions, and layer norm", () => {
    expect(names({ hidden: [8], layerNorm: true }, true)).toEqual([
      ...["state.0.weight 8,3", "state.0.bias 8", "state.1.weight 8", "state.1.bias 8"],
      ...["fractions.0.weight 8,5", "fractions.0.bias 8"],
      ...["values.0.weight 3,8", "values.0.bias 3"],
    ]);
  });

  test("no hidden layer: the observation itself meets the fractions", () => {
    expect(names({ hidden: [] })).toEqual([
      ...["fractions.0.weight 3,5", "fractions.0.bias 3"],
      ...["values.0.weight 2,3", "values.0.bias 2"],
    ]);
  });
});

/** f(psi(x) * phi(tau)) of one observation and fraction in float64, for a network without layer norm and with ReLU. */
function quantilesByHand({ backend, weights }: Stage, observation: ArrayLike<number>, tau: number, dueling: boolean) {
  const dense = (index: number, input: readonly number[], relu: boolean): number[] => {
    const weight = arrayOf(backend, weights.block, index);
    return Array.from(arrayOf(backend, weights.block, index + 1), (bias, o) => {
      const z = input.reduce((sum, value, i) => sum + value * weight[o * input.length + i], bias);
      return relu ? Math.max(z, 0) : z;
    });
  };
  const psi = dense(0, Array.from(observation), true);
  const cosines = Array.from({ length: DISTRIBUTION.cosines }, (_, i) => Math.cos(Math.PI * i * tau));
  const phi = dense(2, cosines, true);
  const hidden = psi.map((value, h) => value * phi[h]);
  const head = dense(6, dense(4, hidden, true), false);
  if (!dueling) return head;
  const [value, ...advantages] = head;
  const mean = advantages.reduce((sum, advantage) => sum + advantage, 0) / advantages.length;
  return advantages.map((advantage) => value + advantage - mean);
}

test.each([false, true])(
  "the output is f(psi(x) * phi(tau)), dueling %s, of the fractions that it shows",
  (dueling) => {
    const here = build({}, dueling);
    const { backend, gradients, network, plan, answer } = here;
    for (const stream of [null, backend.random.stream(1, "fractions")]) {
      if (stream !== null) network.resample!(stream);
      for (const pass of [plan(), plan({ gradients })]) {
        const N = pass.output.columns / A;
        expect(N).toBe(pass.dOutput === null ? 2 : 3);
        const output = answer(pass);
        const fractions = numbers(backend, pass.fractions);
        for (let b = 0; b < ROWS; b++) {
          for (let n = 0; n < N; n++) {
            const tau = fractions[b * N + n];
            if (stream === null) expect(tau).toBe(Math.fround((n + 0.5) / N));
            const expected = quantilesByHand(here, X.subarray(b * I, b * I + I), tau, dueling);
            for (let a = 0; a < A; a++) expect(output[(b * A + a) * N + n]).toBeCloseTo(expected[a], 5);
          }
        }
      }
    }
  },
);

test("drawn fractions differ from pass to pass and follow their stream", () => {
  const { backend, gradients, network, plan, answer } = build();
  const pass = plan({ gradients });
  const stream = backend.random.stream(1, "fractions");
  const start = backend.random.read(stream);
  network.resample!(stream);
  const first = answer(pass);
  expect(answer(pass)).not.toEqual(first);
  backend.random.write(stream, start);
  expect(answer(pass)).toEqual(first);
});

test("without noise a network answers the same every time, after drawing and with borrowed tensors too", () => {
  const { backend, gradients, network, plan, answer } = build();
  const [acting, learning] = [plan(), plan({ gradients })];
  const borrowing = plan({ borrow: learning });
  expect(borrowing.output.columns).toBe(A * DISTRIBUTION.nextQuantiles);
  const [quiet, quietBorrowing] = [answer(acting), answer(borrowing)];
  expect(answer(acting)).toEqual(quiet);
  network.resample!(backend.random.stream(1, "fractions"));
  for (const pass of [acting, borrowing, learning]) pass.forward();
  network.withoutNoise!();
  learning.forward();
  expect(answer(acting)).toEqual(quiet);
  expect(answer(borrowing)).toEqual(quietBorrowing);
  expect(numbers(backend, borrowing.fractions).slice(0, 4)).toEqual(Float32Array.of(0.125, 0.375, 0.625, 0.875));
});

test("passes borrow the tensors of a larger one, and plan their own beside a smaller one: the numbers are the same", () => {
  const options = { activation: "silu", layerNorm: true } as const;
  const { backend, gradients, plan, answer, weights } = build(options, true);
  const wide = moduleOf(options, true, { quantiles: 6 }).on(backend, weights);
  wide.withoutNoise!();
  // 4 fractions a row fit into tensors planned for 6, not into those for 3.
  const planned = (borrow: ImplicitQuantilePass): [number, Float32Array] => {
    const { bytes } = backend;
    const pass = plan({ borrow }, borrow === lent ? wide : undefined);
    return [backend.bytes - bytes, answer(pass)];
  };
  const lent = plan({ gradients }, wide);
  const [borrowed, ofBorrowed] = planned(lent);
  const [own, ofOwn] = planned(plan({ gradients }));
  expect(borrowed).toBeLessThan(own / 2);
  expect(ofBorrowed).toEqual(ofOwn);
});

test("fewer rows than planned give the same rows, of fixed fractions that are shown for all rows at once", () => {
  const { plan, answer } = build({ activation: "silu", layerNorm: true }, true);
  const all = answer(plan());
  const pass = plan();
  const size = A * DISTRIBUTION.actingQuantiles;
  expect(answer(pass, 1).slice(0, size)).toEqual(all.slice(0, size));
  expect(answer(pass, 3).slice(0, 3 * size)).toEqual(all.slice(0, 3 * size));
});

// As many fractions in every kind of pass, so that those that somebody needs less of can be compared.
const COUNTS = { quantiles: 3, actingQuantiles: 3, nextQuantiles: 3 };
describe.each(
  (["tanh", "gelu"] as const).flatMap((activation) =>
    [[], [6], [6, 5], [6, 5, 4]].flatMap((hidden) =>
      [false, true].map((dueling) => ({ activation, hidden, dueling, layerNorm: hidden.length > 1 && dueling })),
    ),
  ),
)("$activation, $hidden, layer norm $layerNorm, dueling $dueling", ({ dueling, ...options }) => {
  keepsContract(moduleOf(options, dueling, COUNTS), { hasTangent: false });
});

test("map replaces the layers of all parts", () => {
  const module = moduleOf();
  const seen: string[] = [];
  const mapped = module.map((layer) => {
    seen.push(layer.constructor.name);
    return layer;
  });
  expect(seen).toEqual(["Dense", "Dense", "Dense", "Dense"]);
  expect(mapped.specs).toEqual(module.specs);
  const linear = moduleOf({ hidden: [] }).map((layer) => layer) as ImplicitQuantile;
  expect(linear.state).toBe(null);
});

test("convolutional layers are refused", () => {
  expect(() => moduleOf({ convolution: [{ filters: 16, kernel: 3 }] })).toThrow(
    new RangeError(
      'network: convolution expected no layers with implicit quantiles, got 1. Learn images with "categorical" or "quantile" distributions.',
    ),
  );
});
