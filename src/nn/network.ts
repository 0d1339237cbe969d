// A multi-layer perceptron: which parameters exist, and the order of operations forward and backward. Hidden layers are
// dense -> (layer norm) -> activation; the last layer is dense, for a dueling network followed by V + A - mean(A).
// Parameters are named and ordered as PyTorch's nn.Sequential(Linear, (LayerNorm), activation, ..., Linear) names them.

import type { Activation, Backend, ParameterSpec, Parameters, RandomStream, Tensor } from "../backend.ts";
import { needsPreactivation } from "../backend.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { INITIALIZERS, type Initializer, initialize } from "./initializer.ts";

export interface NetworkOptions {
  /** Units of each hidden layer; [] is a linear model. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  /** Layer normalisation before each hidden activation (Ba et al. 2016). */
  readonly layerNorm: boolean;
  readonly initializer: Initializer;
}

export const DEFAULT_NETWORK: NetworkOptions = {
  hidden: [64, 64],
  activation: "relu",
  layerNorm: false,
  initializer: "pytorch-linear",
};

/** PyTorch's default epsilon. */
const LAYER_NORM_EPSILON = 1e-5;

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** Indices into the parameter specs. */
  readonly weight: number;
  readonly bias: number;
  /** Index of the layer norm's scale; its shift follows. -1: none. */
  readonly scale: number;
  readonly activation: Activation;
}

/** The tensors of one forward pass over at most `rows` rows, and, for training, of the backward pass. */
export interface Workspace {
  readonly rows: number;
  /** [rows, outputs] */
  readonly output: Tensor;
  readonly layers: readonly LayerWorkspace[];
  /** [rows, 1 + actions], what the last layer of a dueling network writes; else the output itself. */
  readonly head: Tensor;
  /** Gradient of `head`; null without training. */
  readonly dHead: Tensor | null;
}

interface LayerWorkspace {
  /** The activation's output. */
  readonly y: Tensor;
  /** What the dense product wrote, where a later step needs it. */
  readonly z: Tensor | null;
  /** The layer norm's output. */
  readonly normal: Tensor | null;
  readonly statistics: Tensor | null;
  /** Gradient of y; null without training. */
  readonly dy: Tensor | null;
}

export class Network {
  readonly inputs: number;
  readonly outputs: number;
  readonly dueling: boolean;
  readonly options: NetworkOptions;
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Parameters;
  readonly #backend: Backend;
  readonly #layers: readonly Layer[];

  constructor(backend: Backend, inputs: number, outputs: number, options: NetworkOptions, dueling: boolean = false) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.dueling = dueling;
    this.options = options;
    this.#backend = backend;
    this.#layers = planLayers(inputs, outputs, options, dueling);
    this.specs = networkSpecs(inputs, outputs, options, dueling);
    this.parameters = backend.parameters(this.specs);
  }

  /** Draws all parameters from `stream`. */
  initialize(stream: RandomStream): void {
    for (const [i, layer] of this.#layers.entries()) {
      const isOutput = i === this.#layers.length - 1;
      const { weight, bias } = initialize(this.#backend, stream, this.options.initializer, layer, isOutput);
      this.#backend.writeParameter(this.parameters, layer.weight, weight);
      this.#backend.writeParameter(this.parameters, layer.bias, bias);
      if (layer.scale >= 0) {
        this.#backend.writeParameter(this.parameters, layer.scale, new Float32Array(layer.outputs).fill(1));
        this.#backend.writeParameter(this.parameters, layer.scale + 1, new Float32Array(layer.outputs));
      }
    }
  }

  /**
   * Plans the tensors of a forward pass (training: and backward) over up to `rows` rows.
   * @param hidden a workspace of a network of the same shape, whose hidden layers this one then uses too: for passes of
   *   which only the output is wanted, run before the other one. Fewer tensors stay warmer in the cache.
   */
  workspace(rows: number, training: boolean, hidden?: Workspace): Workspace {
    const backend = this.#backend;
    const plan = (columns: number): Tensor => backend.tensor(rows, columns);
    const layers = this.#layers.map((layer, i): LayerWorkspace => {
      const isOutput = i === this.#layers.length - 1;
      if (hidden !== undefined && !isOutput) return hidden.layers[i];
      const hasNorm = layer.scale >= 0;
      return {
        y: plan(layer.outputs),
        z: hasNorm || needsPreactivation(layer.activation) ? plan(layer.outputs) : null,
        normal: hasNorm ? plan(layer.outputs) : null,
        statistics: hasNorm ? plan(2) : null,
        dy: training && !isOutput ? plan(layer.outputs) : null,
      };
    });
    const head = layers[layers.length - 1].y;
    return {
      rows,
      layers,
      head,
      output: this.dueling ? plan(this.outputs) : head,
      dHead: training && this.dueling ? plan(this.outputs + 1) : null,
    };
  }

  /** @returns workspace.output, its first `rows` rows written */
  forward(x: Tensor, workspace: Workspace, rows: number = workspace.rows): Tensor {
    const backend = this.#backend;
    const { parameters } = this;
    let input = x;
    for (let i = 0; i < this.#layers.length; i++) {
      const layer = this.#layers[i];
      const { y, z, normal, statistics } = workspace.layers[i];
      if (normal !== null) {
        backend.denseForward(rows, input, parameters, layer.weight, layer.bias, "identity", z!, null);
        backend.layerNormForward(
          rows,
          z!,
          parameters,
          layer.scale,
          layer.scale + 1,
          LAYER_NORM_EPSILON,
          normal,
          statistics!,
        );
        backend.activationForward(rows, normal, layer.activation, y);
      } else {
        backend.denseForward(rows, input, parameters, layer.weight, layer.bias, layer.activation, y, z);
      }
      input = y;
    }
    if (this.dueling) backend.duelingForward(rows, workspace.head, workspace.output);
    return workspace.output;
  }

  /**
   * Gradients of all parameters for the forward pass that `workspace` holds.
   * @param dOutput [rows, outputs] gradient of the output; overwritten
   * @param gradients overwritten, a block of this network's specs
   */
  backward(x: Tensor, workspace: Workspace, dOutput: Tensor, gradients: Parameters): void {
    const backend = this.#backend;
    const { rows } = workspace;
    const { parameters } = this;
    let dy = dOutput;
    if (this.dueling) {
      backend.duelingBackward(rows, dOutput, workspace.dHead!);
      dy = workspace.dHead!;
    }
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const layer = this.#layers[i];
      const { y, z, normal, statistics } = workspace.layers[i];
      const input = i === 0 ? x : workspace.layers[i - 1].y;
      const dx = i === 0 ? null : workspace.layers[i - 1].dy;
      let activation = layer.activation;
      if (normal !== null) {
        backend.activationBackward(rows, dy, y, normal, activation);
        backend.layerNormBackward(rows, z!, statistics!, dy, parameters, layer.scale, layer.scale + 1, gradients, dy);
        activation = "identity";
      }
      backend.denseBackward(rows, input, y, z, dy, parameters, layer.weight, layer.bias, activation, gradients, dx);
      if (dx !== null) dy = dx;
    }
  }
}

