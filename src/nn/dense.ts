// A dense layer: y = activation(W x + b). One kernel computes the product and the activation.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, RandomStream, Tensor } from "../operations/handles.ts";
import { type Activation, needsPreactivation } from "../operations/layers.ts";
import { describeActivation } from "./activate.ts";
import type { Draw } from "./initializer.ts";
import type { GraphWriter, Module, Network, Pass, Site, Tangent, TangentSite, Weights } from "./module.ts";

/** Options of a dense or convolutional layer. */
export interface DenseOptions {
  /** Activation of the outputs; "identity" for none. */
  readonly activation: Activation;
  /** Number of indices in PyTorch's names, see `Module.places`: 2 if PyTorch has a separate activation after it, else 1. */
  readonly places: number;
  /** Draws the first weights and biases. */
  readonly draw: Draw;
}

/** A dense layer: y = activation(W x + b). */
export class Dense implements Module {
  readonly inputs: number;
  readonly outputs: number;
  readonly places: number;
  readonly activation: Activation;
  readonly specs: readonly ParameterSpec[];
  readonly kept: readonly ParameterSpec[] = [];
  readonly #draw: Draw;

  constructor(inputs: number, outputs: number, { activation, places, draw }: DenseOptions) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.places = places;
    this.activation = activation;
    this.specs = [
      { name: "weight", shape: [outputs, inputs] },
      { name: "bias", shape: [outputs] },
    ];
    this.#draw = draw;
  }

  initialize(backend: Backend, { block, first }: Weights, stream: RandomStream): void {
    const { weight, bias } = this.#draw(backend, stream, this);
    backend.writeParameter(block, first, weight);
    backend.writeParameter(block, first + 1, bias);
  }

  on(backend: Backend, weights: Weights): Network {
    return { module: this, weights, plan: (site) => new DensePass(backend, this, weights, site) };
  }

  map(change: (layer: Module) => Module): Module {
    return change(this);
  }

  describe(graph: GraphWriter, input: string, backend: Backend, { block, first }: Weights): string {
    const [weight, bias] = [graph.parameter(backend, block, first), graph.parameter(backend, block, first + 1)];
    return describeActivation(graph, this.activation, graph.node("Gemm", [input, weight, bias], { transB: 1 }));
  }
}

class DensePass implements Pass {
  readonly rows: number;
  readonly x: Tensor;
  readonly output: Tensor;
  readonly dOutput: Tensor | null;
  /** Output before the activation; null if the backward pass does not need it. */
  readonly z: Tensor | null;
  readonly #backend: Backend;
  readonly #layer: Dense;
  readonly #weights: Weights;
  readonly #site: Site;

  constructor(backend: Backend, layer: Dense, weights: Weights, site: Site) {
    const { rows, x, gradients = null, dX = null, borrow = null } = site;
    const lender = borrow as DensePass | null;
    const plan = (): Tensor => backend.tensor(rows, layer.outputs);
    this.rows = rows;
    this.x = x;
    this.output = lender?.output ?? plan();
    this.z = needsPreactivation(layer.activation) ? (lender?.z ?? plan()) : null;
    this.dOutput = gradients === null && dX === null ? null : plan();
    this.#backend = backend;
    this.#layer = layer;
    this.#weights = weights;
    this.#site = site;
  }

  get features(): Tensor {
    return this.x;
  }

  forward(rows: number = this.rows): Tensor {
    const { block, first } = this.#weights;
    const { activation } = this.#layer;
    this.#backend.layers.denseForward(rows, this.x, block, first, first + 1, activation, this.output, this.z);
    return this.output;
  }

  backward(rows: number = this.rows): void {
    const { block, first } = this.#weights;
    const { gradients = null, dX = null } = this.#site;
    this.#backend.layers.denseBackward(
      rows,
      this.x,
      this.output,
      this.z,
      this.dOutput!,
      block,
      first,
      first + 1,
      this.#layer.activation,
      gradients,
      dX,
    );
  }

  tangent(site: TangentSite): Tangent {
    const { layers, rows: arithmetic } = this.#backend;
    const { activation, outputs } = this.#layer;
    const { first } = this.#weights;
    const { direction, linear, dX } = site;
    const moves = site.into ?? this.#backend.tensor(this.rows, outputs);
    const term = dX === null ? null : this.#backend.tensor(this.rows, outputs);
    const noBias = new Float32Array(outputs);
    return {
      moves,
      hold: () => this.#backend.writeParameter(linear, first + 1, noBias),
      // z = W x + b moves by W' x + b' + W x'.
      forward: (rows = this.rows) => {
        layers.denseForward(rows, this.x, direction, first, first + 1, "identity", moves, null);
        if (dX !== null && term !== null) {
          layers.denseForward(rows, dX, linear, first, first + 1, "identity", term, null);
          arithmetic.addScaled(rows, term, 1, moves);
        }
        layers.activationBackward(rows, moves, this.output, this.z, activation);
      },
    };
  }
}
