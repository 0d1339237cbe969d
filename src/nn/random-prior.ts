// A network plus a fixed random function, its prior (Osband et al. 2018, https://arxiv.org/abs/1806.03335, section 3):
//
//   y = f(x) + scale p(x)        f is trained, p is not
//
// Members of an ensemble disagree about states with little data, because their priors differ, and agree about states with much
// data. The arrays of the prior are kept arrays (`Module.kept`), named "prior.*".

import type { Backend } from "../backend.ts";
import type { ParameterSpec, RandomStream, Tensor } from "../operations/handles.ts";
import { type GraphWriter, type Module, type Network, type Pass, prefixed, type Site, type Weights } from "./module.ts";

/** A trained module plus a fixed random one: y = trained(x) + scale prior(x). */
export class RandomPrior implements Module {
  readonly inputs: number;
  readonly outputs: number;
  readonly places: number;
  readonly specs: readonly ParameterSpec[];
  readonly kept: readonly ParameterSpec[];
  readonly #trained: Module;
  readonly #prior: Module;
  readonly #scale: number;

  /** @param prior module with the same hidden layers as `trained`: their passes share hidden tensors */
  constructor(trained: Module, prior: Module, scale: number) {
    this.inputs = trained.inputs;
    this.outputs = trained.outputs;
    this.places = trained.places;
    this.specs = trained.specs;
    this.kept = prefixed("prior.", prior.specs);
    this.#trained = trained;
    this.#prior = prior;
    this.#scale = scale;
  }

  /** Draws the trained arrays, then the prior's. */
  initialize(backend: Backend, weights: Weights, stream: RandomStream): void {
    this.#trained.initialize(backend, weights, stream);
    this.#prior.initialize(backend, ofPrior(weights), stream);
  }

  on(backend: Backend, weights: Weights): Network {
    const [trained, prior] = [this.#trained.on(backend, weights), this.#prior.on(backend, ofPrior(weights))];
    return { module: this, weights, plan: (site) => new RandomPriorPass(backend, trained, prior, this.#scale, site) };
  }

  map(change: (layer: Module) => Module): Module {
    return new RandomPrior(this.#trained.map(change), this.#prior, this.#scale);
  }

  describe(graph: GraphWriter, input: string, backend: Backend, weights: Weights): string {
    const trained = this.#trained.describe(graph, input, backend, weights);
    const prior = this.#prior.describe(graph, input, backend, ofPrior(weights));
    return graph.node("Add", [trained, graph.node("Mul", [prior, graph.constant([this.#scale])])]);
  }
}

/** Returns the position of the prior's weights: the kept arrays. */
function ofPrior(weights: Weights): Weights {
  return { ...weights, block: weights.kept, first: weights.firstKept };
}

class RandomPriorPass implements Pass {
  readonly rows: number;
  readonly x: Tensor;
  readonly output: Tensor;
  readonly dOutput: Tensor | null;
  readonly trained: Pass;
  readonly #prior: Pass;
  /** Gradient of x, and the prior's part of it; null when not computed. */
  readonly #dX: Tensor | null;
  readonly #dXOfPrior: Tensor | null;
  readonly #backend: Backend;
  readonly #scale: number;

  constructor(backend: Backend, trained: Network, prior: Network, scale: number, site: Site) {
    const { rows, x, dX = null, borrow = null } = site;
    this.rows = rows;
    this.x = x;
    this.trained = trained.plan({ ...site, borrow: (borrow as RandomPriorPass | null)?.trained ?? null });
    this.#dX = dX;
    this.#dXOfPrior = dX === null ? null : backend.tensor(rows, dX.columns);
    // A backward pass through the prior needs hidden tensors that the trained pass does not overwrite.
    this.#prior = prior.plan({ rows, x, dX: this.#dXOfPrior, borrow: dX === null ? this.trained : null });
    this.output = this.trained.output;
    this.dOutput = this.trained.dOutput;
    this.#backend = backend;
    this.#scale = scale;
  }

  get features(): Tensor {
    return this.trained.features;
  }

  forward(rows: number = this.rows): Tensor {
    // The prior runs first, because the trained pass overwrites the shared hidden tensors.
    this.#prior.forward(rows);
    this.trained.forward(rows);
    this.#backend.rows.addScaled(rows, this.#prior.output, this.#scale, this.output);
    return this.output;
  }

  backward(rows: number = this.rows): void {
    const { dOutput } = this.#prior;
    if (this.#dX === null || this.#dXOfPrior === null || dOutput === null) {
      this.trained.backward(rows);
      return;
    }
    const arithmetic = this.#backend.rows;
    arithmetic.copyColumns(rows, this.dOutput!, 0, dOutput, 0, dOutput.columns);
    this.trained.backward(rows);
    this.#prior.backward(rows);
    arithmetic.addScaled(rows, this.#dXOfPrior, this.#scale, this.#dX);
  }
}
