// The operations of convolutional layers: images without padding, square kernels, one stride for both directions.
//
// An image is a row of a tensor, [C, H, W] as PyTorch lays it out, before and after: the output [O, H', W'] of one layer is
// the input of the next, and flattened that of a dense layer, with PyTorch's own weights. H' = floor((H - k) / s) + 1.
// A weight is a matrix [O, C k k], PyTorch's [O, C, k, k] row by row.
// Letters: B rows, C channels, H height, W width, O filters, k kernel, s stride; o, c, i, j index filters, channels, and
// rows and columns of the kernel, p = u W' + v the P = H' W' positions of the output.

import type { Parameters, Tensor } from "./handles.ts";
import type { Activation } from "./layers.ts";

export interface ConvolutionShape {
  /** Channels, rows and columns of the input image. */
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly filters: number;
  /** Rows and columns of the kernel, at most the image's. */
  readonly kernel: number;
  readonly stride: number;
  /** Factor of the inputs, rounded to float32: 1 / 255 for bytes that are brightnesses, else 1. */
  readonly scale: number;
}

/** A shape with the memory that its passes work in. */
export interface Convolution {
  readonly shape: ConvolutionShape;
  /** Numbers of an output image, O H' W'. */
  readonly outputs: number;
}

/** Rows and columns of the output. */
export function convolutionOutput({ height, width, kernel, stride }: Omit<ConvolutionShape, "scale">): {
  readonly height: number;
  readonly width: number;
} {
  return { height: Math.floor((height - kernel) / stride) + 1, width: Math.floor((width - kernel) / stride) + 1 };
}

export interface ConvolutionOperations {
  /** Plans the memory that passes of a layer work in; passes then allocate nothing. */
  plan(shape: ConvolutionShape): Convolution;

  /**
   * y = activation(z), z[b, o, u, v] = bias[o] + sum over c, i, j of (scale x[b, c, u s + i, v s + j]) W[o, c, i, j].
   * Order: the accumulator starts at the bias and takes fround(x W) terms one by one, c outermost, j innermost.
   * @param x [B, C H W] @param y [B, O P], written
   * @param z [B, O P] written when the activation needs it (`needsPreactivation`), else ignored; never the same as y
   */
  forward(
    rows: number,
    convolution: Convolution,
    x: Tensor,
    parameters: Parameters,
    weight: number,
    bias: number,
    activation: Activation,
    y: Tensor,
    z: Tensor | null,
  ): void;

  /**
   * Gradients of the layer. `dy` is overwritten by dz = dy activation'(z). Gradients are overwritten, not added to.
   * dW[o, c, i, j] = sum over b, p of (scale x[b, c, u s + i, v s + j]) dz[b, o, p], and dbias[o] = sum over b, p of
   * dz[b, o, p]: each starts at 0 and runs over images, then positions, in order.
   * dx[b, c, y, x] = scale times the sum over the positions p that see the pixel, in order and from 0, of
   * (sum over o of dz[b, o, p] W[o, c, i, j], in order and from 0).
   * @param gradients a block laid out as `parameters`; null where the layer is frozen
   * @param dx [B, C H W]; null where no layer below needs it
   */
  backward(
    rows: number,
    convolution: Convolution,
    x: Tensor,
    y: Tensor,
    z: Tensor | null,
    dy: Tensor,
    parameters: Parameters,
    weight: number,
    bias: number,
    activation: Activation,
    gradients: Parameters | null,
    dx: Tensor | null,
  ): void;
}
