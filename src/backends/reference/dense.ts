// The dense layer. Weights lie in panels (parameter-layout.ts); x, y, z and dy are row-major and unpadded.
// Letters: B rows, I inputs, O outputs.

import type { Activation } from "../../operations/layers.ts";
import { weightPosition } from "../parameter-layout.ts";
import { activate } from "./activation.ts";

const f = Math.fround;

/** y = activation(x W^T + bias): the accumulator starts at the bias and takes the products in the order of the inputs. */
export function denseForward(
  B: number,
  I: number,
  O: number,
  x: Float32Array,
  weight: Float32Array,
  bias: Float32Array,
  activation: Activation,
  y: Float32Array,
  z: Float32Array | null,
): void {
  for (let b = 0; b < B; b++) {
    for (let o = 0; o < O; o++) {
      let sum = bias[o];
      for (let i = 0; i < I; i++) sum = f(sum + f(x[b * I + i] * weight[weightPosition(O, I, o, i)]));
      if (z !== null) z[b * O + o] = sum;
      y[b * O + o] = activate(activation, sum);
    }
  }
}

/** dW[o, i] = sum over b of x[b, i] dz[b, o], in the order of the rows. */
export function denseWeightGradient(
  B: number,
  I: number,
  O: number,
  x: Float32Array,
  dz: Float32Array,
  dW: Float32Array,
): void {
  for (let o = 0; o < O; o++) {
    for (let i = 0; i < I; i++) {
      let sum = 0;
      for (let b = 0; b < B; b++) sum = f(sum + f(x[b * I + i] * dz[b * O + o]));
      dW[weightPosition(O, I, o, i)] = sum;
    }
  }
}

/** dbias[o] = sum over b of dz[b, o], in the order of the rows. */
export function denseBiasGradient(B: number, O: number, dz: Float32Array, dbias: Float32Array): void {
  for (let o = 0; o < O; o++) {
    let sum = 0;
    for (let b = 0; b < B; b++) sum = f(sum + dz[b * O + o]);
    dbias[o] = sum;
  }
}

/** dx[b, i] = sum over o of dz[b, o] W[o, i], in the order of the outputs. */
export function denseInputGradient(
  B: number,
  I: number,
  O: number,
  dz: Float32Array,
  weight: Float32Array,
  dx: Float32Array,
): void {
  for (let b = 0; b < B; b++) {
    for (let i = 0; i < I; i++) {
      let sum = 0;
      for (let o = 0; o < O; o++) sum = f(sum + f(dz[b * O + o] * weight[weightPosition(O, I, o, i)]));
      dx[b * I + i] = sum;
    }
  }
}
