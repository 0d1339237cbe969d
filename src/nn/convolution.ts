// A convolutional layer with an activation: square kernels without padding. Rows are images [channels, height, width].

import type { Backend } from "../backend.ts";
import { type Convolution, type ConvolutionShape, convolutionOutput } from "../operations/convolution.ts";
import type { Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { Activation } from "../operations/layers.ts";
import { describeActivation } from "./activate.ts";
import type { DenseOptions } from "./dense.ts";
import { Layer, ProductPass } from "./layer.ts";
import type { GraphWriter, Pass, Site, Weights } from "./module.ts";

/** A convolutional layer with an activation: square kernels without padding. Rows are images [channels, height, width]. */
export class Conv2d extends Layer {
  readonly shape: ConvolutionShape;
  /** Activation, places in PyTorch's names, and first weights. */
  readonly options: DenseOptions;

  constructor(shape: ConvolutionShape, options: DenseOptions) {
    const { channels, filters, kernel } = shape;
    const { height, width } = convolutionOutput(shape);
    const taps = channels * kernel * kernel;
    const weight = { name: "weight", shape: [filters, taps], fileShape: [filters, channels, kernel, kernel] } as const;
    const specs = [weight, { name: "bias", shape: [filters] as const }];
    super(channels * shape.height * shape.width, filters * height * width, specs, options.places);
    this.shape = shape;
    this.options = options;
  }

  override initialize(backend: Backend, { block, first }: Weights, stream: RandomStream): void {
    const { channels, filters, kernel } = this.shape;
    const taps = kernel * kernel;
    // One input contributes to one output of every filter at every tap.
    const size = { inputs: channels * taps, outputs: filters, fanOut: filters * taps };
    const { weight, bias } = this.options.draw(backend, stream, size);
    backend.writeParameter(block, first, weight);
    backend.writeParameter(block, first + 1, bias);
  }

  protected planner(backend: Backend, weights: Weights): (site: Site) => Pass {
    const convolution = backend.convolution.plan(this.shape);
    return (site) => new ConvolutionPass(backend, this, convolution, weights, site);
  }

  describe(graph: GraphWriter, input: string, backend: Backend, { block, first }: Weights): string {
    const { channels, height, width, kernel, stride, scale } = this.shape;
    const image = graph.reshape(input, [-1, channels, height, width]);
    const scaled = scale === 1 ? image : graph.node("Mul", [image, graph.constant([scale])]);
    const [weight, bias] = [graph.parameter(backend, block, first), graph.parameter(backend, block, first + 1)];
    const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride] };
    return describeActivation(graph, this.options.activation, graph.node("Conv", [scaled, weight, bias], attributes));
  }
}

class ConvolutionPass extends ProductPass {
  readonly #plan: Convolution;

  constructor(backend: Backend, layer: Conv2d, plan: Convolution, weights: Weights, site: Site) {
    super(backend, layer, layer.options.activation, weights, site);
    this.#plan = plan;
  }

  protected product(
    rows: number,
    x: Tensor,
    block: Parameters,
    activation: Activation,
    output: Tensor,
    z: Tensor | null,
  ): void {
    const { first } = this.weights;
    this.backend.convolution.forward(rows, this.#plan, x, block, first, first + 1, activation, output, z);
  }

  backward(rows: number = this.rows): void {
    const { x, output, z, activation, gradients, dX } = this;
    const { block, first } = this.weights;
    const { convolution } = this.backend;
    const slope = this.dOutput!;
    convolution.backward(rows, this.#plan, x, output, z, slope, block, first, first + 1, activation, gradients, dX);
  }
}
