// Image observations: options of convolutional layers, and the shapes that follow from them.

import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { type ConvolutionShape, convolutionOutput } from "../operations/convolution.ts";
import type { Space } from "../space.ts";

/** One convolutional layer: square kernels without padding. */
export interface ConvolutionOptions {
  /** Number of filters, the channels of the output. */
  readonly filters: number;
  /** Rows and columns of a kernel. */
  readonly kernel: number;
  /** Pixels between two positions of the kernel. @defaultValue 1 */
  readonly stride?: number;
}

/** Form of image observations: [channels, height, width], row-major. */
export interface Image {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Factor of all pixels before the first layer, such as 1 / 255. */
  readonly scale: number;
}

const MAX_FILTERS = 4096;
const MAX_KERNEL = 256;
const EXAMPLE = "Use for example [{ filters: 16, kernel: 3 }].";

/** Checks the options of convolutional layers. @throws TypeError or RangeError when an entry is unknown or out of range */
export function checkConvolutionOptions(where: string, layers: readonly ConvolutionOptions[]): void {
  if (!Array.isArray(layers)) {
    throw new TypeError(`${where}: network.convolution expected a list of layers, got ${show(layers)}. ${EXAMPLE}`);
  }
  for (const [i, layer] of layers.entries()) {
    const name = `network.convolution[${i}]`;
    if (typeof layer !== "object" || layer === null) {
      throw new TypeError(`${where}: ${name} expected { filters, kernel, stride }, got ${show(layer)}. ${EXAMPLE}`);
    }
    rejectUnknownOptions(`${where}: ${name}`, layer, ["filters", "kernel", "stride"]);
    const count = (key: "filters" | "kernel" | "stride", value: unknown, max: number): void => {
      requireNumber(where, `${name}.${key}`, value, { integer: true, min: 1, max }, EXAMPLE);
    };
    count("filters", layer.filters, MAX_FILTERS);
    count("kernel", layer.kernel, MAX_KERNEL);
    if (layer.stride !== undefined) count("stride", layer.stride, MAX_KERNEL);
  }
}

/**
 * Returns the form of image observations for a network with convolutional layers; null without such layers. Bytes (uint8) are
 * divided by the Box's largest high bound before the first layer: x / 255 for camera images, unchanged for planes of 0 and 1
 * (high 1). Float32 observations stay unchanged.
 * Differs from paper: purejaxql's PQN (Gallici et al. 2025) divides MinAtar's 0/1 planes by 255.
 * @param where begins the message of an error
 * @param space observation space
 * @param rescaled true when observations are already mapped onto [-1, 1]. Default: false.
 * @throws TypeError unless the space is a Box [channels, height, width]
 * @throws RangeError when a kernel is larger than the image that reaches its layer
 */
export function imageOf(
  where: string,
  space: Space,
  layers: readonly ConvolutionOptions[],
  rescaled: boolean = false,
): Image | null {
  if (layers.length === 0) return null;
  if (space.kind !== "box" || space.shape.length !== 3) {
    const got = space.kind === "box" ? `a Box [${space.shape.join(", ")}]` : space.kind;
    throw new TypeError(
      `${where}: network.convolution expected observations that are a Box [channels, height, width], got ${got}. Leave the option out, or give the Box three dimensions.`,
    );
  }
  const [channels, height, width] = space.shape;
  const high = space.high.reduce((largest, bound) => Math.max(largest, bound), 1);
  const image = { channels, height, width, scale: space.dtype === "uint8" && !rescaled ? 1 / high : 1 };
  for (const [i, shape] of convolutionShapes(image, layers).entries()) {
    const { kernel, height: rows, width: columns } = shape;
    if (kernel <= rows && kernel <= columns) continue;
    throw new RangeError(
      `${where}: network.convolution[${i}].kernel expected at most the ${rows} x ${columns} pixels that reach it, got ${kernel}. Make kernels, strides or the list smaller.`,
    );
  }
  return image;
}

/** Returns the shapes of successive convolutional layers. */
export function convolutionShapes(image: Image, layers: readonly ConvolutionOptions[]): ConvolutionShape[] {
  let { channels, height, width, scale } = image;
  return layers.map(({ filters, kernel, stride = 1 }) => {
    const shape = { channels, height, width, filters, kernel, stride, scale };
    ({ height, width } = convolutionOutput(shape));
    channels = filters;
    scale = 1;
    return shape;
  });
}
