// Noisy networks: equal bits on every backend, what the noise is made of, and the gradients of mu and sigma.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { ParameterSpec, Parameters } from "../../src/operations/handles.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, expectSameBits, now } from "./compare.ts";
import { Pair, parametersOf, readAll, SEED, SENTINEL, size, WIDTHS } from "./pair.ts";
import { Sampler, type Wildness } from "./sampler.ts";

/** A plain network: a dense layer [O, I], a layer norm, a dense layer [A, O]. */
function plainSpecs(I: number, O: number, A: number): ParameterSpec[] {
  return [
    { name: "0.weight", shape: [O, I] },
    { name: "0.bias", shape: [O] },
    { name: "1.weight", shape: [O] },
    { name: "1.bias", shape: [O] },
    { name: "3.weight", shape: [A, O] },
    { name: "3.bias", shape: [A] },
  ];
}

function noisySpecs(plain: readonly ParameterSpec[]): ParameterSpec[] {
  return [...plain, ...plain.map(({ name, shape }) => ({ name: `${name}.sigma`, shape }))];
}

function filled(specs: readonly ParameterSpec[], value: number): Float32Array[] {
  return specs.map((spec) => new Float32Array(size(spec)).fill(value));
}

/** Every number stored, padding included: 0 where no parameter is, so that the norm of the block is that of its numbers. */
function norm(backend: Backend, parameters: Parameters): number {
  const result = backend.tensor(1, 2);
  backend.vectors.clipNorm(parameters, 1e30, result);
  return now(backend.read(result))[0];
}

describe.each(BACKENDS.slice(1))("$name equals the reference bit for bit", ({ create }) => {
  test("in factorised noise of layers of every width, its neighbours untouched", () => {
    const pair = new Pair(create);
    for (const O of WIDTHS) {
      for (const I of WIDTHS) {
        const specs = plainSpecs(I, O, 1 + (I % 9));
        pair.agree(`[${O}, ${I}]`, (backend) => {
          const stream = backend.random.stream(SEED, "noise");
          const noise = parametersOf(backend, specs, filled(specs, SENTINEL));
          backend.noise.factorized(stream, noise, 0, 1);
          const first = readAll(backend, "first", noise);
          backend.noise.factorized(stream, noise, 4, 5);
          backend.noise.factorized(stream, noise, 0, 1);
          return { ...first, ...readAll(backend, "again", noise), stream: backend.random.read(stream) };
        });
      }
    }
  });

  test.each<Wildness>(["ordinary", "finite", "wild"])(
    "in effective parameters and gradients of %s numbers",
    (wildness) => {
      const sampler = new Sampler(SEED);
      const pair = new Pair(create);
      for (const O of WIDTHS) {
        const plain = plainSpecs(sampler.pick(WIDTHS), O, sampler.pick(WIDTHS));
        const specs = noisySpecs(plain);
        const values = (of: readonly ParameterSpec[]): Float32Array[] =>
          of.map((spec) => sampler.values(size(spec), wildness));
        const [trainableValues, noiseValues, slopes] = [values(specs), values(plain), values(plain)];
        pair.agree(`${O} units`, (backend) => {
          const trainable = parametersOf(backend, specs, trainableValues);
          const noise = parametersOf(backend, plain, noiseValues);
          const dEffective = parametersOf(backend, plain, slopes);
          const effective = parametersOf(backend, plain, filled(plain, SENTINEL));
          const gradients = parametersOf(backend, specs, filled(specs, SENTINEL));
          backend.noise.apply(effective, trainable, noise);
          backend.noise.gradient(gradients, dEffective, noise);
          const noisy = { ...readAll(backend, "noisy", effective), ...readAll(backend, "noisy gradient", gradients) };
          backend.noise.apply(effective, trainable, null);
          backend.noise.gradient(gradients, dEffective, null);
          return {
            ...noisy,
            ...readAll(backend, "quiet", effective),
            ...readAll(backend, "quiet gradient", gradients),
            ...readAll(backend, "trainable", trainable),
            ...readAll(backend, "noise", noise),
            ...readAll(backend, "dEffective", dEffective),
          };
        });
      }
    },
  );
});

