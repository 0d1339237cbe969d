// Which parameters a network has, and the order of its operations forward and backward. Hidden layers are convolution or
// dense -> (layer norm) -> activation; the last layer is dense, for a dueling network followed by V + A - mean(A).
// Parameters are named and ordered as PyTorch's nn.Sequential(Conv2d, (LayerNorm), activation, ..., Flatten, Linear,
// (LayerNorm), activation, ..., Linear) names them; Flatten is there where convolutions are. Images are [channels, height,
// width] between layers too, so that the first dense layer takes PyTorch's weights as they are.
//
// A noisy network (Fortunato et al. 2018, arXiv 1706.10295) has a second set of parameters, named "<name>_sigma": its
// weights are mu + sigma x noise. What layers compute with is a block of its own, made anew by `resample` and `quiet`.
// Only dense layers are noisy, as there; the sigma of convolutions and layer norms is 0 and stays so.

import type { Backend } from "../backend.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { type Convolution, type ConvolutionShape, convolutionOutput } from "../operations/convolution.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { Activation } from "../operations/layers.ts";
import { needsPreactivation } from "../operations/layers.ts";
import { type ConvolutionOptions, checkConvolutionOptions, convolutionShapes, type Image } from "./image.ts";
import { HIDDEN_GAIN, INITIALIZERS, type Initializer, initialize } from "./initializer.ts";

export interface NetworkOptions {
  /** Layers that see an image, before the hidden ones; for observations that are a Box [channels, height, width]. [none] */
  readonly convolution: readonly ConvolutionOptions[];
  /** Units of each hidden layer; [] is a linear model. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  /** Layer normalisation before each hidden activation (Ba et al. 2016); of all of an image where that is one. */
  readonly layerNorm: boolean;
  readonly initializer: Initializer;
}

/** What a network is, beside its width and the options of its user. */
export interface NetworkKind {
  /** Split the last layer into state value and advantages (Wang et al. 2016). [false] */
  readonly dueling?: boolean;
  /** Outputs per action: the size of a distribution of returns. [1] */
  readonly atoms?: number;
  /** Start value of sigma, times sqrt(inputs); null: weights without noise. [null; Fortunato et al. 2018: 0.5] */
  readonly sigma?: number | null;
  /** What `convolution` sees (`imageOf`); needed where the options have such layers. [null] */
  readonly image?: Image | null;
}

/** Where a network without noise keeps its parameters when it is a part of a larger one. */
export interface Place {
  readonly parameters: Parameters;
  /** Index of its first spec there. */
  readonly firstSpec: number;
  /** Put before the names of its parameters. */
  readonly prefix: string;
}

/** Outputs that start alike: so many, in order, and the gain of their orthogonal weights. */
export interface OutputGroup {
  readonly outputs: number;
  readonly gain: number;
}

export const DEFAULT_NETWORK: NetworkOptions = {
  convolution: [],
  hidden: [64, 64],
  activation: "relu",
  layerNorm: false,
  initializer: "pytorch-linear",
};

/** PyTorch's default epsilon. */
export const LAYER_NORM_EPSILON = 1e-5;

export interface Layer {
  /** Of the weight [outputs, inputs]. */
  readonly inputs: number;
  readonly outputs: number;
  /** Numbers that it writes per row: outputs, times the positions of a convolution. */
  readonly units: number;
  /** Null for a dense layer. */
  readonly convolution: ConvolutionShape | null;
  /** Undefined for a dense layer: its outputs. */
  readonly fanOut: number | undefined;
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
  /** [rows, outputs x atoms], output unit = action x atoms + atom. */
  readonly output: Tensor;
  readonly layers: readonly LayerWorkspace[];
  /** [rows, (1 + actions) x atoms], what the last layer of a dueling network writes; else the output itself. */
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
  readonly atoms: number;
  readonly dueling: boolean;
  readonly options: NetworkOptions;
  /** Of all trainable numbers. */
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Parameters;
  readonly #backend: Backend;
  readonly #layers: readonly Layer[];
  /** One per layer; null for a dense one. */
  readonly #convolutions: readonly (Convolution | null)[];
  readonly #sigma: number | null;
  /** What layers compute with: `parameters` themselves where there is no noise. */
  readonly #weights: Parameters;
  readonly #noise: { readonly noise: Parameters; readonly gradients: Parameters } | null;

