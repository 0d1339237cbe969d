// A network with a fixed random function added to it, its prior (Osband et al. 2018, https://arxiv.org/abs/1806.03335, section 3):
//
//   y = f(x) + scale p(x)        f is trained, p is not
//
// Where nothing was learned the outputs differ as their priors do; where much was, they agree. The arrays of the prior are kept
// beside the trained block, named "prior.*".

import type { Backend } from "../backend.ts";
import type { ParameterSpec, RandomStream, Tensor } from "../operations/handles.ts";
import { type GraphWriter, type Module, type Network, type Pass, prefixed, type Site, type Weights } from "./module.ts";

export class RandomPrior implements Module {
  readonly inputs: number;
  readonly outputs: number;
  readonly places: number;
  readonly specs: readonly ParameterSpec[];
  readonly kept: readonly ParameterSpec[];
  readonly #trained: Module;
  readonly #prior: Module;
  readonly #scale: number;

  /** @param prior hidden layers as the trained module's, whose tensors its passes use too */
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

/** The prior's arrays are the kept ones. */
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
  /** Gradient of x, and the prior's part of it; null where nobody needs it. */
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
    // A way back needs the hidden numbers of its own pass.
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
    // First the prior, whose hidden numbers lie where the trained ones will.
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
