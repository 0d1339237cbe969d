// What image wrappers need to know of an observation: channels, height and width, and where each number lies.

import { show } from "../../errors.ts";
import type { Box } from "../../space.ts";

/** "chw": channel by channel, as convolutions take them; "hwc": channels together, as cameras and canvases give them. */
export type ImageLayout = "chw" | "hwc";

export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Distance in the array between neighbours: channels, rows, columns. */
  readonly channelStride: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** @throws RangeError unless the layout is one of the two and the shape has three numbers, or two: one channel */
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

export function imageShape(channels: number, height: number, width: number, layout: ImageLayout): ImageShape {
  const strides =
    layout === "chw"
      ? { channelStride: height * width, rowStride: width, columnStride: 1 }
      : { channelStride: 1, rowStride: width * channels, columnStride: channels };
  return { channels, height, width, ...strides };
}