  /** @param outputs actions, or numbers to predict */
  constructor(
    backend: Backend,
    inputs: number,
    outputs: number,
    options: NetworkOptions,
    kind: NetworkKind = {},
    place?: Place,
  ) {
    const { dueling = false, atoms = 1, sigma = null } = kind;
    this.inputs = inputs;
    this.outputs = outputs;
    this.atoms = atoms;
    this.dueling = dueling;
    this.options = options;
    this.#backend = backend;
    this.#sigma = sigma;
    this.#layers = planLayers(inputs, outputs, options, kind, place?.firstSpec);
    this.#convolutions = this.#layers.map((layer) => layer.convolution && backend.convolution.plan(layer.convolution));
    this.specs = networkSpecs(inputs, outputs, options, kind, place?.prefix);
    this.parameters = place?.parameters ?? backend.parameters(this.specs);
    const plain = this.specs.slice(0, sigma === null ? undefined : this.specs.length / 2);
    this.#weights = sigma === null ? this.parameters : backend.parameters(plain);
    this.#noise = sigma === null ? null : { noise: backend.parameters(plain), gradients: backend.parameters(plain) };
  }

  /** First to last, for other passes over them. */
  get layers(): readonly Layer[] {
    return this.#layers;
  }

  /** One per layer; null for a dense one. */
  get convolutions(): readonly (Convolution | null)[] {
    return this.#convolutions;
  }

  /** Index of the output layer's bias among the parameters. */
  get outputBias(): number {
    return this.#layers[this.#layers.length - 1].bias;
  }

  /** What the output layer sees in the pass that `workspace` holds: the input of the network where there is no other layer. */
  features(x: Tensor, workspace: Workspace): Tensor {
    return this.#layers.length > 1 ? workspace.layers[this.#layers.length - 2].y : x;
  }

  /**
   * Draws all parameters from `stream`.
   * @param groups of all outputs, where they do not all start with a gain of 1
   */
  initialize(stream: RandomStream, groups?: readonly OutputGroup[]): void {
    const write = (index: number, values: Float32Array): void => {
      this.#backend.writeParameter(this.parameters, index, values);
    };
    for (const [i, layer] of this.#layers.entries()) {
      const isOutput = i === this.#layers.length - 1;
      const alike = isOutput ? (groups ?? [{ ...layer, gain: 1 }]) : [{ ...layer, gain: HIDDEN_GAIN }];
      const drawn = alike.map(({ outputs, gain }) =>
        initialize(this.#backend, stream, this.options.initializer, { ...layer, outputs }, gain),
      );
      const weight = joined(drawn.map((part) => part.weight));
      const bias = joined(drawn.map((part) => part.bias));
      write(layer.weight, weight);
      write(layer.bias, bias);
      if (layer.scale >= 0) {
        write(layer.scale, new Float32Array(layer.units).fill(1));
        write(layer.scale + 1, new Float32Array(layer.units));
      }
      if (this.#sigma === null || layer.convolution !== null) continue;
      const first = this.#weights.specs.length;
      const sigma = this.#sigma / Math.sqrt(layer.inputs);
      write(first + layer.weight, new Float32Array(weight.length).fill(sigma));
      write(first + layer.bias, new Float32Array(bias.length).fill(sigma));
    }
    this.quiet();
  }

  /** Draws new noise; passes from here on use it. Nothing without noise. */
  resample(stream: RandomStream): void {
    if (this.#noise === null) return;
    const { noise } = this.#noise;
    for (let i = 0; i < this.#layers.length; i++) {
      const { weight, bias, convolution } = this.#layers[i];
      if (convolution === null) this.#backend.noise.factorized(stream, noise, weight, bias);
    }
    this.#backend.noise.apply(this.#weights, this.parameters, noise);
  }

  /** Passes from here on use the parameters as they are now, without noise. */
  quiet(): void {
    if (this.#noise !== null) this.#backend.noise.apply(this.#weights, this.parameters, null);
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
        y: plan(layer.units),
        z: hasNorm || needsPreactivation(layer.activation) ? plan(layer.units) : null,
        normal: hasNorm ? plan(layer.units) : null,
        statistics: hasNorm ? plan(2) : null,
        dy: training && !isOutput ? plan(layer.units) : null,
      };
    });
    const head = layers[layers.length - 1].y;
    return {
      rows,
      layers,
      head,
      output: this.dueling ? plan(this.outputs * this.atoms) : head,
      dHead: training && this.dueling ? plan((this.outputs + 1) * this.atoms) : null,
    };
  }

  /** @returns workspace.output, its first `rows` rows written */
  forward(x: Tensor, workspace: Workspace, rows: number = workspace.rows): Tensor {
    const backend = this.#backend;
    const parameters = this.#weights;
    let input = x;
    for (let i = 0; i < this.#layers.length; i++) {
      const layer = this.#layers[i];
      const { y, z, normal, statistics } = workspace.layers[i];
      if (normal !== null) {
        this.#product(rows, i, input, "identity", z!, null);
        backend.layers.layerNormForward(
          rows,
          z!,
          parameters,
          layer.scale,
          layer.scale + 1,
          LAYER_NORM_EPSILON,
          normal,
          statistics!,
        );
        backend.layers.activationForward(rows, normal, layer.activation, y);
      } else {
        this.#product(rows, i, input, layer.activation, y, z);
      }
      input = y;
    }
    if (this.dueling) backend.layers.duelingForward(rows, workspace.head, workspace.output, this.atoms);
    return workspace.output;
  }

  /** The convolution or dense product of layer `i`. */
  #product(rows: number, i: number, x: Tensor, activation: Activation, y: Tensor, z: Tensor | null): void {
    const { weight, bias } = this.#layers[i];
    const convolution = this.#convolutions[i];
    if (convolution === null) this.#backend.layers.denseForward(rows, x, this.#weights, weight, bias, activation, y, z);
    else this.#backend.convolution.forward(rows, convolution, x, this.#weights, weight, bias, activation, y, z);
  }

