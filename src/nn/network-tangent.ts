// The forward mode of differentiation: how a network's outputs move when its parameters do, to first order. For a dense
// layer z = W x + b that is z' = W x' + W' x + b', both products of the kind that the forward pass is made of; an activation
// multiplies by its slope, as in the backward pass. Other than there, one pass gives J v for one direction v.

import type { Backend } from "../backend.ts";
import type { Parameters, Tensor } from "../operations/handles.ts";
import { LAYER_NORM_EPSILON, type Layer, type Network, type Workspace } from "./network.ts";

interface LayerTangent {
  /** [rows, units], how the layer's output moves; of the last layer the tensor that is asked for. */
  readonly dY: Tensor | null;
  /** [rows, units], one of several terms. */
  readonly term: Tensor;
  /** [rows, units], how the layer norm's input moves; null without layer norm. */
  readonly dZ: Tensor | null;
  /** [rows, 2], not used. */
  readonly statistics: Tensor | null;
  /** The layer norm's scale; null without. */
  readonly scale: Tensor | null;
}

/** Tangents of a network that is neither dueling nor noisy. Its `forward` allocates nothing. */
export class NetworkTangent {
  readonly #backend: Backend;
  readonly #network: Network;
  readonly #layers: readonly LayerTangent[];
  /** The parameters as `hold` found them, but biases 0 and layer norms' scales 1: what products with x' are made with. */
  readonly #linear: Parameters;
  /** Gradients that layer norms leave; not used. */
  readonly #unused: Parameters | null;
  readonly #plain: readonly { readonly parameter: Tensor; readonly values: Float32Array }[];

  /** @param rows of the largest pass */
  constructor(backend: Backend, network: Network, rows: number) {
    this.#backend = backend;
    this.#network = network;
    const { layers, parameters } = network;
    this.#linear = backend.parameters(parameters.specs);
    this.#unused = network.options.layerNorm ? backend.parameters(parameters.specs) : null;
    this.#layers = layers.map(({ units, scale }, i): LayerTangent => {
      const hasNorm = scale >= 0;
      return {
        dY: i === layers.length - 1 ? null : backend.tensor(rows, units),
        term: backend.tensor(rows, units),
        dZ: hasNorm ? backend.tensor(rows, units) : null,
        statistics: hasNorm ? backend.tensor(rows, 2) : null,
        scale: hasNorm ? backend.vector(parameters, scale) : null,
      };
    });
    this.#plain = layers.flatMap(({ bias, scale, outputs, units }) => {
      const biases = { parameter: backend.vector(this.#linear, bias), values: new Float32Array(outputs) };
      if (scale < 0) return [biases];
      return [biases, { parameter: backend.vector(this.#linear, scale), values: new Float32Array(units).fill(1) }];
    });
  }

  /** Takes over the network's parameters: once after they changed, before `forward`. */
  hold(): void {
    this.#backend.vectors.copy(this.#linear, this.#network.parameters);
    for (const { parameter, values } of this.#plain) this.#backend.write(parameter, values);
  }

  /**
   * dOutput = J v: how the outputs of the pass that `workspace` holds move along v, per unit of it.
   * @param direction v, a block of the specs of the network's parameters
   * @param dOutput [rows, outputs], written
   */
  forward(
    x: Tensor,
    workspace: Workspace,
    direction: Parameters,
    dOutput: Tensor,
    rows: number = workspace.rows,
  ): void {
    const backend = this.#backend;
    const { layers } = this.#network;
    let dX: Tensor | null = null;
    for (let i = 0; i < layers.length; i++) {
      const layer = layers[i];
      const { y, z, normal } = workspace.layers[i];
      const input = i === 0 ? x : workspace.layers[i - 1].y;
      const tangent = this.#layers[i];
      const dY = tangent.dY ?? dOutput;
      const dZ = tangent.dZ ?? dY;
      this.#product(rows, i, input, direction, dZ);
      if (dX !== null) {
        this.#product(rows, i, dX, this.#linear, tangent.term);
        backend.rows.addScaled(rows, tangent.term, 1, dZ);
      }
      if (normal !== null) this.#normMoves(rows, layer, workspace, i, direction, dY);
      backend.layers.activationBackward(rows, dY, y, normal ?? z, layer.activation);
      dX = dY;
    }
  }

  #product(rows: number, i: number, x: Tensor, parameters: Parameters, y: Tensor): void {
    const { weight, bias } = this.#network.layers[i];
    const convolution = this.#network.convolutions[i];
    if (convolution === null) {
      this.#backend.layers.denseForward(rows, x, parameters, weight, bias, "identity", y, null);
    } else {
      this.#backend.convolution.forward(rows, convolution, x, parameters, weight, bias, "identity", y, null);
    }
  }

  /**
   * y = scale n + shift, n the normalised input: y' = scale n' + scale' n + shift'. The derivative of n is symmetric, so that
   * the backward pass with scale 1 gives n'.
   */
  #normMoves(rows: number, { scale }: Layer, workspace: Workspace, i: number, direction: Parameters, dY: Tensor): void {
    const backend = this.#backend;
    const { z, statistics } = workspace.layers[i];
    const tangent = this.#layers[i];
    const dZ = tangent.dZ!;
    backend.layers.layerNormBackward(rows, z!, statistics!, dZ, this.#linear, scale, scale + 1, this.#unused!, dZ);
    backend.rows.scaleGroups(1, rows, tangent.scale!, dZ, dY);
    const { term } = tangent;
    backend.layers.layerNormForward(
      rows,
      z!,
      direction,
      scale,
      scale + 1,
      LAYER_NORM_EPSILON,
      term,
      tangent.statistics!,
    );
    backend.rows.addScaled(rows, term, 1, dY);
  }
}
