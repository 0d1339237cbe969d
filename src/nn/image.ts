// Images and the convolutional layers that see them: what the user may ask for, and the shapes that follow from it.

import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { type ConvolutionShape, convolutionOutput } from "../operations/convolution.ts";
import type { Space } from "../space.ts";

/** One convolutional layer: square kernels without padding. */
export interface ConvolutionOptions {
  readonly filters: number;
  /** Rows and columns of a kernel. */
  readonly kernel: number;
  /** [1] */
  readonly stride?: number;
}

/** Observations that are images, [channels, height, width] row by row. */
export interface Image {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** What pixels are multiplied by before the first layer. */
  readonly scale: number;
}

const MAX_FILTERS = 4096;
const MAX_KERNEL = 256;
const EXAMPLE = "Use for example [{ filters: 16, kernel: 3 }].";

/** @throws TypeError or RangeError when an entry is unknown or out of range */
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
 * The image that a network with convolutional layers sees; null without such layers. Bytes are brightnesses and reach the
 * first layer divided by the Box's largest high bound, x / 255 for images as cameras give them; planes of 0 and 1 (high 1)
 * and float32 observations stay as they are.
 * Differs from paper: purejaxql's PQN (Gallici et al. 2025) divides MinAtar's 0/1 planes by 255.
 * @param rescaled the observations are mapped onto [-1, 1] before the network sees them
 * @throws TypeError unless the space is a Box [channels, height, width]
 * @throws RangeError when a kernel is larger than what reaches it
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

/** The shapes of the layers, one behind the other. */
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