  /**
   * Gradients of all parameters for the forward pass that `workspace` holds.
   * @param dOutput [rows, outputs x atoms] gradient of the output; overwritten
   * @param gradients overwritten, a block of this network's specs, or of the larger one's that it is a part of
   * @param dInput [rows, inputs] written: gradient of `x`; null where nobody needs it, as with images
   */
  backward(
    x: Tensor,
    workspace: Workspace,
    dOutput: Tensor,
    gradients: Parameters,
    rows: number = workspace.rows,
    dInput: Tensor | null = null,
  ): void {
    const backend = this.#backend;
    const parameters = this.#weights;
    const into = this.#noise === null ? gradients : this.#noise.gradients;
    let dy = dOutput;
    if (this.dueling) {
      backend.layers.duelingBackward(rows, dOutput, workspace.dHead!, this.atoms);
      dy = workspace.dHead!;
    }
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const layer = this.#layers[i];
      const { y, z, normal, statistics } = workspace.layers[i];
      const input = i === 0 ? x : workspace.layers[i - 1].y;
      const dx = i === 0 ? dInput : workspace.layers[i - 1].dy;
      let activation = layer.activation;
      if (normal !== null) {
        backend.layers.activationBackward(rows, dy, y, normal, activation);
        backend.layers.layerNormBackward(rows, z!, statistics!, dy, parameters, layer.scale, layer.scale + 1, into, dy);
        activation = "identity";
      }
      const { weight, bias } = layer;
      const convolution = this.#convolutions[i];
      if (convolution === null) {
        backend.layers.denseBackward(rows, input, y, z, dy, parameters, weight, bias, activation, into, dx);
      } else {
        backend.convolution.backward(
          rows,
          convolution,
          input,
          y,
          z,
          dy,
          parameters,
          weight,
          bias,
          activation,
          into,
          dx,
        );
      }
      if (dx !== null) dy = dx;
    }
    if (this.#noise !== null) backend.noise.gradient(gradients, into, this.#noise.noise);
  }
}

const joined = (parts: readonly Float32Array[]): Float32Array =>
  parts.length === 1 ? parts[0] : Float32Array.from(parts.flatMap((part) => Array.from(part)));

