// Code that single layers share. A layer stands on weights, plans passes, and is replaced as a whole where adapters are put in.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import { type Activation, needsPreactivation } from "../operations/layers.ts";
import type { GraphWriter, Module, Network, Pass, Site, Tangent, TangentSite, Weights } from "./module.ts";

export abstract class Layer implements Module {
  readonly inputs: number;
  readonly outputs: number;
  readonly places: number;
  readonly specs: readonly ParameterSpec[];
  readonly kept: readonly ParameterSpec[] = [];

  /** @param specs trained arrays. Default: none. @param places numbers in PyTorch's names. Default: 1. */
  constructor(inputs: number, outputs: number, specs: readonly ParameterSpec[] = [], places: number = 1) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.specs = specs;
    this.places = places;
  }

  /** Draws nothing: a layer with arrays overrides this. */
  initialize(_backend: Backend, _weights: Weights, _stream: RandomStream): void {}

  on(backend: Backend, weights: Weights): Network {
    return { module: this, weights, plan: this.planner(backend, weights) };
  }

  map(change: (layer: Module) => Module): Module {
    return change(this);
  }

  abstract describe(graph: GraphWriter, input: string, backend: Backend, weights: Weights): string;

  /** Returns the function that plans passes on these weights. */
  protected abstract planner(backend: Backend, weights: Weights): (site: Site) => Pass;
}

/** A pass of a single layer. */
export abstract class LayerPass implements Pass {
  readonly rows: number;
  readonly x: Tensor;
  readonly output: Tensor;
  readonly dOutput: Tensor | null;
  protected readonly backend: Backend;
  protected readonly gradients: Parameters | null;
  protected readonly dX: Tensor | null;

  constructor(backend: Backend, { rows, x, gradients, dX }: Site, output: Tensor, dOutput: Tensor | null) {
    this.rows = rows;
    this.x = x;
    this.output = output;
    this.dOutput = dOutput;
    this.backend = backend;
    this.gradients = gradients ?? null;
    this.dX = dX ?? null;
  }

  get features(): Tensor {
    return this.x;
  }

  abstract forward(rows?: number): Tensor;
  abstract backward(rows?: number): void;
}

/** A layer of products with a weight and a bias, and an activation in the same kernel: y = activation(W x + b). */
export abstract class ProductPass extends LayerPass {
  protected readonly weights: Weights;
  protected readonly activation: Activation;
  /** The product before its activation, where the way back needs it. */
  protected readonly z: Tensor | null;
  readonly #biases: number;

  constructor(backend: Backend, { outputs, specs }: Layer, activation: Activation, weights: Weights, site: Site) {
    const lender = (site.borrow ?? null) as ProductPass | null;
    const plan = (): Tensor => backend.tensor(site.rows, outputs);
    const hasWayBack = (site.gradients ?? site.dX ?? null) !== null;
    super(backend, site, lender?.output ?? plan(), hasWayBack ? plan() : null);
    this.weights = weights;
    this.activation = activation;
    this.z = needsPreactivation(activation) ? (lender?.z ?? plan()) : null;
    this.#biases = specs[1].shape[0];
  }

  /** Writes activation(W x + b) with the weights of `block`, and the product before it where `z` is not null. */
  protected abstract product(
    rows: number,
    x: Tensor,
    block: Parameters,
    activation: Activation,
    output: Tensor,
    z: Tensor | null,
  ): void;

  forward(rows: number = this.rows): Tensor {
    this.product(rows, this.x, this.weights.block, this.activation, this.output, this.z);
    return this.output;
  }

  /** z = W x + b moves by W' x + b' + W x'. */
  tangent({ direction, linear, dX, into }: TangentSite): Tangent {
    const { backend } = this;
    const { columns } = this.output;
    const moves = into ?? backend.tensor(this.rows, columns);
    const term = dX === null ? null : backend.tensor(this.rows, columns);
    const noBias = new Float32Array(this.#biases);
    return {
      moves,
      hold: () => backend.writeParameter(linear, this.weights.first + 1, noBias),
      forward: (rows = this.rows) => {
        this.product(rows, this.x, direction, "identity", moves, null);
        if (dX !== null && term !== null) {
          this.product(rows, dX, linear, "identity", term, null);
          backend.rows.addScaled(rows, term, 1, moves);
        }
        backend.layers.activationBackward(rows, moves, this.output, this.z, this.activation);
      },
    };
  }
}
