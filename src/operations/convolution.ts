// The operations of convolutional layers: images without padding, square kernels, one stride for both directions.
//
// An image is one row of a tensor, laid out [C, H, W] as in PyTorch. The output [O, H', W'] of a layer is the input of the
// next convolution, or, read as one row of numbers, of a dense layer; PyTorch's weights fit both.
// H' = floor((H - k) / s) + 1. A weight is a matrix [O, C k k]: PyTorch's [O, C, k, k] row by row.
// Letters: B rows, C channels, H height, W width, O filters, k kernel, s stride. Indices: o filter, c channel, i and j row
// and column of the kernel, p = u W' + v one of the P = H' W' positions of the output.

import type { Parameters, Tensor } from "./handles.ts";
import type { Activation } from "./layers.ts";

/** Shape of a convolutional layer. */
export interface ConvolutionShape {
  /** Channels of the input image. */
  readonly channels: number;
  /** Rows of the input image. */
  readonly height: number;
  /** Columns of the input image. */
  readonly width: number;
  /** Filters, which are the channels of the output image. */
  readonly filters: number;
  /** Rows of the kernel, and as many columns. At most the height and the width of the image. */
  readonly kernel: number;
  /** Step between two positions of the kernel, in both directions. */
  readonly stride: number;
  /** Factor of the inputs, rounded to float32: 1 / 255 for bytes of brightness, else 1. */
  readonly scale: number;
}

/** A convolutional layer: its shape, and the memory that its passes work in. */
export interface Convolution {
  readonly shape: ConvolutionShape;
  /** Numbers of one output image, O H' W'. */
  readonly outputs: number;
}

/** Returns the rows and columns of the output image. */
export function convolutionOutput({ height, width, kernel, stride }: Omit<ConvolutionShape, "scale">): {
  readonly height: number;
  readonly width: number;
} {
  return { height: Math.floor((height - kernel) / stride) + 1, width: Math.floor((width - kernel) / stride) + 1 };
}

export interface ConvolutionOperations {
  /** Plans the memory that the passes of a layer work in. The passes then allocate nothing. */
  plan(shape: ConvolutionShape): Convolution;

  /**
   * y = activation(z), z[b, o, u, v] = bias[o] + sum over c, i, j of (scale x[b, c, u s + i, v s + j]) W[o, c, i, j].
   * Order: the accumulator starts at the bias and takes fround(x W) terms one by one, c outermost, j innermost.
   * @param x [B, C H W] @param y [B, O P], written
   * @param weight, bias indices of the specs [O, C k k] and [O]
   * @param z [B, O P], written when the activation needs it (`needsPreactivation`), else ignored; never the same tensor as y
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
   * Computes the gradients of the layer and overwrites the old ones. `dy` becomes dz = dy activation'(z).
   * dW[o, c, i, j] = sum over b, p of (scale x[b, c, u s + i, v s + j]) dz[b, o, p], and dbias[o] = sum over b, p of
   * dz[b, o, p]. Each sum starts at 0 and runs over images, then positions, in order.
   * dx[b, c, y, x] = scale times the sum over the positions p whose kernel covers the pixel, in order and from 0, of
   * (sum over o of dz[b, o, p] W[o, c, i, j], in order and from 0).
   * @param gradients a block laid out as `parameters`; null for a frozen layer
   * @param dx [B, C H W], written; null when no layer below needs it
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
