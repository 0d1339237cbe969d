// Turns images of red, green and blue into images of one channel: the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B.
// Mnih et al. 2015 train on luma, https://doi.org/10.1038/nature14236.

import type { Env, ResetResult, StepResult, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, show } from "../../errors.ts";
import { type Box, box } from "../../space.ts";
import { type ImageLayout, type ImageShape, requireImage } from "./image-shape.ts";
import { requireBoxObservation } from "./require-box.ts";
import { Wrapper } from "./wrapper.ts";

/** Options of Grayscale. */
export interface GrayscaleOptions {
  /** Memory layout of the image. @defaultValue "chw" */
  readonly layout?: ImageLayout;
}

// Weights in units of 2^-16. Their sum is 1.
const RED = 19595;
const GREEN = 38470;
const BLUE = 7471;

/**
 * Turns RGB images into images of one channel: 0.299 R + 0.587 G + 0.114 B. Observations have the shape [1, height, width], or
 * [height, width, 1] for layout "hwc". Bytes stay bytes, rounded to the nearest integer, halves up.
 */
export class Grayscale<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  readonly #space: Box;
  readonly #image: ImageShape;

  /** @throws TypeError, RangeError unless observations are images of three channels */
  constructor(env: Inner, options: GrayscaleOptions = {}) {
    super("Grayscale", env);
    rejectUnknownOptions("Grayscale", options, ["layout"]);
    const inner = requireBoxObservation("Grayscale", env);
    const { layout = "chw" } = options;
    this.#image = requireImage("Grayscale", inner, layout);
    if (this.#image.channels !== 3) {
      throw new RangeError(
        `Grayscale: observationSpace expected three channels, got shape ${show(inner.shape)}. Say where they lie by layout.`,
      );
    }
    const { height, width } = this.#image;
    const shape = layout === "chw" ? [1, height, width] : [height, width, 1];
    const isBytes = inner.dtype === "uint8";
    this.#space = box(this.#luma(inner.low, isBytes), this.#luma(inner.high, isBytes), shape, inner.dtype);
  }

  override get observationSpace(): Box {
    return this.#space;
  }

  protected override afterReset(result: ResetResult): ResetResult {
    return { observation: this.#gray(result.observation as ArrayLike<number>), info: result.info };
  }

  protected override afterStep(result: StepResult): StepResult {
    const { observation, reward, terminated, truncated, info } = result;
    return { observation: this.#gray(observation as ArrayLike<number>), reward, terminated, truncated, info };
  }

  #gray(pixels: ArrayLike<number>): Uint8Array | Float32Array {
    return this.#luma(pixels, this.#space.dtype === "uint8");
  }

  #luma(pixels: ArrayLike<number>, isBytes: boolean): Uint8Array | Float32Array {
    const { height, width, channelStride, columnStride } = this.#image;
    const size = height * width;
    const gray = isBytes ? new Uint8Array(size) : new Float32Array(size);
    for (let i = 0; i < size; i++) {
      const at = i * columnStride;
      const sum = RED * pixels[at] + GREEN * pixels[at + channelStride] + BLUE * pixels[at + 2 * channelStride];
      gray[i] = isBytes ? (sum + 32768) >>> 16 : sum / 65536;
    }
    return gray;
  }
}
