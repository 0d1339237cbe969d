// The shape of an image observation: channels, height and width, and the place of each number in the array.

import { show } from "../../errors.ts";
import type { Box } from "../../space.ts";

/** Memory layout of images. "chw": channel by channel, as for convolutions. "hwc": pixel by pixel, as from cameras. */
export type ImageLayout = "chw" | "hwc";

/** Shape and strides of an image. */
export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Distance in the array between two neighbouring channels. */
  readonly channelStride: number;
  /** Distance in the array between two neighbouring rows. */
  readonly rowStride: number;
  /** Distance in the array between two neighbouring columns. */
  readonly columnStride: number;
}

/**
 * Reads the shape of an image. A shape of two numbers is an image of one channel.
 * @throws RangeError for an unknown layout, or a shape of other than two or three numbers
 */
export function requireImage(where: string, space: Box, layout: ImageLayout = "chw"): ImageShape {
  if (layout !== "chw" && layout !== "hwc") {
    throw new RangeError(`${where}: layout expected "chw" or "hwc", got ${show(layout)}. Default: "chw".`);
  }
  const { shape } = space;
  if (shape.length !== 2 && shape.length !== 3) {
    throw new RangeError(
      `${where}: observationSpace expected an image of 2 or 3 dimensions, got shape ${show(shape)}. ` +
        "Images are [height, width] or have channels too.",
    );
  }
  if (shape.length === 2) return imageShape(1, shape[0], shape[1], layout);
  return layout === "chw"
    ? imageShape(shape[0], shape[1], shape[2], layout)
    : imageShape(shape[2], shape[0], shape[1], layout);
}

/** Computes the strides of an image with this layout. */
export function imageShape(channels: number, height: number, width: number, layout: ImageLayout): ImageShape {
  const strides =
    layout === "chw"
      ? { channelStride: height * width, rowStride: width, columnStride: 1 }
      : { channelStride: 1, rowStride: width * channels, columnStride: channels };
  return { channels, height, width, ...strides };
}