/** @param firstSpec index of the first parameter, where the network is a part of a larger one */
function planLayers(
  inputs: number,
  outputs: number,
  options: NetworkOptions,
  kind: NetworkKind,
  firstSpec: number = 0,
): Layer[] {
  const { dueling = false, atoms = 1, image = null } = kind;
  let spec = firstSpec;
  const place = (isHidden: boolean): Pick<Layer, "weight" | "bias" | "scale" | "activation"> => {
    const hasNorm = isHidden && options.layerNorm;
    const weight = spec;
    spec += hasNorm ? 4 : 2;
    const activation = isHidden ? options.activation : "identity";
    return { weight, bias: weight + 1, scale: hasNorm ? weight + 2 : -1, activation };
  };
  const convolutions = requiredShapes(options, image).map((shape): Layer => {
    const { channels, filters, kernel } = shape;
    const { height, width } = convolutionOutput(shape);
    const taps = kernel * kernel;
    return {
      inputs: channels * taps,
      outputs: filters,
      units: filters * height * width,
      convolution: shape,
      fanOut: filters * taps,
      ...place(true),
    };
  });
  const widths = [convolutions.at(-1)?.units ?? inputs, ...options.hidden, (dueling ? outputs + 1 : outputs) * atoms];
  const dense = widths.slice(1).map((units, i): Layer => {
    const isHidden = i < options.hidden.length;
    return { inputs: widths[i], outputs: units, units, convolution: null, fanOut: undefined, ...place(isHidden) };
  });
  return [...convolutions, ...dense];
}

/** @throws RangeError without an image for the layers that see one */
function requiredShapes({ convolution }: NetworkOptions, image: Image | null): ConvolutionShape[] {
  if (convolution.length === 0) return [];
  if (image === null) {
    throw new RangeError(
      `network: kind.image expected an image for ${convolution.length} convolutional layers, got null. Pass imageOf(...).`,
    );
  }
  return convolutionShapes(image, convolution);
}

/** Numbers that the output layer of a network sees (`Network.features`), without planning it. */
export function featureSize(inputs: number, options: NetworkOptions, kind: NetworkKind = {}): number {
  const layers = planLayers(inputs, 1, options, kind);
  return layers[layers.length - 1].inputs;
}

/** The parameters of a network, without planning it. */
export function networkSpecs(
  inputs: number,
  outputs: number,
  options: NetworkOptions,
  kind: NetworkKind = {},
  prefix: string = "",
): ParameterSpec[] {
  const layers = planLayers(inputs, outputs, options, kind);
  let module = 0;
  const plain = layers.flatMap((layer, i) => {
    const isFlattened = layer.convolution === null && i > 0 && layers[i - 1].convolution !== null;
    if (isFlattened) module++;
    const { weight, norm } = layerSpecs(layer);
    const specs: ParameterSpec[] = [
      { name: `${prefix}${module}.weight`, ...weight },
      { name: `${prefix}${module++}.bias`, shape: [layer.outputs] },
    ];
    if (layer.scale >= 0) {
      specs.push({ name: `${prefix}${module}.weight`, ...norm }, { name: `${prefix}${module++}.bias`, ...norm });
    }
    module++;
    return specs;
  });
  const { sigma = null } = kind;
  return sigma === null ? plain : [...plain, ...plain.map((spec) => ({ ...spec, name: `${spec.name}_sigma` }))];
}

/** Shapes of a layer's weight and of its layer norm, stored and in files. */
function layerSpecs({
  inputs,
  outputs,
  units,
  convolution,
}: Layer): Record<"weight" | "norm", Omit<ParameterSpec, "name">> {
  if (convolution === null) return { weight: { shape: [outputs, inputs] }, norm: { shape: [units] } };
  const { channels, kernel } = convolution;
  const { height, width } = convolutionOutput(convolution);
  return {
    weight: { shape: [outputs, inputs], fileShape: [outputs, channels, kernel, kernel] },
    norm: { shape: [units], fileShape: [outputs, height, width] },
  };
}

const ACTIVATIONS: readonly Activation[] = ["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"];
const MAX_UNITS = 65_536;

/** @throws TypeError or RangeError when an option is unknown or out of range */
export function checkNetworkOptions(where: string, options: NetworkOptions): void {
  rejectUnknownOptions(`${where}: network`, options, Object.keys(DEFAULT_NETWORK));
  const { convolution, hidden, activation, layerNorm, initializer } = options;
  checkConvolutionOptions(where, convolution);
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
