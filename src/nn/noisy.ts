// Noisy networks (Fortunato et al. 2018, https://arxiv.org/abs/1706.10295): effective weights are mu + sigma x noise. mu and
// sigma are trained; `resample` draws the noise. The block holds the mu of every array, then the sigma of every array in the same
// order, named "<name>_sigma". The effective weights lie in another block that `resample` and `withoutNoise` compute.
// Only dense layers are noisy, as in the paper. The sigma of convolutions and of layer norms stays 0.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import { Dense } from "./dense.ts";
import { type GraphWriter, layersOf, type Module, type Network, type Pass, type Site, type Weights } from "./module.ts";

/** A module whose dense layers have trained noise in their weights, for exploration. */
export class Noisy implements Module {
  readonly inputs: number;
  readonly outputs: number;
  readonly places: number;
  readonly specs: readonly ParameterSpec[];
  readonly kept: readonly ParameterSpec[];
  /** The module without noise. */
  readonly inner: Module;
  readonly #sigma: number;

  /**
   * @param inner module that gets noise. `Noisy` must be the only network of its block: noise starts at the block's first array.
   * @param sigma first sigma times sqrt(inputs) of the layer; 0.5 in the paper
   */
  constructor(inner: Module, sigma: number) {
    this.inputs = inner.inputs;
    this.outputs = inner.outputs;
    this.places = inner.places;
    this.specs = [...inner.specs, ...inner.specs.map((spec) => ({ ...spec, name: `${spec.name}_sigma` }))];
    this.kept = inner.kept;
    this.inner = inner;
    this.#sigma = sigma;
  }

  initialize(backend: Backend, weights: Weights, stream: RandomStream): void {
    this.inner.initialize(backend, weights, stream);
    const sigmas = weights.first + this.inner.specs.length;
    for (const { dense, first } of denseLayers(this.inner)) {
      const sigma = this.#sigma / Math.sqrt(dense.inputs);
      backend.writeParameter(weights.block, sigmas + first, new Float32Array(dense.inputs * dense.outputs).fill(sigma));
      backend.writeParameter(weights.block, sigmas + first + 1, new Float32Array(dense.outputs).fill(sigma));
    }
  }

  on(backend: Backend, weights: Weights): Network {
    return new NoisyNetwork(backend, this, weights);
  }

  map(change: (layer: Module) => Module): Module {
    return new Noisy(this.inner.map(change), this.#sigma);
  }

  /** Adds the module without noise to an ONNX graph: the weights are mu. */
  describe(graph: GraphWriter, input: string, backend: Backend, weights: Weights): string {
    return this.inner.describe(graph, input, backend, weights);
  }
}

function denseLayers(module: Module): { readonly dense: Dense; readonly first: number }[] {
  return layersOf(module).flatMap(({ layer, first }) => (layer instanceof Dense ? [{ dense: layer, first }] : []));
}

class NoisyNetwork implements Network {
  readonly module: Noisy;
  readonly weights: Weights;
  readonly #backend: Backend;
  readonly #inner: Network;
  readonly #effective: Parameters;
  readonly #noise: Parameters;
  readonly #dEffective: Parameters;
  /** Index of the weight of every dense layer. */
  readonly #dense: readonly number[];

  constructor(backend: Backend, module: Noisy, weights: Weights) {
    const { specs } = module.inner;
    this.module = module;
    this.weights = weights;
    this.#backend = backend;
    this.#effective = backend.parameters(specs);
    this.#noise = backend.parameters(specs);
    this.#dEffective = backend.parameters(specs);
    this.#dense = denseLayers(module.inner).map(({ first }) => first);
    this.#inner = module.inner.on(backend, { ...weights, block: this.#effective, first: 0 });
  }

  resample(stream: RandomStream): void {
    const { noise } = this.#backend;
    for (const weight of this.#dense) noise.factorized(stream, this.#noise, weight, weight + 1);
    noise.apply(this.#effective, this.weights.block, this.#noise);
  }

  withoutNoise(): void {
    this.#backend.noise.apply(this.#effective, this.weights.block, null);
  }

  plan(site: Site): Pass {
    const { gradients = null } = site;
    const lender = (site.borrow ?? null) as NoisyPass | null;
    const inner = this.#inner.plan({
      ...site,
      gradients: gradients === null ? null : this.#dEffective,
      borrow: lender?.inner ?? null,
    });
    return new NoisyPass(inner, () => {
      if (gradients !== null) this.#backend.noise.gradient(gradients, this.#dEffective, this.#noise);
    });
  }
}

class NoisyPass implements Pass {
  readonly rows: number;
  readonly x: Tensor;
  readonly output: Tensor;
  readonly dOutput: Tensor | null;
  readonly inner: Pass;
  readonly #spread: () => void;

  /** @param spread computes the gradients of mu and sigma from those of the effective weights */
  constructor(inner: Pass, spread: () => void) {
    this.rows = inner.rows;
    this.x = inner.x;
    this.output = inner.output;
    this.dOutput = inner.dOutput;
    this.inner = inner;
    this.#spread = spread;
  }

  get features(): Tensor {
    return this.inner.features;
  }

  forward(rows: number = this.rows): Tensor {
    return this.inner.forward(rows);
  }

  backward(rows: number = this.rows): void {
    this.inner.backward(rows);
    this.#spread();
  }
}
