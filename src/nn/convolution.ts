// A convolutional layer with an activation: square kernels without padding. Rows are images [channels, height, width].

import type { Backend } from "../backend.ts";
import { type Convolution, type ConvolutionShape, convolutionOutput } from "../operations/convolution.ts";
import type { ParameterSpec, RandomStream, Tensor } from "../operations/handles.ts";
import { needsPreactivation } from "../operations/layers.ts";
import { describeActivation } from "./activate.ts";
import type { DenseOptions } from "./dense.ts";
import type { GraphWriter, Module, Network, Pass, Site, Tangent, TangentSite, Weights } from "./module.ts";

/** A convolutional layer with an activation: square kernels without padding. Rows are images [channels, height, width]. */
export class Conv2d implements Module {
  readonly inputs: number;
  readonly outputs: number;
  readonly places: number;
  /** Sizes of the image, the filters and the stride. */
  readonly shape: ConvolutionShape;
  /** Activation, places in PyTorch's names, and first weights. */
  readonly options: DenseOptions;
  readonly specs: readonly ParameterSpec[];
  readonly kept: readonly ParameterSpec[] = [];

  constructor(shape: ConvolutionShape, options: DenseOptions) {
    const { channels, filters, kernel } = shape;
    const { height, width } = convolutionOutput(shape);
    this.inputs = channels * shape.height * shape.width;
    this.outputs = filters * height * width;
    this.places = options.places;
    this.shape = shape;
    this.options = options;
    const taps = channels * kernel * kernel;
    this.specs = [
      { name: "weight", shape: [filters, taps], fileShape: [filters, channels, kernel, kernel] },
      { name: "bias", shape: [filters] },
    ];
  }

  initialize(backend: Backend, { block, first }: Weights, stream: RandomStream): void {
    const { channels, filters, kernel } = this.shape;
    const taps = kernel * kernel;
    // One input contributes to one output of every filter at every tap.
    const size = { inputs: channels * taps, outputs: filters, fanOut: filters * taps };
    const { weight, bias } = this.options.draw(backend, stream, size);
    backend.writeParameter(block, first, weight);
    backend.writeParameter(block, first + 1, bias);
  }

  on(backend: Backend, weights: Weights): Network {
    const convolution = backend.convolution.plan(this.shape);
    return { module: this, weights, plan: (site) => new ConvolutionPass(backend, this, convolution, weights, site) };
  }

  map(change: (layer: Module) => Module): Module {
    return change(this);
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

class ConvolutionPass implements Pass {
  readonly rows: number;
  readonly x: Tensor;
  readonly output: Tensor;
  readonly dOutput: Tensor | null;
  /** Output before the activation; null if the backward pass does not need it. */
  readonly z: Tensor | null;
  readonly #backend: Backend;
  readonly #layer: Conv2d;
  readonly #convolution: Convolution;
  readonly #weights: Weights;
  readonly #site: Site;

  constructor(backend: Backend, layer: Conv2d, convolution: Convolution, weights: Weights, site: Site) {
    const { rows, x, gradients = null, dX = null, borrow = null } = site;
    const lender = borrow as ConvolutionPass | null;
    const plan = (): Tensor => backend.tensor(rows, layer.outputs);
    this.rows = rows;
    this.x = x;
    this.output = lender?.output ?? plan();
    this.z = needsPreactivation(layer.options.activation) ? (lender?.z ?? plan()) : null;
    this.dOutput = gradients === null && dX === null ? null : plan();
    this.#backend = backend;
    this.#layer = layer;
    this.#convolution = convolution;
    this.#weights = weights;
    this.#site = site;
  }

  get features(): Tensor {
    return this.x;
  }

  forward(rows: number = this.rows): Tensor {
    const { block, first } = this.#weights;
    const { activation } = this.#layer.options;
    const { convolution } = this.#backend;
    convolution.forward(rows, this.#convolution, this.x, block, first, first + 1, activation, this.output, this.z);
    return this.output;
  }

  backward(rows: number = this.rows): void {
    const { block, first } = this.#weights;
    const { gradients = null, dX = null } = this.#site;
    this.#backend.convolution.backward(
      rows,
      this.#convolution,
      this.x,
      this.output,
      this.z,
      this.dOutput!,
      block,
      first,
      first + 1,
      this.#layer.options.activation,
      gradients,
      dX,
    );
  }

  tangent(site: TangentSite): Tangent {
    const { convolution, layers, rows: arithmetic } = this.#backend;
    const { first } = this.#weights;
    const { direction, linear, dX } = site;
    const { columns } = this.output;
    const plan = this.#convolution;
    const moves = site.into ?? this.#backend.tensor(this.rows, columns);
    const term = dX === null ? null : this.#backend.tensor(this.rows, columns);
    const noBias = new Float32Array(this.#layer.shape.filters);
    return {
      moves,
      hold: () => this.#backend.writeParameter(linear, first + 1, noBias),
      forward: (rows = this.rows) => {
        convolution.forward(rows, plan, this.x, direction, first, first + 1, "identity", moves, null);
        if (dX !== null && term !== null) {
          convolution.forward(rows, plan, dX, linear, first, first + 1, "identity", term, null);
          arithmetic.addScaled(rows, term, 1, moves);
        }
        layers.activationBackward(rows, moves, this.output, this.z, this.#layer.options.activation);
      },
    };
  }
}
