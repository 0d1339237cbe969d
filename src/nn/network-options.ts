// Options of a feed-forward network, and the modules that they describe. A hidden layer is convolution or dense -> (layer norm)
// -> activation; the last layer is dense. Parameters have the names and the order of PyTorch's nn.Sequential(Conv2d, (LayerNorm),
// activation, ..., Flatten, Linear, (LayerNorm), activation, ..., Linear). Flatten is only present after convolutions.

import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { convolutionOutput } from "../operations/convolution.ts";
import type { Activation } from "../operations/layers.ts";
import { Activate } from "./activate.ts";
import { Conv2d } from "./convolution.ts";
import { Dense } from "./dense.ts";
import { Flatten } from "./flatten.ts";
import { type ConvolutionOptions, checkConvolutionOptions, convolutionShapes, type Image } from "./image.ts";
import { type Draw, drawing, HIDDEN_GAIN, INITIALIZERS, type Initializer } from "./initializer.ts";
import { LayerNorm } from "./layer-norm.ts";
import type { Module } from "./module.ts";
import { Sequential } from "./sequential.ts";

/** Options of a feed-forward network. */
export interface NetworkOptions {
  /** Convolutional layers before the hidden ones, for observations that are a Box [channels, height, width]. @defaultValue [] */
  readonly convolution: readonly ConvolutionOptions[];
  /** Units of each hidden layer; an empty list makes a linear model. @defaultValue [64, 64] */
  readonly hidden: readonly number[];
  /** Activation of convolutional and hidden layers. @defaultValue "relu" */
  readonly activation: Activation;
  /**
   * True adds layer normalisation before each hidden activation (Ba et al. 2016). After a convolution it normalises over the
   * whole image.
   * @defaultValue false
   */
  readonly layerNorm: boolean;
  /** Distribution of the first weights. @defaultValue "pytorch-linear" */
  readonly initializer: Initializer;
}

/** The default of every network option. */
export const DEFAULT_NETWORK: NetworkOptions = {
  convolution: [],
  hidden: [64, 64],
  activation: "relu",
  layerNorm: false,
  initializer: "pytorch-linear",
};

const ACTIVATIONS: readonly Activation[] = ["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"];
const MAX_UNITS = 65_536;

/**
 * Makes the convolutional and hidden layers of a network.
 * @param inputs numbers per row of the input
 * @param image form of the input for convolutional layers, from `imageOf`; null without such layers. Default: null.
 */
export function hiddenLayers(inputs: number, options: NetworkOptions, image: Image | null = null): Module[] {
  const { activation, layerNorm, initializer } = options;
  const draw = drawing(initializer, HIDDEN_GAIN);
  // With layer normalisation the activation is a separate layer after it.
  const layer = layerNorm ? ({ activation: "identity", places: 1, draw } as const) : { activation, places: 2, draw };
  const normed = (units: number, fileShape?: readonly number[]): Module[] =>
    layerNorm ? [new LayerNorm(units, fileShape), new Activate(units, activation)] : [];
  const modules: Module[] = [];
  let width = inputs;
  for (const shape of requiredShapes(options, image)) {
    const { height, width: columns } = convolutionOutput(shape);
    const convolution = new Conv2d(shape, layer);
    width = convolution.outputs;
    modules.push(convolution, ...normed(width, [shape.filters, height, columns]));
  }
  if (modules.length > 0) modules.push(new Flatten(width));
  for (const units of options.hidden) {
    modules.push(new Dense(width, units, layer), ...normed(units));
    width = units;
  }
  return modules;
}

/**
 * Makes a network: convolutional and hidden layers, then a dense layer of outputs.
 * @param image form of the input for convolutional layers, from `imageOf`. Default: null.
 * @param draw draws the first weights of the last dense layer. Default: the initializer of `options` with gain 1.
 * @param behind modules after the last dense layer, such as `Dueling`. Default: [].
 */
export function feedForward(
  inputs: number,
  outputs: number,
  options: NetworkOptions,
  { image = null, draw, behind = [] }: { image?: Image | null; draw?: Draw; behind?: readonly Module[] } = {},
): Sequential {
  const hidden = hiddenLayers(inputs, options, image);
  const last = { activation: "identity", places: 1, draw: draw ?? drawing(options.initializer, 1) } as const;
  return new Sequential([...hidden, new Dense(hidden.at(-1)?.outputs ?? inputs, outputs, last), ...behind]);
}

/** Returns the numbers per row that the last dense layer receives. */
export function featureSize(inputs: number, options: NetworkOptions, image: Image | null = null): number {
  return hiddenLayers(inputs, options, image).at(-1)?.outputs ?? inputs;
}

/** Returns the shapes of the convolutional layers. @throws RangeError when there are such layers but `image` is null */
function requiredShapes({ convolution }: NetworkOptions, image: Image | null): ReturnType<typeof convolutionShapes> {
  if (convolution.length === 0) return [];
  if (image === null) {
    throw new RangeError(
      `network: image expected one for ${convolution.length} convolutional layers, got null. Pass imageOf(...).`,
    );
  }
  return convolutionShapes(image, convolution);
}

/** Checks network options. @throws TypeError or RangeError when an option is unknown or out of range */
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