describe.each(BACKENDS)("$name", ({ create }) => {
  test.each([
    [1, 1],
    [3, 5],
    [9, 4],
    [8, 7],
    [20, 33],
  ])("noise of a layer [%i, %i] is the product of squashed normal numbers, inputs drawn first", (O, I) => {
    const backend = create();
    const specs: ParameterSpec[] = [
      { name: "weight", shape: [O, I] },
      { name: "bias", shape: [O] },
    ];
    const noise = backend.parameters(specs);
    backend.noise.factorized(backend.random.stream(SEED, "noise"), noise, 0, 1);

    const stream = backend.random.stream(SEED, "noise");
    const squashed = (n: number): number[] => {
      const normals = backend.tensor(1, n);
      backend.random.fillNormal(stream, normals, 0, 1);
      return Array.from(now(backend.read(normals)), (x) => Math.fround(Math.sign(x) * Math.sqrt(Math.abs(x))));
    };
    const ofInputs = squashed(I);
    const ofOutputs = squashed(O);
    const products = ofOutputs.flatMap((e) => ofInputs.map((x) => Math.fround(e * x)));
    expectSameBits("weight", now(backend.readParameter(noise, 0)), products);
    expectSameBits("bias", now(backend.readParameter(noise, 1)), ofOutputs);
    // The padding is 0: the norm of the block is that of the numbers it shows.
    const squares = [...products, ...ofOutputs].reduce((sum, x) => sum + x * x, 0);
    expectClose("norm", [norm(backend, noise)], [Math.sqrt(squares)], 1e-5);
  });

  // E f(e) = 0; E f(e)^2 = E |e| = sqrt(2 / pi), so a weight's variance is 2 / pi.
  test("noise has mean 0, and the variance of products of roots", () => {
    const backend = create();
    const [O, I, layers] = [4, 4, 5000];
    const specs: ParameterSpec[] = [
      { name: "weight", shape: [O, I] },
      { name: "bias", shape: [O] },
    ];
    const noise = backend.parameters(specs);
    const stream = backend.random.stream(20_261_121, "noise");
    const sums = [0, 0, 0, 0];
    for (let k = 0; k < layers; k++) {
      backend.noise.factorized(stream, noise, 0, 1);
      const [w, b] = [now(backend.readParameter(noise, 0))[5], now(backend.readParameter(noise, 1))[3]];
      for (const [j, x] of [w, w * w, b, b * b].entries()) sums[j] += x / layers;
    }
    const squash = Math.sqrt(2 / Math.PI);
    const variances = [squash ** 2, 1 - squash ** 4, squash, 1 - squash ** 2];
    for (const [j, exact] of [0, squash ** 2, 0, squash].entries()) {
      expect(Math.abs(sums[j] - exact)).toBeLessThan(5 * Math.sqrt(variances[j] / layers));
    }
  });

  // L = sum of c * effective^2 / 2; central differences with h = 2^-7, exact for a quadratic but for rounding.
  test("gradients of mu and sigma are the slopes of a loss on the effective parameters", () => {
    const backend = create();
    const sampler = new Sampler(SEED);
    const plain = plainSpecs(3, 5, 2);
    const specs = noisySpecs(plain);
    const values = specs.map((spec) => sampler.values(size(spec)));
    const noise = parametersOf(
      backend,
      plain,
      plain.map((spec) => sampler.values(size(spec))),
    );
    const scale = plain.map((spec) => sampler.values(size(spec)));
    const effectiveOf = (from: readonly Float32Array[]): Float32Array[] => {
      const effective = backend.parameters(plain);
      backend.noise.apply(effective, parametersOf(backend, specs, from), noise);
      return plain.map((_, k) => now(backend.readParameter(effective, k)));
    };
    const loss = (from: readonly Float32Array[]): number =>
      effectiveOf(from).reduce(
        (sum, array, k) => sum + array.reduce((inner, x, j) => inner + (scale[k][j] * x * x) / 2, 0),
        0,
      );

    const dEffective = parametersOf(
      backend,
      plain,
      effectiveOf(values).map((array, k) => array.map((x, j) => scale[k][j] * x)),
    );
    const gradients = backend.parameters(specs);
    backend.noise.gradient(gradients, dEffective, noise);
    const h = 1 / 128;
    specs.forEach((spec, k) => {
      const slopes = Array.from({ length: size(spec) }, (_, j) => {
        const moved = (by: number): Float32Array[] =>
          values.map((array, i) => (i === k ? array.map((x, at) => (at === j ? x + by : x)) : array));
        return (loss(moved(h)) - loss(moved(-h))) / (2 * h);
      });
      expectClose(spec.name, now(backend.readParameter(gradients, k)), slopes, 2e-3);
    });
  });
});