/** @param scale -1 without layer norm */
function planLayers(inputs: number, outputs: number, options: NetworkOptions, dueling: boolean): Layer[] {
  const widths = [inputs, ...options.hidden, dueling ? outputs + 1 : outputs];
  let spec = 0;
  return widths.slice(1).map((units, i) => {
    const isHidden = i < options.hidden.length;
    const hasNorm = isHidden && options.layerNorm;
    const weight = spec;
    spec += hasNorm ? 4 : 2;
    return {
      inputs: widths[i],
      outputs: units,
      weight,
      bias: weight + 1,
      scale: hasNorm ? weight + 2 : -1,
      activation: isHidden ? options.activation : "identity",
    };
  });
}

/** The parameters of a network, without planning it. */
export function networkSpecs(
  inputs: number,
  outputs: number,
  options: NetworkOptions,
  dueling: boolean,
): ParameterSpec[] {
  let module = 0;
  return planLayers(inputs, outputs, options, dueling).flatMap((layer) => {
    const dense: ParameterSpec[] = [
      { name: `${module}.weight`, shape: [layer.outputs, layer.inputs] },
      { name: `${module++}.bias`, shape: [layer.outputs] },
    ];
    if (layer.scale >= 0) {
      dense.push(
        { name: `${module}.weight`, shape: [layer.outputs] },
        { name: `${module++}.bias`, shape: [layer.outputs] },
      );
    }
    module++;
    return dense;
  });
}

const ACTIVATIONS: readonly Activation[] = ["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"];
const MAX_UNITS = 65_536;

/** @throws TypeError or RangeError when an option is unknown or out of range */
export function checkNetworkOptions(where: string, options: NetworkOptions): void {
  rejectUnknownOptions(`${where}: network`, options, Object.keys(DEFAULT_NETWORK));
  const { hidden, activation, layerNorm, initializer } = options;
  if (!Array.isArray(hidden)) {
    throw new TypeError(
      `${where}: network.hidden expected a list of layer widths, got ${show(hidden)}. Use for example [64, 64].`,
    );
  }
  for (const units of hidden) {
    requireNumber(
      where,
      "network.hidden",
      units,
      { integer: true, min: 1, max: MAX_UNITS },
      "Use for example [64, 64].",
    );
  }
  if (!ACTIVATIONS.includes(activation)) {
    throw new RangeError(
      `${where}: network.activation expected one of ${ACTIVATIONS.join(", ")}, got ${show(activation)}. Choose one.`,
    );
  }
  if (!INITIALIZERS.includes(initializer)) {
    throw new RangeError(
      `${where}: network.initializer expected one of ${INITIALIZERS.join(", ")}, got ${show(initializer)}. Choose one.`,
    );
  }
  if (typeof layerNorm !== "boolean") {
    throw new TypeError(
      `${where}: network.layerNorm expected true or false, got ${show(layerNorm)}. Set network.layerNorm.`,
    );
  }
}
