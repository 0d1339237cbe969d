// Layers other than convolutional and recurrent ones. This file only unwraps handles.

import type { Parameters, Tensor } from "../../operations/handles.ts";
import { type Activation, type LayerOperations, needsPreactivation } from "../../operations/layers.ts";
import { activationBackward, activationForward } from "./activation.ts";
import { denseBiasGradient, denseForward, denseInputGradient, denseWeightGradient } from "./dense.ts";
import { duelingBackward, duelingForward } from "./dueling.ts";
import { arrayOf, dataOf } from "./handles.ts";
import { layerNormBackward, layerNormForward } from "./layer-norm.ts";

export class ReferenceLayers implements LayerOperations {
  denseForward(
    rows: number,
    x: Tensor,
    parameters: Parameters,
    weight: number,
    bias: number,
    activation: Activation,
    y: Tensor,
    z: Tensor | null,
  ): void {
    denseForward(
      rows,
      x.columns,
      y.columns,
      dataOf(x),
      arrayOf(parameters, weight),
      arrayOf(parameters, bias),
      activation,
      dataOf(y),
      needsPreactivation(activation) ? dataOf(z) : null,
    );
  }

  denseBackward(
    rows: number,
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
    const inputs = x.columns;
    const outputs = dy.columns;
    this.activationBackward(rows, dy, y, z, activation);
    const dz = dataOf(dy);
    if (gradients !== null) {
      denseWeightGradient(rows, inputs, outputs, dataOf(x), dz, arrayOf(gradients, weight));
      denseBiasGradient(rows, outputs, dz, arrayOf(gradients, bias));
    }
    if (dx !== null) denseInputGradient(rows, inputs, outputs, dz, arrayOf(parameters, weight), dataOf(dx));
  }

  activationForward(rows: number, z: Tensor, activation: Activation, y: Tensor): void {
    activationForward(rows * z.columns, dataOf(z), activation, dataOf(y));
  }

  activationBackward(rows: number, dy: Tensor, y: Tensor, z: Tensor | null, activation: Activation): void {
    activationBackward(rows * dy.columns, dataOf(dy), dataOf(y), dataOf(z), activation);
  }

  layerNormForward(
    rows: number,
    x: Tensor,
    parameters: Parameters,
    scale: number,
    shift: number,
    epsilon: number,
    y: Tensor,
    statistics: Tensor,
  ): void {
    layerNormForward(
      rows,
      x.columns,
      dataOf(x),
      arrayOf(parameters, scale),
      arrayOf(parameters, shift),
      epsilon,
      dataOf(y),
      dataOf(statistics),
    );
  }

  layerNormBackward(
    rows: number,
    x: Tensor,
    statistics: Tensor,
    dy: Tensor,
    parameters: Parameters,
    scale: number,
    shift: number,
    gradients: Parameters | null,
    dx: Tensor,
  ): void {
    layerNormBackward(
      rows,
      x.columns,
      dataOf(x),
      dataOf(statistics),
      dataOf(dy),
      arrayOf(parameters, scale),
      gradients && { scale: arrayOf(gradients, scale), shift: arrayOf(gradients, shift) },
      dataOf(dx),
    );
  }

  duelingForward(rows: number, head: Tensor, q: Tensor, atoms: number = 1): void {
    duelingForward(rows, q.columns / atoms, atoms, dataOf(head), dataOf(q));
  }

  duelingBackward(rows: number, dQ: Tensor, dHead: Tensor, atoms: number = 1): void {
    duelingBackward(rows, dQ.columns / atoms, atoms, dataOf(dQ), dataOf(dHead));
  }
}
