// Dense layers one after another, dense -> (layer norm) -> activation, as a part of a larger network: their parameters lie
// in a block that the whole network shares, from `firstSpec` on.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { Activation } from "../operations/layers.ts";
import { needsPreactivation } from "../operations/layers.ts";
import { HIDDEN_GAIN, type Initializer, initialize } from "./initializer.ts";

export interface StackLayer {
  readonly units: number;
  readonly activation: Activation;
  readonly layerNorm: boolean;
  /** Whether initialisers treat it as the last layer of the whole network. */
  readonly isOutput: boolean;
}

interface PlannedLayer extends StackLayer {
  readonly inputs: number;
  /** Index of the weight's spec; the bias follows, then, with layer norm, scale and shift. */
  readonly weight: number;
}

/** The tensors of one pass over up to `rows` rows. */
export interface StackWorkspace {
  readonly rows: number;
  readonly layers: readonly {
    readonly y: Tensor;
    /** What the dense product wrote, where a later step needs it. */
    readonly z: Tensor | null;
    readonly normal: Tensor | null;
    readonly statistics: Tensor | null;
    /** Gradient of y; null without training, and for the last layer, whose gradient is given. */
    readonly dy: Tensor | null;
  }[];
}

/** PyTorch's default epsilon. */
const LAYER_NORM_EPSILON = 1e-5;

export class DenseStack {
  readonly inputs: number;
  /** Of the last layer; `inputs` when there is none. */
  readonly outputs: number;
  /** Named as PyTorch's nn.Sequential would under `prefix`. */
  readonly specs: readonly ParameterSpec[];
  readonly #layers: readonly PlannedLayer[];

  constructor(prefix: string, inputs: number, layers: readonly StackLayer[], firstSpec: number) {
    const specs: ParameterSpec[] = [];
    let module = 0;
    let width = inputs;
    this.#layers = layers.map((layer) => {
      const planned = { ...layer, inputs: width, weight: firstSpec + specs.length };
      const add = (shape: ParameterSpec["shape"]): void => {
        specs.push(
          { name: `${prefix}.${module}.weight`, shape },
          { name: `${prefix}.${module}.bias`, shape: [layer.units] },
        );
        module++;
      };
      add([layer.units, width]);
      if (layer.layerNorm) add([layer.units]);
      module++;
      width = layer.units;
      return planned;
    });
    this.inputs = inputs;
    this.outputs = width;
    this.specs = specs;
  }

  initialize(backend: Backend, parameters: Parameters, stream: RandomStream, initializer: Initializer): void {
    for (const { inputs, units, weight, layerNorm, isOutput } of this.#layers) {
      const gain = isOutput ? 1 : HIDDEN_GAIN;
      const drawn = initialize(backend, stream, initializer, { inputs, outputs: units }, gain);
      backend.writeParameter(parameters, weight, drawn.weight);
      backend.writeParameter(parameters, weight + 1, drawn.bias);
      if (!layerNorm) continue;
      backend.writeParameter(parameters, weight + 2, new Float32Array(units).fill(1));
      backend.writeParameter(parameters, weight + 3, new Float32Array(units));
    }
  }

  workspace(backend: Backend, rows: number, training: boolean): StackWorkspace {
    const layers = this.#layers.map(({ units, activation, layerNorm }, i) => ({
      y: backend.tensor(rows, units),
      z: layerNorm || needsPreactivation(activation) ? backend.tensor(rows, units) : null,
      normal: layerNorm ? backend.tensor(rows, units) : null,
      statistics: layerNorm ? backend.tensor(rows, 2) : null,
      dy: training && i < this.#layers.length - 1 ? backend.tensor(rows, units) : null,
    }));
    return { rows, layers };
  }

  /** @returns the last layer's output; `x` when there is none */
  forward(backend: Backend, rows: number, x: Tensor, parameters: Parameters, workspace: StackWorkspace): Tensor {
    let input = x;
    for (let i = 0; i < this.#layers.length; i++) {
      const { weight, activation } = this.#layers[i];
      const { y, z, normal, statistics } = workspace.layers[i];
      if (normal === null) {
        backend.layers.denseForward(rows, input, parameters, weight, weight + 1, activation, y, z);
      } else {
        backend.layers.denseForward(rows, input, parameters, weight, weight + 1, "identity", z!, null);
        const [scale, shift] = [weight + 2, weight + 3];
        backend.layers.layerNormForward(rows, z!, parameters, scale, shift, LAYER_NORM_EPSILON, normal, statistics!);
        backend.layers.activationForward(rows, normal, activation, y);
      }
      input = y;
    }
    return input;
  }

  /**
   * Gradients of this part's parameters, for the pass that `workspace` holds.
   * @param dOutput gradient of the last layer's output; overwritten
   * @param dx written: gradient of `x`; null where nobody needs it
   */
  backward(
    backend: Backend,
    rows: number,
    x: Tensor,
    workspace: StackWorkspace,
    dOutput: Tensor,
    parameters: Parameters,
    gradients: Parameters,
    dx: Tensor | null,
  ): void {
    let dy = dOutput;
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const { weight } = this.#layers[i];
      const { y, z, normal, statistics } = workspace.layers[i];
      const input = i === 0 ? x : workspace.layers[i - 1].y;
      const below = i === 0 ? dx : workspace.layers[i - 1].dy;
      let { activation } = this.#layers[i];
      if (normal !== null) {
        backend.layers.activationBackward(rows, dy, y, normal, activation);
        backend.layers.layerNormBackward(rows, z!, statistics!, dy, parameters, weight + 2, weight + 3, gradients, dy);
        activation = "identity";
      }
      backend.layers.denseBackward(rows, input, y, z, dy, parameters, weight, weight + 1, activation, gradients, below);
      if (below !== null) dy = below;
    }
  }
}
