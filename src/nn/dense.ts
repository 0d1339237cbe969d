// A dense layer: y = activation(W x + b). One kernel computes the product and the activation.

import type { Backend } from "../backend.ts";
import type { Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { Activation } from "../operations/layers.ts";
import { describeActivation } from "./activate.ts";
import type { Draw } from "./initializer.ts";
import { Layer, ProductPass } from "./layer.ts";
import type { GraphWriter, Pass, Site, Weights } from "./module.ts";

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
export class Dense extends Layer {
  readonly activation: Activation;
  readonly #draw: Draw;

  constructor(inputs: number, outputs: number, { activation, places, draw }: DenseOptions) {
    const weight = { name: "weight", shape: [outputs, inputs] } as const;
    super(inputs, outputs, [weight, { name: "bias", shape: [outputs] }], places);
    this.activation = activation;
    this.#draw = draw;
  }

  override initialize(backend: Backend, { block, first }: Weights, stream: RandomStream): void {
    const { weight, bias } = this.#draw(backend, stream, this);
    backend.writeParameter(block, first, weight);
    backend.writeParameter(block, first + 1, bias);
  }

  protected planner(backend: Backend, weights: Weights): (site: Site) => Pass {
    return (site) => new DensePass(backend, this, this.activation, weights, site);
  }

  describe(graph: GraphWriter, input: string, backend: Backend, { block, first }: Weights): string {
    const [weight, bias] = [graph.parameter(backend, block, first), graph.parameter(backend, block, first + 1)];
    return describeActivation(graph, this.activation, graph.node("Gemm", [input, weight, bias], { transB: 1 }));
  }
}

class DensePass extends ProductPass {
  protected product(
    rows: number,
    x: Tensor,
    block: Parameters,
    activation: Activation,
    output: Tensor,
    z: Tensor | null,
  ): void {
    const { first } = this.weights;
    this.backend.layers.denseForward(rows, x, block, first, first + 1, activation, output, z);
  }

  backward(rows: number = this.rows): void {
    const { x, output, z, activation, gradients, dX } = this;
    const { block, first } = this.weights;
    const { layers } = this.backend;
    layers.denseBackward(rows, x, output, z, this.dOutput!, block, first, first + 1, activation, gradients, dX);
  }
}
