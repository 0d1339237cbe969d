// Makes images smaller or larger. "area" averages the old pixels that a new pixel covers, weighted by the covered share
// (OpenCV's INTER_AREA, as in Gymnasium's Atari preprocessing). "bilinear" blends the four old pixels nearest to its centre.
// Mnih et al. 2015 shrink 210 x 160 to 84 x 84, https://doi.org/10.1038/nature14236.

import type { Env, ResetResult, StepResult, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import { type Box, box } from "../../space.ts";
import { type ImageLayout, type ImageShape, imageShape, requireImage } from "./image-shape.ts";
import { requireBoxObservation } from "./require-box.ts";
import { Wrapper } from "./wrapper.ts";

/** Options of ImageResizing. */
export interface ImageResizingOptions {
  /** Rows of the new image, at least 1. Common: 84. */
  readonly height: number;
  /** Columns of the new image, at least 1. Common: 84. */
  readonly width: number;
  /** "area" averages covered pixels and is better for shrinking; "bilinear" blends the four nearest. @defaultValue "area" */
  readonly method?: "area" | "bilinear";
  /** Memory layout of the image. @defaultValue "chw" */
  readonly layout?: ImageLayout;
}

const WHERE = "ImageResizing";

/**
 * Weights along one side of the image: new pixel i is the sum over k of weight[i * span + k] * old[start[i] + k]. The weights of
 * each new pixel sum to 1.
 */
interface Side {
  readonly span: number;
  readonly start: Int32Array;
  readonly weight: Float64Array;
}

/**
 * Resizes image observations to `height` x `width`. Bytes stay bytes, rounded to the nearest integer, halves up. Sums are
 * float64, first along rows, then along columns.
 */
export class ImageResizing<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  readonly #space: Box;
  readonly #from: ImageShape;
  readonly #to: ImageShape;
  readonly #rows: Side;
  readonly #columns: Side;
  /** [old height, new width]: one channel after its rows are resized. */
  readonly #narrowed: Float64Array;

  /** @throws TypeError, RangeError for bad options, or unless observations are images with the same bounds for all pixels */
  constructor(env: Inner, options: ImageResizingOptions) {
    super(WHERE, env);
    rejectUnknownOptions(WHERE, options, ["height", "width", "method", "layout"]);
    const inner = requireBoxObservation(WHERE, env);
    const { method = "area", layout = "chw" } = options;
    this.#from = requireImage(WHERE, inner, layout);
    const rule = { min: 1, integer: true };
    const height = requireNumber(WHERE, "height", options.height, rule, "Common: 84.");
    const width = requireNumber(WHERE, "width", options.width, rule, "Common: 84.");
    if (method !== "area" && method !== "bilinear") {
      throw new RangeError(`${WHERE}: method expected "area" or "bilinear", got ${show(method)}. Default: "area".`);
    }
    const [low, high] = [inner.low[0], inner.high[0]];
    if (inner.low.some((bound) => bound !== low) || inner.high.some((bound) => bound !== high)) {
      throw new RangeError(
        `${WHERE}: observationSpace expected the same bounds for all pixels, got several. Rescale observations first.`,
      );
    }
    const { channels } = this.#from;
    this.#to = imageShape(channels, height, width, layout);
    const withChannels = layout === "chw" ? [channels, height, width] : [height, width, channels];
    const shape = inner.shape.length === 2 ? [height, width] : withChannels;
    this.#space = box(low, high, shape, inner.dtype);
    const side = method === "area" ? areaSide : bilinearSide;
    this.#rows = side(this.#from.height, height);
    this.#columns = side(this.#from.width, width);
    this.#narrowed = new Float64Array(this.#from.height * width);
  }

  override get observationSpace(): Box {
    return this.#space;
  }

  protected override afterReset(result: ResetResult): ResetResult {
    return { observation: this.#resize(result.observation as ArrayLike<number>), info: result.info };
  }

  protected override afterStep(result: StepResult): StepResult {
    const { observation, reward, terminated, truncated, info } = result;
    return { observation: this.#resize(observation as ArrayLike<number>), reward, terminated, truncated, info };
  }

  #resize(pixels: ArrayLike<number>): Uint8Array | Float32Array {
    const from = this.#from;
    const to = this.#to;
    const isBytes = this.#space.dtype === "uint8";
    const size = to.channels * to.height * to.width;
    const resized = isBytes ? new Uint8Array(size) : new Float32Array(size);
    for (let channel = 0; channel < from.channels; channel++) {
      this.#narrow(pixels, channel * from.channelStride);
      for (let row = 0; row < to.height; row++) {
        const { span, start, weight } = this.#rows;
        for (let column = 0; column < to.width; column++) {
          let sum = 0;
          for (let k = 0; k < span; k++) {
            sum += weight[row * span + k] * this.#narrowed[(start[row] + k) * to.width + column];
          }
          const at = channel * to.channelStride + row * to.rowStride + column * to.columnStride;
          resized[at] = isBytes ? Math.floor(sum + 0.5) : sum;
        }
      }
    }
    return resized;
  }

  /** Resizes the rows of one channel into `#narrowed`. */
  #narrow(pixels: ArrayLike<number>, channelAt: number): void {
    const { height, rowStride, columnStride } = this.#from;
    const { span, start, weight } = this.#columns;
    const width = this.#to.width;
    for (let row = 0; row < height; row++) {
      const rowAt = channelAt + row * rowStride;
      for (let column = 0; column < width; column++) {
        let sum = 0;
        for (let k = 0; k < span; k++) {
          sum += weight[column * span + k] * pixels[rowAt + (start[column] + k) * columnStride];
        }
        this.#narrowed[row * width + column] = sum;
      }
    }
  }
}

/** Weights of "area": new pixel i covers the old pixels from i * scale to (i + 1) * scale. */
function areaSide(before: number, after: number): Side {
  const scale = before / after;
  // Most old pixels that one new pixel can touch.
  const span = Math.min(Math.ceil(scale) + 1, before);
  const start = new Int32Array(after);
  const weight = new Float64Array(after * span);
  for (let i = 0; i < after; i++) {
    // Both products are exact integers, so that neighbouring pixels share exactly one edge.
    const from = (i * before) / after;
    const to = ((i + 1) * before) / after;
    start[i] = Math.min(Math.floor(from), before - span);
    for (let k = 0; k < span; k++) {
      const pixel = start[i] + k;
      const covered = Math.min(to, pixel + 1) - Math.max(from, pixel);
      weight[i * span + k] = Math.max(covered, 0) / scale;
    }
  }
  return { span, start, weight };
}

/** Weights of "bilinear". Pixel centres lie at i + 0.5; beyond the outermost centre the edge pixel continues. */
function bilinearSide(before: number, after: number): Side {
  const span = Math.min(2, before);
  const start = new Int32Array(after);
  const weight = new Float64Array(after * span);
  for (let i = 0; i < after; i++) {
    const centre = Math.min(Math.max(((i + 0.5) * before) / after - 0.5, 0), before - 1);
    start[i] = Math.min(Math.floor(centre), before - span);
    const share = centre - start[i];
    weight[i * span] = 1 - share;
    if (span === 2) weight[i * span + 1] = share;
  }
  return { span, start, weight };
}
