// Convolutional layers, the plainest loops. Weights lie in panels (parameter-layout.ts), images as [C, H, W].
// Letters as in src/operations/convolution.ts.

import {
  type Convolution,
  type ConvolutionOperations,
  type ConvolutionShape,
  convolutionOutput,
} from "../../operations/convolution.ts";
import type { Parameters, Tensor } from "../../operations/handles.ts";
import { type Activation, needsPreactivation } from "../../operations/layers.ts";
import { weightPosition } from "../parameter-layout.ts";
import { activate, activationBackward } from "./activation.ts";
import { arrayOf, dataOf } from "./handles.ts";

const f = Math.fround;

/**
 * Calls `visit` for every pixel under the kernel at one position: with the tap c k k + i k + j and the pixel's index, in
 * order.
 */
function eachTap(
  { channels, height, width, kernel, stride }: ConvolutionShape,
  u: number,
  v: number,
  visit: (tap: number, pixel: number) => void,
): void {
  let tap = 0;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < kernel; i++) {
      for (let j = 0; j < kernel; j++) visit(tap++, (c * height + u * stride + i) * width + v * stride + j);
    }
  }
}

/** Calls `visit` with every position of the output, in order. */
function eachPosition(shape: ConvolutionShape, visit: (p: number, u: number, v: number) => void): void {
  const { height, width } = convolutionOutput(shape);
  for (let u = 0; u < height; u++) for (let v = 0; v < width; v++) visit(u * width + v, u, v);
}

export class ReferenceConvolution implements ConvolutionOperations {
  plan(shape: ConvolutionShape): Convolution {
    const { height, width } = convolutionOutput(shape);
    return { shape, outputs: shape.filters * height * width };
  }

  forward(
    rows: number,
    { shape, outputs }: Convolution,
    x: Tensor,
    parameters: Parameters,
    weight: number,
    bias: number,
    activation: Activation,
    y: Tensor,
    z: Tensor | null,
  ): void {
    const { filters: O, channels, kernel } = shape;
    const K = channels * kernel * kernel;
    const P = outputs / O;
    const scale = f(shape.scale);
    const [images, weights, biases] = [dataOf(x), arrayOf(parameters, weight), arrayOf(parameters, bias)];
    for (let b = 0; b < rows; b++) {
      const image = b * x.columns;
      for (let o = 0; o < O; o++) {
        eachPosition(shape, (p, u, v) => {
          let sum = biases[o];
          eachTap(shape, u, v, (tap, pixel) => {
            sum = f(sum + f(f(images[image + pixel] * scale) * weights[weightPosition(O, K, o, tap)]));
          });
          const at = b * outputs + o * P + p;
          if (needsPreactivation(activation)) dataOf(z)![at] = sum;
          dataOf(y)[at] = activate(activation, sum);
        });
      }
    }
  }

  backward(
    rows: number,
    { shape, outputs }: Convolution,
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
  ): void {
    const { filters: O, channels, kernel } = shape;
    const K = channels * kernel * kernel;
    const P = outputs / O;
    const scale = f(shape.scale);
    const [images, weights, dz] = [dataOf(x), arrayOf(parameters, weight), dataOf(dy)];
    activationBackward(rows * outputs, dz, dataOf(y), dataOf(z), activation);
    if (gradients !== null) {
      const dW = arrayOf(gradients, weight).fill(0);
      const dbias = arrayOf(gradients, bias).fill(0);
      for (let k = 0; k < rows * O; k++) {
        const [b, o] = [Math.floor(k / O), k % O];
        eachPosition(shape, (p, u, v) => {
          const slope = dz[k * P + p];
          dbias[o] += slope;
          eachTap(shape, u, v, (tap, pixel) => {
            const at = weightPosition(O, K, o, tap);
            dW[at] = f(dW[at] + f(f(images[b * x.columns + pixel] * scale) * slope));
          });
        });
      }
    }
    if (dx === null) return;
    for (let b = 0; b < rows; b++) {
      const image = b * x.columns;
      const slopes = dataOf(dx)
        .subarray(image, image + x.columns)
        .fill(0);
      eachPosition(shape, (p, u, v) => {
        eachTap(shape, u, v, (tap, pixel) => {
          let sum = 0;
          for (let o = 0; o < O; o++) {
            sum = f(sum + f(dz[b * outputs + o * P + p] * weights[weightPosition(O, K, o, tap)]));
          }
          slopes[pixel] += sum;
        });
      });
      for (let n = 0; n < slopes.length; n++) slopes[n] *= scale;
    }
  }
}
